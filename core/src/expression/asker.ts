// The lists of ids that stand for whoever asks, each made in one place for both backends: evaluation takes them as they are, SQL
// as parameters.
import type { Actor } from '../access/actor.ts'
import type { Id } from '../model/model.ts'

type Owning = Pick<Actor, 'user' | 'teams' | 'queues'>

/** Whose records are the asker's own: the person, their teams and their queues. */
export function ownersOf({ user, teams, queues = [] }: Owning): readonly Id[] {
  return [user, ...teams, ...queues]
}

/** Whose records are reached together with those of everybody below the asker in the tree of managers. */
export function peopleOf(actor: Owning & Pick<Actor, 'reports'>): readonly Id[] {
  return [...ownersOf(actor), ...(actor.reports ?? [])]
}

/** With whom a record is shared when it is shared with the asker: the person, and every team they are a member of. */
export function receiversOf({
  user,
  teams,
  accessTeams = [],
}: Pick<Actor, 'user' | 'teams' | 'accessTeams'>): readonly Id[] {
  return [user, ...teams, ...accessTeams]
}

const known = new WeakMap<Actor, Map<string, readonly Id[]>>()

/** The units that words name, each once: `unit` and `unit_tree` of the own unit, `unit_tree@reviewer` of a role's. */
export function unitsOf(actor: Actor, words: string): readonly Id[] {
  let lists = known.get(actor)
  if (lists === undefined) known.set(actor, (lists = new Map()))
  let units = lists.get(words)
  if (units === undefined)
    lists.set(words, (units = [...new Set(words.split(' ').flatMap((word) => unitsNamed(actor, word)))]))
  return units
}

function unitsNamed({ unit, unitTree, ranges }: Actor, word: string): readonly Id[] {
  const [depth, role] = word.split('@')
  const range = role === undefined ? { units: unit === null ? [] : [unit], tree: unitTree } : ranges?.get(role)
  return (depth === 'unit_tree' ? range?.tree : range?.units) ?? []
}
