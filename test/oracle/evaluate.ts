// What conditions, formulas and rollups come to, over records in memory: an evaluator of the oracle's own, which shares nothing with the
// expressions of the engine.
import type { Condition, Path, Plain } from './condition.ts'
import type { Person } from './person.ts'
import { leads, type Part, type Rec, type State } from './state.ts'

type By = Extract<Condition, { op: 'is' }>['by']
type Sees = ((rec: Rec) => boolean) | undefined

/** What a condition is asked with: whose eyes look along lookups and collections (absent: everything is seen), and who asks. */
export interface Eyes {
  readonly state: State
  /** Whether a record counts as being there; absent: every one does. */
  readonly sees?: (rec: Rec) => boolean
  readonly person?: Person
}

/** Three values, like a database: null where it cannot be told. */
export function test(condition: Condition, rec: Rec, eyes: Eyes): boolean | null {
  switch (condition.op) {
    case 'and': {
      const all = condition.of.map((each) => test(each, rec, eyes))
      return all.includes(false) ? false : all.includes(null) ? null : true
    }
    case 'or': {
      const all = condition.of.map((each) => test(each, rec, eyes))
      return all.includes(true) ? true : all.includes(null) ? null : false
    }
    case 'not': {
      const inner = test(condition.of, rec, eyes)
      return inner === null ? null : !inner
    }
    case 'is':
      return compare(walk(condition.path, rec, eyes), condition.by, condition.value)
    case 'contains': {
      const value = walk(condition.path, rec, eyes)
      return value === null ? null : String(value).includes(condition.text)
    }
    case 'among':
      return condition.values.includes(walk(condition.path, rec, eyes))
    case 'some':
      return eyes.state.behind(rec, condition.through, eyes.sees).some((one) => test(condition.of, one, eyes) === true)
    case 'every':
      return eyes.state.behind(rec, condition.through, eyes.sees).every((one) => test(condition.of, one, eyes) === true)
    case 'mine':
      return isMine(condition.what, rec, eyes.person!)
    case 'my': {
      const own = eyes.state.find('user', eyes.person!.id)
      const mine = own === undefined ? null : (own.values[condition.of] ?? null)
      return (rec.values[condition.lookup] ?? null) === mine
    }
  }
}

function isMine(what: string, { owner, unit }: Rec, person: Person): boolean {
  if (what === 'my_units') return unit !== null && person.unitTree.has(unit)
  if (owner === null) return false
  if (what === 'me') return owner === person.id
  return person.owners.has(owner) || (what === 'my_people' && person.reports.has(owner))
}

function compare(a: Plain, by: By, b: Plain): boolean | null {
  if (by === 'eq') return a === b
  if (by === 'ne') return a !== b
  if (a === null || b === null) return null
  return by === 'lt' ? a < b : by === 'le' ? a <= b : by === 'gt' ? a > b : a >= b
}

/** The value at the end of a path: null where a record on the way is not there for whoever looks. */
export function walk(path: Path, rec: Rec, eyes: Eyes): Plain {
  let at = rec
  for (const lookup of path.slice(0, -1)) {
    const next = eyes.state.follow(at, lookup, eyes.sees)
    if (next === undefined) return null
    at = next
  }
  return valueOf(eyes.state, at, path.at(-1)!, eyes.sees)
}

/** The value of a wire name: a field, `<lookup>_id`, `<lookup>_type`, the id or the owner. */
export function valueOf(state: State, rec: Rec, name: string, sees?: Sees): Plain {
  if (name === 'id') return rec.id
  if (name === 'owner_id') return rec.owner
  if (name === 'owner_type') return rec.ownerType
  if (name === 'owning_unit_id') return rec.unit
  const lookup = name.endsWith('_id') ? state.world.part(rec.entity, name.slice(0, -3)) : undefined
  if (lookup?.type === 'lookup') return rec.values[lookup.name] ?? null
  const part = state.world.part(rec.entity, name)
  if (part?.calc !== undefined) return calculated(state, rec, part.calc, sees)
  if (part?.gather !== undefined) return gathered(state, rec, part.gather)
  return rec.values[name] ?? null
}

function calculated(state: State, rec: Rec, calc: NonNullable<Part['calc']>, sees: Sees): Plain {
  if ('twice' in calc) {
    const value = valueOf(state, rec, calc.twice, sees) as number | null
    return value === null ? null : value * 2
  }
  const behind = state.follow(rec, calc.through, sees)
  return behind === undefined ? null : valueOf(state, behind, calc.field, sees)
}

/** Rollups count every record, whoever looks. */
function gathered(
  state: State,
  rec: Rec,
  { entity, via, aggregate, field, filter }: NonNullable<Part['gather']>,
): Plain {
  const part = state.world.part(entity, via)!
  const some = state
    .all(entity)
    .filter((one) => leads(one, part, rec) && (filter === undefined || test(filter, one, { state }) === true))
  if (aggregate === 'count') return some.length
  const values = some.flatMap((one) => (valueOf(state, one, field!) as number | null) ?? [])
  if (aggregate === 'sum') return values.reduce((sum, each) => sum + each, 0)
  return values.length === 0 ? null : Math.max(...values)
}
