// Why an actor may do something with one record, or not: every grant with what of it decided on this record. The verdict is what
// the compiled rule says of the record; the reasons are found beside it, grant by grant, and a test holds them to the verdict.
import { Problem } from '../base/problem.ts'
import { unitsOf } from '../expression/asker.ts'
import { ident, join, param, render, sql, type Sql } from '../expression/fragment.ts'
import { toSql } from '../expression/sql.ts'
import type { Expression } from '../expression/tree.ts'
import type { Depth, Entity, GrantScope, Id, Model, Operation } from '../model/model.ts'
import { wireOf } from '../model/wire.ts'
import { column, newBuild, newFrame, scopeOf, tableOf, type Build, type Frame } from '../query/frame.ts'
import type { Actor } from './actor.ts'
import { grantsOf, type EffectiveGrant } from './grant.ts'
import { isShareRight, reachOf } from './reach.ts'
import { conditionOf, grantRule, ruleOf } from './rule.ts'
import { ruleParts, type PartQuestion, type RulePart } from './rule-parts.ts'
import { valuesOf, type ReadyStatement } from './values.ts'

/** How a grant reaches a record: everybody's, by its owner, its unit, or a share. */
export type Way = 'all' | 'organization' | 'owner' | 'team' | 'queue' | 'reports' | 'unit' | 'share'

/** One grant, and what of it counted on the record. */
export interface GrantReason {
  readonly role: string
  /** Entity name or `*`, as the grant is written. */
  readonly grant: string
  readonly depth: Depth
  readonly scope?: GrantScope
  /** Whether it allows the operation on this record; null where that would tell what its rule reads. */
  readonly holds: boolean | null
  /** How it reaches the record; nothing when the record lies outside of it. */
  readonly ways: readonly Way[]
  /** Where its depth counts from; only for depths of units. */
  readonly units?: readonly Id[]
  /** Its condition on the record; `hidden` when it reads what who is told may not. */
  readonly rule?: { readonly text: string; readonly holds: boolean; readonly parts: RulePart } | 'hidden'
  /** Why the grant's rule counts for nothing. */
  readonly broken?: string
}

/** One right that an operation asks for. */
export interface RightReason {
  readonly operation: Operation
  /** What the compiled rule says of the record. */
  readonly verdict: boolean
  readonly grants: readonly GrantReason[]
}

/** Whose the record is. */
export interface RecordFacts {
  readonly owner: Id | null
  readonly ownerType: string | null
  readonly unit: Id | null
  /** False where the entity has states and the record is inactive. */
  readonly active: boolean
}

/** What is known of a record before its reasons are put together. */
export interface RecordAnswer {
  readonly facts: RecordFacts
  readonly rights: readonly RightReason[]
}

export interface RecordQuestion {
  readonly model: Model
  readonly actor: Actor
  readonly entity: Entity
  readonly operation: Operation
  readonly id: Id
  readonly now: string
  readonly schema: string
  /** Operations for which a share of the record reaches the actor. */
  readonly shared: ReadonlySet<string>
  /** Who is told. */
  readonly told: Actor
}

/** The rights that an operation on a record asks for: what cannot be seen cannot be changed either. */
export function rightsFor(operation: Operation): readonly Operation[] {
  switch (operation) {
    case 'read':
      return ['read']
    case 'assign':
    case 'append':
      return ['read', 'write', operation]
    case 'create':
    case 'import':
    case 'bulk':
      return [operation]
    default:
      return ['read', operation]
  }
}

/** The statement that decides, and how its one row is read. */
export function askRecord(question: RecordQuestion): {
  readonly statement: ReadyStatement
  read(row: Readonly<Record<string, unknown>>): RecordAnswer
} {
  const { model, actor, entity, schema, id, now } = question
  const build = newBuild(model, schema, new Map())
  const frame = newFrame(build, entity.id)
  const columns: Sql[] = []
  const ask = (value: Sql): string => {
    const name = `v${columns.length}`
    columns.push(sql`${value} as ${ident(name)}`)
    return name
  }
  const facts = askFacts(question, frame, ask)
  const rights = rightsFor(question.operation).map((operation) => askRight(question, operation, { build, frame, ask }))
  const where = sql`${column(frame, 'id')} = ${param({ from: 'input', name: 'id' }, 'uuid')}`
  const { text, name, parameters } = render(
    sql`select ${join(columns, ', ')} from ${tableOf(build, entity.id)} ${frame.alias} where ${where}`,
  )
  const values = valuesOf(parameters, { literals: [], actor, now, input: { id } }) as unknown[]
  return {
    statement: { text, name, values },
    read: (row) => {
      const known = facts(row)
      return { facts: known, rights: rights.map((right) => right(row, known)) }
    },
  }
}

type Row = Readonly<Record<string, unknown>>
type Ask = (value: Sql) => string

interface Asking {
  readonly build: Build
  readonly frame: Frame
  readonly ask: Ask
}

function askFacts({ model, entity }: RecordQuestion, frame: Frame, ask: Ask): (row: Row) => RecordFacts {
  const { properties } = wireOf(model, entity)
  const of = (name: string) => (properties.has(name) ? ask(column(frame, name)) : undefined)
  const [owner, ownerType, unit, state] = ['owner_id', 'owner_type', 'owning_unit_id', 'state'].map(of)
  const text = (row: Row, name: string | undefined) =>
    name === undefined ? null : ((row[name] as string | null | undefined) ?? null)
  return (row) => ({
    owner: text(row, owner),
    ownerType: text(row, ownerType),
    unit: text(row, unit),
    active: entity.state === undefined || text(row, state) !== 'inactive',
  })
}

function askRight(
  question: RecordQuestion,
  operation: Operation,
  asking: Asking,
): (row: Row, facts: RecordFacts) => RightReason {
  const { model, actor, entity } = question
  const verdict = asking.ask(holds(asking, ruleOf(model, actor, entity, operation)))
  const grants = grantsOf(model, actor, entity, operation).map((grant) => askGrant(question, operation, grant, asking))
  return (row, facts) => ({
    operation,
    verdict: row[verdict] === true,
    grants: grants
      .map((grant) => grant(row, facts))
      .sort((a, b) => Number(b.holds) - Number(a.holds) || b.ways.length - a.ways.length),
  })
}

function askGrant(
  question: RecordQuestion,
  operation: Operation,
  effective: EffectiveGrant,
  asking: Asking,
): (row: Row, facts: RecordFacts) => GrantReason {
  const { model, actor, entity, told } = question
  const { role, grant, depth } = effective
  const bound = grantRule(model, entity, grant)
  const broken = bound instanceof Problem ? bound.message : undefined
  const condition = bound === undefined ? null : conditionOf(model, actor, entity, grant)
  const holding =
    bound === undefined ? undefined : asking.ask(holds(asking, condition instanceof Problem ? undefined : condition))
  const inner: PartQuestion = { model, entity, told, ask: (part) => asking.ask(plain(asking, part)) }
  const parts = grant.rule === undefined || broken !== undefined ? undefined : ruleParts(inner, grant.rule)
  return (row, facts) => {
    const ways = waysTo(question, operation, effective, facts)
    const meets = holding === undefined || row[holding] === true
    const hides = grant.rule !== undefined && parts === undefined && broken === undefined
    const allows = ways.length > 0 && meets && broken === undefined
    return {
      role: role.name,
      grant: grant.entity,
      depth,
      ...(grant.scope === undefined ? {} : { scope: grant.scope }),
      holds: hides && ways.length > 0 ? null : allows,
      ways,
      ...(depth === 'unit' || depth === 'unit_tree' ? { units: unitsFor(actor, effective) } : {}),
      ...(hides ? { rule: 'hidden' as const } : {}),
      ...(parts === undefined ? {} : { rule: { text: grant.rule!, holds: meets, parts: parts(row) } }),
      ...(broken === undefined ? {} : { broken }),
    }
  }
}

/** Every way in which a grant reaches the record, its rule aside. */
function waysTo(
  { actor, entity, shared }: RecordQuestion,
  operation: Operation,
  effective: EffectiveGrant,
  { owner, unit }: RecordFacts,
): Way[] {
  const reach = reachOf(actor, [effective], operation)
  if (reach.all) return [entity.ownership === 'organization' ? 'organization' : 'all']
  const { user, teams, queues = [], reports = [] } = actor
  const isOf = (owners: readonly Id[]) => owner !== null && owners.includes(owner)
  const units = unitsOf(actor, [...reach.units].join(' '))
  const ways: readonly (readonly [Way, boolean])[] = [
    ['owner', isOf([user])],
    ['team', isOf(teams)],
    ['queue', isOf(queues)],
    ['reports', reach.reports && isOf(reports)],
    ['unit', reach.units.size > 0 && unit !== null && units.includes(unit)],
    ['share', isShareRight(operation) && shared.has(operation)],
  ]
  return ways.flatMap(([way, is]) => (is ? [way] : []))
}

/** The units that a grant's depth counts from, those below aside. */
function unitsFor(actor: Actor, { role }: EffectiveGrant): readonly Id[] {
  return actor.ranges?.get(role.name)?.units ?? (actor.unit === null ? [] : [actor.unit])
}

/** Whether a rule holds: null for all records, undefined for none. */
function holds(asking: Asking, rule: Expression | null | undefined): Sql {
  if (rule === null) return sql`true`
  return rule === undefined ? sql`false` : sql`(${plain(asking, rule)}) is true`
}

/** A condition as rules see it: all records, whoever asks. */
function plain({ build, frame }: Asking, condition: Expression): Sql {
  return toSql(condition, scopeOf(build, [frame], 'all'), true)
}
