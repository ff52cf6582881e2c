// Many creates at once: one statement for all that need the same checks. The same rights as one create, asked for each record.
import { Problem } from '../base/problem.ts'
import { render } from '../expression/fragment.ts'
import type { Entity, Model } from '../model/model.ts'
import { wireOf, type Property } from '../model/wire.ts'
import type { Compiled } from '../query/tree.ts'
import { insertManySql } from '../query/write-many.ts'
import { inputName } from '../query/write-plan.ts'
import { writerOf } from './actor.ts'
import { cached, keep, newCache, type Cache } from './cache.ts'
import { accessKey } from './grant.ts'
import { valuesOf, type ReadyStatement } from './values.ts'
import { creator, type CreateOfMany, type NewRecord } from './creator.ts'
import { outcomeOf, type WriteRow } from './outcome.ts'
import type { Values, WriteRequest } from './write.ts'

export type CreateManyRequest = Omit<
  WriteRequest,
  'operation' | 'id' | 'chosen' | 'values' | 'given' | 'key' | 'create' | 'ifMatch' | 'returning' | 'select'
> & {
  readonly records: readonly NewRecord[]
}

/** A statement that creates some of the records. */
export interface CreateStatement {
  readonly statement: ReadyStatement
  /** The whole records, as they are written. */
  readonly records: readonly Values[]
  /** What was wrong with records that were left out, by their place in the request. */
  problems(rows: readonly WriteRow[]): ReadonlyMap<number, Problem>
}

export interface PreparedCreates {
  readonly statements: readonly CreateStatement[]
  /** Records that may not be created whatever the database says, by their place. */
  readonly refused: ReadonlyMap<number, Problem>
}

interface Placed {
  readonly place: number
  readonly create: CreateOfMany
}

const plans = new WeakMap<Model, Cache<Compiled>>()

/** The statements that create all records, or undefined when some point at others of them and have to come one by one. */
export function prepareCreateMany({ records, ...request }: CreateManyRequest): PreparedCreates | undefined {
  const refused = new Map<number, Problem>()
  const placed: Placed[] = []
  const linked = new Set<unknown>()
  const prepare = creator({ ...request, returning: 'nothing' })
  for (const [place, record] of records.entries()) {
    const create = prepare(record)
    if (create instanceof Problem) refused.set(place, create)
    else {
      placed.push({ place, create })
      for (const id of create.links) linked.add(id)
    }
  }
  if (linked.size > 0 && records.some(({ id }) => linked.has(id))) return undefined
  const groups = [...Map.groupBy(placed, ({ create }) => create.form.shape).values()]
  return { statements: groups.map((group) => statementFor(request, group)), refused }
}

function statementFor(request: Omit<CreateManyRequest, 'records'>, group: readonly Placed[]): CreateStatement {
  const { model, entity, actor, now, schema = 't_default' } = request
  const { common, plan, shape } = group[0]!.create.form
  const own = Object.keys(common)
  const columns = columnsOf(request, group, own)
  let cache = plans.get(model)
  if (!cache) plans.set(model, (cache = newCache(500)))
  const key = [schema, accessKey(actor), entity.id, shape, columns.map(({ column }) => column).join(',')].join('|')
  const compiled = cached(cache, key) ?? keep(cache, key, render(insertManySql(plan(columns), new Set(own))))
  const input: Record<string, unknown> = {
    records: `[${group.map(recordText).join()}]`,
    '@writer': writerOf(actor),
    '@request': request.requestId,
  }
  for (const name of own) input[inputName('insert', name)] = common[name]
  const values = valuesOf(compiled.parameters, { literals: [], actor, now, input }) as unknown[]
  return {
    statement: { text: compiled.text, name: compiled.name, values },
    get records() {
      return group.map(({ create: { id, values } }) => ({ id, ...values, ...common }))
    },
    problems: (rows) => problemsOf(entity, group, rows),
  }
}

/** A record as it travels. Its values are printed as they are: a copy of them with the id costs more than the printing. */
function recordText({ create: { id, values } }: Placed): string {
  const text = JSON.stringify(values)
  const own = `{"id":${JSON.stringify(id)}`
  return text === '{}' ? `${own}}` : `${own},${text.slice(1)}`
}

/** The columns that some of the records have. */
function columnsOf(
  { model, entity }: Pick<CreateManyRequest, 'model' | 'entity'>,
  group: readonly Placed[],
  own: readonly string[],
): Property[] {
  const names = new Set(['id'])
  for (const { create } of group) for (const name in create.values) names.add(name)
  const { properties } = wireOf(model, entity)
  return [...new Set([...names, ...own])].flatMap((name) => properties.get(name) ?? [])
}

function problemsOf(entity: Entity, group: readonly Placed[], rows: readonly WriteRow[]): Map<number, Problem> {
  const found = new Map<number, Problem>()
  if (rows.length === 0) return found
  const places = new Map(group.map(({ place, create }) => [create.id, place]))
  for (const row of rows) {
    const outcome = outcomeOf({ entity, id: row.id! }, row, [])
    if (outcome instanceof Problem) found.set(places.get(row.id!)!, outcome)
  }
  return found
}
