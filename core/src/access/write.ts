// From a write to a statement: rights per entity, field and record, the owner a new record gets, and which lookups have to be
// looked up. Statements are compiled once per model, access key and set of columns; values only fill them.
import { valueText, type Value } from '../base/kind.ts'
import { gather, Problem } from '../base/problem.ts'
import { unknownName } from '../expression/bind.ts'
import { holds } from '../expression/evaluate.ts'
import { render } from '../expression/fragment.ts'
import type { Expression } from '../expression/tree.ts'
import type { Entity, Id, Model, Operation } from '../model/model.ts'
import { wireOf, type Property, type WireEntity } from '../model/wire.ts'
import { newBuild } from '../query/frame.ts'
import type { Compiled } from '../query/tree.ts'
import {
  inputName,
  ownerFields,
  writeSql,
  type LinkCheck,
  type WriteOperation,
  type WritePlan,
} from '../query/write.ts'
import type { Actor } from './actor.ts'
import { cached, keep, newCache, type Cache } from './cache.ts'
import { mayField, readableWire } from './field.ts'
import { accessKey } from './grant.ts'
import { ruleOf } from './rule.ts'
import { valuesOf, type ReadyStatement } from './values.ts'

export type Values = Readonly<Record<string, Value>>

export interface WriteRequest {
  readonly model: Model
  readonly actor: Actor
  readonly operation: WriteOperation
  readonly entity: Entity
  /** Id of the record; for create and upsert the one a new record gets. */
  readonly id: Id
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
  /** Properties of the returned record, when not all are wanted. */
  readonly select?: readonly string[]
  /** PostgreSQL schema of the tenant. */
  readonly schema?: string
}

/** The row of the result; see query/write.ts. */
export interface WriteRow {
  readonly outcome: string
  readonly missing: string | null
  readonly id: string | null
  readonly etag: string | null
  readonly body?: string | null
}

export interface Written {
  readonly outcome: 'created' | 'updated' | 'deleted'
  readonly id: Id
  readonly etag: string
  readonly body?: string
}

export interface PreparedWrite {
  readonly statement: ReadyStatement
  readonly entity: Entity
  /** What the result's first row means (undefined: there was none). */
  outcome(row: WriteRow | undefined): Written | Problem
}

const plans = new WeakMap<Model, Cache<Compiled>>()

/** The statement of a write, or why it may not be. */
export function prepareWrite(request: WriteRequest): PreparedWrite | Problem {
  const write = withOwner(request)
  const problem = checkRights(write)
  if (problem) return problem
  const compiled = planFor(write)
  const { actor, now, entity } = write
  const values = valuesOf(compiled.parameters, { literals: [], actor, now, input: inputOf(write) })
  if (values instanceof Problem) return values
  return {
    statement: { text: compiled.text, name: compiled.name, values },
    entity,
    outcome: (row) => outcomeOf(write, row),
  }
}

/** One create among many. Those of the same shape share a plan, and so a statement. */
export interface CreateOfMany {
  /** The whole record: with its id, its owner and the owner's unit where that is known. */
  readonly insert: Values
  readonly shape: string
  /** Ids of records that have to be looked up before this one may be created. */
  readonly links: readonly Value[]
  plan(columns: readonly Property[]): WritePlan
  outcome(row: WriteRow | undefined): Written | Problem
}

/** What one of many creates needs, or why it may not be. */
export function prepareCreate(request: WriteRequest & { readonly operation: 'create' }): CreateOfMany | Problem {
  const write = withOwner(request)
  const problem = checkRights(write)
  if (problem) return problem
  const links = linksOf(write)
  const checked = inMemory(write) === true
  return {
    insert: write.insert,
    shape: [checked, links.map(({ property }) => property.name).join(','), ownerType(write)].join('|'),
    links: links.map(({ property }) => write.insert[property.column] ?? null),
    plan: (columns) => ({ ...planOf(write, links, checked), insert: columns }),
    outcome: (row) => outcomeOf(write, row),
  }
}

interface Write extends WriteRequest {
  readonly wire: WireEntity
  readonly update: Values
  readonly insert: Values
  /** The caller named an owner who is not themselves. */
  readonly ownerGiven: boolean
}

// ---- owner ----------------------------------------------------------------------------------------------------------

/** A new record belongs to whoever makes it, in their unit, unless an owner is given. */
function withOwner(request: WriteRequest): Write {
  const { model, actor, entity, operation, values = {} } = request
  const wire = wireOf(model, entity)
  const changes = operation === 'update' || operation === 'upsert'
  const update = changes ? values : {}
  const whole = operation === 'create' || operation === 'upsert' ? (request.create ?? values) : undefined
  const given = (update['owner_id'] ?? whole?.['owner_id'] ?? null) as string | null
  const ownerGiven = given !== null && given !== actor.user
  const owned = whole && wire.properties.has('owner_id') && whole['owner_id'] == null && !actor.system
  const owner = owned
    ? { owner_id: actor.user, owner_type: 'user', owning_unit_id: actor.unit }
    : !ownerGiven && given !== null
      ? { owning_unit_id: actor.unit }
      : {}
  const insert = whole ? { id: request.id, ...whole, ...owner } : {}
  return {
    ...request,
    wire,
    insert,
    update: given === actor.user && 'owner_id' in update ? { ...update, owning_unit_id: actor.unit } : update,
    ownerGiven,
  }
}

// ---- rights ---------------------------------------------------------------------------------------------------------

const needs: Readonly<Record<WriteOperation, Operation>> = {
  create: 'create',
  update: 'write',
  delete: 'delete',
  upsert: 'write',
}

function checkRights(write: Write): Problem | undefined {
  const { model, actor, entity, operation } = write
  const refused = (doing: string) =>
    new Problem('access.denied', { detail: `You may not ${doing} "${entity.entitySet}"`, target: entity.entitySet })
  const doing = needs[operation]
  if (ruleOf(model, actor, entity, doing) === undefined) return refused(doing === 'write' ? 'change' : doing)
  if (changesOwner(write) && ruleOf(model, actor, entity, 'assign') === undefined) return refused('assign')
  return (
    checkColumns(write) ?? (operation === 'create' && inMemory(write) === false ? refused('create these') : undefined)
  )
}

/** Columns that may not be read do not exist; those that may not be written are refused. */
function checkColumns({
  model,
  actor,
  entity,
  wire,
  given,
  update,
  insert,
  operation,
  values,
}: Write): Problem | undefined {
  const readable = readableWire(model, actor, entity.id)
  for (const name of given ?? Object.keys(values ?? (operation === 'create' ? insert : update))) {
    const property = wire.properties.get(name)
    if (!property || !readable.properties.has(name)) return unknownName(readable, name, name)
    if (!mayField(model, actor, entity, property.field, 'write'))
      return new Problem('access.denied', {
        detail: `You may not write "${property.field.name}"`,
        target: name,
        pointer: `/${name}`,
      })
  }
  return undefined
}

function changesOwner({ operation, update, actor }: Write): boolean {
  return (operation === 'update' || operation === 'upsert') && 'owner_id' in update && !actor.system
}

/** Whether a new record meets the create rule, when the record itself is enough to tell. */
function inMemory(write: Write): boolean | undefined {
  const { model, actor, entity, insert, ownerGiven, now } = write
  const rule = ruleOf(model, actor, entity, 'create')
  if (rule === null || rule === undefined) return true
  if (ownerGiven || reaches(rule)) return undefined
  return holds(rule, insert, { actor, now })
}

/** Whether an expression looks at other records. */
function reaches(expression: Expression): boolean {
  switch (expression.op) {
    case 'literal':
      return false
    case 'property':
      return expression.through.length > 0
    case 'lambda':
      return true
    case 'list':
      return expression.items.some(reaches)
    case 'call':
      return expression.args.some(reaches)
  }
}

// ---- plan -----------------------------------------------------------------------------------------------------------

function planFor(write: Write): Compiled {
  let cache = plans.get(write.model)
  if (!cache) plans.set(write.model, (cache = newCache(2000)))
  const { schema = 't_default', operation, entity, key = {}, update, insert, ifMatch, returning } = write
  const links = linksOf(write)
  const checked = operation === 'create' && inMemory(write) === true
  const columns = [key, update, insert].map((values) => Object.keys(values).join(','))
  const shape = [
    schema,
    accessKey(write.actor),
    operation,
    entity.id,
    ...columns,
    links.map(({ property }) => property.name).join(','),
    ownerType(write),
    versionsOf(ifMatch) !== undefined,
    returning,
    write.select?.join(','),
    checked,
  ].join('|')
  return cached(cache, shape) ?? keep(cache, shape, compile(write, links, checked))
}

function compile(write: Write, links: readonly LinkCheck[], checked: boolean): Compiled {
  return render(writeSql(planOf(write, links, checked)))
}

function planOf(write: Write, links: readonly LinkCheck[], checked: boolean): WritePlan {
  const { model, actor, entity, wire, operation, key, update, schema = 't_default' } = write
  const rule = (doing: Operation) => ruleOf(model, actor, entity, doing)
  const before = rule(needs[operation]) ?? null
  const create = rule('create')
  const owner = ownerType(write)
  return {
    build: newBuild(model, schema, rulesFor(write, links)),
    wire,
    operation,
    links,
    match: columnsOf(wire, key ?? { id: null }),
    update: columnsOf(wire, update),
    insert: columnsOf(wire, write.insert),
    may: changesOwner(write) ? both(before, rule('assign') ?? null) : before,
    mayBecome: before !== null && operation !== 'delete' && readsAny(before, update) ? before : null,
    mayCreate: checked ? null : create === undefined ? never : create,
    ...(owner === undefined ? {} : { ownerEntity: model.entities.get(owner) }),
    matchesVersion: versionsOf(write.ifMatch) !== undefined,
    returning: returnedColumns(write),
    audit: entity.audit,
  }
}

const never: Expression = { op: 'literal', kind: 'boolean', value: false }

function both(a: Expression | null, b: Expression | null): Expression | null {
  if (a === null || b === null) return a ?? b
  return { op: 'call', function: 'and', args: [a, b], kind: 'boolean' }
}

function columnsOf(wire: WireEntity, values: Values): Property[] {
  return Object.keys(values).flatMap((name) => wire.properties.get(name) ?? [])
}

function returnedColumns({
  model,
  actor,
  entity,
  operation,
  returning,
  select,
}: Write): readonly Property[] | undefined {
  if (returning === 'nothing' || operation === 'delete' || ruleOf(model, actor, entity, 'read') === undefined)
    return undefined
  const readable = readableWire(model, actor, entity.id).properties
  return select === undefined ? [...readable.values()] : select.flatMap((name) => readable.get(name) ?? [])
}

/** Whether a rule reads a column that is about to change, other than the owner's. */
function readsAny(rule: Expression, values: Values): boolean {
  switch (rule.op) {
    case 'literal':
      return false
    case 'property':
      return (
        Object.hasOwn(values, (rule.through[0] ?? rule.property).column) && !ownerFields.has(rule.property.field.name)
      )
    case 'lambda':
      return false
    case 'list':
      return rule.items.some((item) => readsAny(item, values))
    case 'call':
      return rule.args.some((arg) => readsAny(arg, values))
  }
}

/** The entity of an owner who is not the caller; their unit has to be looked up. */
function ownerType({ ownerGiven, update, insert, model }: Write): string | undefined {
  if (!ownerGiven) return undefined
  const name = valueText(update['owner_type'] ?? insert['owner_type'] ?? 'user')
  const entity = model.entities.get(name)
  return entity && wireOf(model, entity).properties.has('unit_id') ? name : undefined
}

/** Lookups to check: those a foreign key does not guard, and those whose target the caller may not see. */
function linksOf(write: Write): LinkCheck[] {
  const { model, actor, entity, wire, update, insert, operation } = write
  if (operation === 'delete') return []
  return columnsOf(wire, { ...update, ...insert }).flatMap((property): LinkCheck[] => {
    const { column } = property
    const value = update[column] ?? insert[column] ?? null
    if (value === null || column === 'owning_unit_id' || (column === 'owner_id' && value === actor.user)) return []
    const targets = [...wire.navigations.values()].filter(
      (one) => !one.collection && one.column === column && one.from === entity.id,
    )
    const guarded = targets.every(
      (one) => one.typeColumn === undefined && ruleOf(model, actor, model.entityById.get(one.target)!, 'read') === null,
    )
    return guarded ? [] : [{ property, targets }]
  })
}

function rulesFor({ model, actor, entity }: Write, links: readonly LinkCheck[]): Map<Id, Expression | null> {
  const rules = new Map<Id, Expression | null>()
  for (const id of [entity.id, ...links.flatMap(({ targets }) => targets.map(({ target }) => target))]) {
    const rule = ruleOf(model, actor, model.entityById.get(id)!, 'read')
    if (rule !== undefined) rules.set(id, rule)
  }
  return rules
}

// ---- values and outcome ---------------------------------------------------------------------------------------------

function inputOf({ actor, id, key = { id }, update, insert, ifMatch, requestId }: Write): Record<string, unknown> {
  const input: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const [side, values] of [
    ['match', key],
    ['update', update],
    ['insert', insert],
  ] as const) {
    for (const [name, value] of Object.entries(values))
      input[inputName(side, name)] = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
  }
  input['@writer'] = actor.system ? null : actor.user
  input['@request'] = requestId
  input['@versions'] = versionsOf(ifMatch)
  return input
}

/** The versions an If-Match accepts; undefined when any will do. An etag that is none of ours matches nothing. */
function versionsOf(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  return [...ifMatch.matchAll(/"(\d{1,9})"/g)].map(([, version]) => Number(version))
}

function outcomeOf({ entity, id, key }: Write, row: WriteRow | undefined): Written | Problem {
  const outcome = row?.outcome ?? 'missing'
  if (outcome === 'created' || outcome === 'updated' || outcome === 'deleted') {
    return { outcome, id: row!.id!, etag: row!.etag!, ...(row!.body == null ? {} : { body: row!.body }) }
  }
  if (outcome === 'denied')
    return new Problem('access.denied', {
      detail: `You may not write this record of "${entity.entitySet}"`,
      target: entity.entitySet,
    })
  if (outcome === 'stale')
    return new Problem('conflict.stale', { detail: 'The record was changed in the meantime', hint: 'Read it again' })
  if (outcome === 'reference') return missingLinks((row?.missing ?? '').split(','))
  return new Problem('missing.record', {
    detail: `There is no record ${key ? 'with this key' : id} in "${entity.entitySet}"`,
    target: entity.entitySet,
  })
}

function missingLinks(names: readonly string[]): Problem {
  return gather(
    'check.reference',
    names.map(
      (name) =>
        new Problem('check.reference', {
          detail: `The record that "${name}" refers to does not exist`,
          target: name,
          pointer: `/${name}`,
        }),
    ),
  )
}
