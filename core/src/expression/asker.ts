// The lists of ids that stand for whoever asks, each made in one place for both backends: evaluation takes them as they are, SQL
// as parameters. A list is made once for an actor, so that whoever sends it may keep what it looks like on the way, and is sorted,
// so that an id is found in it by halving.
import type { Actor } from '../access/actor.ts'
import type { Id } from '../model/model.ts'

type Owning = Pick<Actor, 'user' | 'teams' | 'queues'>

const known = new WeakMap<object, Map<string, readonly Id[]>>()
const lists = new WeakSet<object>()

/** The list of that name for an actor. */
function kept(actor: object, name: string, make: () => readonly Id[]): readonly Id[] {
  let own = known.get(actor)
  if (own === undefined) known.set(actor, (own = new Map()))
  let list = own.get(name)
  if (list === undefined) {
    own.set(name, (list = [...make()].sort()))
    lists.add(list)
  }
  return list
}

/** Whether a value is a list of ids that was made here, which nobody changes. */
export function isIdList(value: unknown): value is readonly Id[] {
  return Array.isArray(value) && lists.has(value)
}

/** Whose records are the asker's own: the person, their teams and their queues. */
export function ownersOf(actor: Owning): readonly Id[] {
  return kept(actor, 'owners', () => [actor.user, ...actor.teams, ...(actor.queues ?? [])])
}

/** The teams of the asker that own records. */
export function teamsOf(actor: Pick<Actor, 'teams'>): readonly Id[] {
  return kept(actor, 'teams', () => actor.teams)
}

/** Whose records are reached together with those of everybody below the asker in the tree of managers. */
export function peopleOf(actor: Owning & Pick<Actor, 'reports'>): readonly Id[] {
  return kept(actor, 'people', () => [...ownersOf(actor), ...(actor.reports ?? [])])
}

/** With whom a record is shared when it is shared with the asker: the person, and every team they are a member of. */
export function receiversOf(actor: Pick<Actor, 'user' | 'teams' | 'accessTeams'>): readonly Id[] {
  return kept(actor, 'receivers', () => [actor.user, ...actor.teams, ...(actor.accessTeams ?? [])])
}

/** The units that words name, each once: `unit` and `unit_tree` of the own unit, `unit_tree@reviewer` of a role's. */
export function unitsOf(actor: Actor, words: string): readonly Id[] {
  return kept(actor, `units ${words}`, () => [...new Set(words.split(' ').flatMap((word) => unitsNamed(actor, word)))])
}

function unitsNamed({ unit, unitTree, ranges }: Actor, word: string): readonly Id[] {
  const [depth, role] = word.split('@')
  const range = role === undefined ? { units: unit === null ? [] : [unit], tree: unitTree } : ranges?.get(role)
  return (depth === 'unit_tree' ? range?.tree : range?.units) ?? []
}
