// From a write to a statement: permitted (permit.ts), with its owner (owner.ts), planned (write-plan.ts), compiled once per
// model, access key and set of columns. Values only fill the statement.
import { bare } from '../base/bare.ts'
import type { Value } from '../base/kind.ts'
import { Problem } from '../base/problem.ts'
import { render } from '../expression/fragment.ts'
import type { Entity, Id, Model } from '../model/model.ts'
import type { Compiled } from '../query/tree.ts'
import {
  inputName,
  type LinkCheck,
  type StoredDemand,
  type WriteOperation,
  type WritePlan,
} from '../query/write-plan.ts'
import { writeSql } from '../query/write.ts'
import { writerOf, type Actor } from './actor.ts'
import { setsLink } from './append.ts'
import { cached, keep, newCache, type Cache } from './cache.ts'
import { accessKey } from './grant.ts'
import { outcomeOf, type WriteRow, type Written } from './outcome.ts'
import { ownerType, withOwner, type Write } from './owner.ts'
import { checkRights, opensAll } from './permit.ts'
import { demandsOn } from './demand.ts'
import { valuesOf, type ReadyStatement } from './values.ts'
import { linksOf, planOf, stateChecks, versionsOf } from './write-plan.ts'

export type { WriteRow, Written } from './outcome.ts'

/** Column → value. */
export type Values = Readonly<Record<string, Value>>

/** A write as the data service asks for it. */
export interface WriteRequest {
  readonly model: Model
  readonly actor: Actor
  readonly operation: WriteOperation
  readonly entity: Entity
  /** Id of the record; for create and upsert the one a new record gets. */
  readonly id: Id
  /** Create: the id is the caller's own choice, not the server's. */
  readonly chosen?: boolean
  /** Finds the record by an alternate key (column → value) instead of its id. */
  readonly key?: Values
  /** Column → value, as the types parsed them. */
  readonly values?: Values
  /** Upsert: the whole new record, with defaults; `values` when not given. */
  readonly create?: Values
  /** Columns the caller named, when `values` holds more (defaults): field rights are checked on these. */
  readonly given?: readonly string[]
  /** `If-Match` as it came: `*` or etags. */
  readonly ifMatch?: string
  /** ISO moment. */
  readonly now: string
  readonly requestId: string
  /** Whether the row brings the record's JSON. */
  readonly returning?: 'record' | 'nothing'
  /** 8-byte and decimal numbers of the returned record are text. */
  readonly exact?: boolean
  /** Properties of the returned record, when not all are wanted. */
  readonly select?: readonly string[]
  /** PostgreSQL schema of the tenant. */
  readonly schema?: string
}

/** A write that may be sent to the database. */
export interface PreparedWrite {
  /** The statement of this write alone. */
  readonly statement: ReadyStatement
  readonly entity: Entity
  /** Present when it may travel with others of the same kind (write-gathered.ts). */
  readonly alike?: Alike
  /** What the result's first row means (undefined: there was none). */
  outcome(row: WriteRow | undefined): Written | Problem
}

/** What writes that may travel together have in common: their kind says whether they do. */
export interface Alike {
  /** Equal for writes of one model and one actor that differ in their values alone. */
  readonly kind: string
  readonly write: Write
  readonly plan: () => WritePlan
}

const plans = new WeakMap<Model, Cache<Compiled>>()

/** The statement of a write, or why it may not be. */
export function prepareWrite(request: WriteRequest): PreparedWrite | Problem {
  const write = withOwner(request)
  const checked = checkRights(write)
  if (checked instanceof Problem) return checked
  const demands = demandsOn(write)
  if (demands instanceof Problem) return demands
  const links = linksOf(write)
  const shape = shapeOf(write, links, checked, demands)
  const plan = () => planOf(write, links, checked, demands)
  return {
    get statement() {
      const { text, name, parameters } = planFor(write.model, shape, plan)
      const { actor, now } = write
      // Without literals of a request there is none that could be wrong.
      const values = valuesOf(parameters, { literals: [], actor, now, input: inputOf(write, demands) }) as unknown[]
      return { text, name, values }
    },
    entity: write.entity,
    outcome: (row) => outcomeOf(write, row, demands),
    ...(mayGather(write, demands) ? { alike: { kind: kindOf(write, shape), write, plan } } : {}),
  }
}

/** Whether all that a write asks of the database can be asked for several at once. */
function mayGather(write: Write, demands: readonly StoredDemand[]): boolean {
  const { operation, key, ifMatch } = write
  if (operation !== 'create' && operation !== 'update') return false
  return key === undefined && demands.length === 0 && versionsOf(ifMatch) === undefined && !ownerType(write)
}

const numbers = new WeakMap<object, number>()
let lastNumber = 0

function numberOf(thing: object): number {
  let number = numbers.get(thing)
  if (number === undefined) numbers.set(thing, (number = ++lastNumber))
  return number
}

function kindOf({ model, actor, own }: Write, shape: string): string {
  return `${numberOf(model)}|${numberOf(actor)}|${Object.keys(own).join()}|${shape}`
}

/** Names of the lookups that are looked up. */
export function namesOf(links: readonly LinkCheck[]): string {
  return links.length === 0 ? '' : links.map(({ property }) => property.name).join(',')
}

function planFor(model: Model, shape: string, plan: () => WritePlan): Compiled {
  let cache = plans.get(model)
  if (!cache) plans.set(model, (cache = newCache(2000)))
  return cached(cache, shape) ?? keep(cache, shape, render(writeSql(plan())))
}

/** What the statement of a write depends on. */
function shapeOf(
  write: Write,
  links: readonly LinkCheck[],
  checked: boolean,
  demands: readonly StoredDemand[],
): string {
  const { schema = 't_default', operation, entity, key = {}, update, insert, ifMatch, returning } = write
  const columns = [key, update, insert].map((values) => Object.keys(values).join(','))
  return [
    schema,
    accessKey(write.actor),
    operation,
    entity.id,
    ...columns,
    namesOf(links),
    ownerType(write),
    versionsOf(ifMatch) !== undefined,
    returning,
    write.select?.join(','),
    write.exact === true,
    checked,
    setsLink(write),
    opensAll(write, 'update'),
    opensAll(write, 'create'),
    stateChecks(write).needsActive,
    ...demands.map(({ property, relation, shows }) => `${property.column} ${relation} ${shows}`),
  ].join('|')
}

function inputOf(
  { actor, id, key = { id }, update, insert, ifMatch, requestId }: Write,
  demands: readonly StoredDemand[],
): Record<string, unknown> {
  const input = bare<unknown>()
  for (const [side, values] of [
    ['match', key],
    ['update', update],
    ['insert', insert],
  ] as const) {
    for (const [name, value] of Object.entries(values)) input[inputName(side, name)] = value
  }
  input['@writer'] = writerOf(actor)
  input['@request'] = requestId
  input['@versions'] = versionsOf(ifMatch)
  for (const { input: name, values } of demands) input[name] = values
  return input
}
