// Why somebody can or cannot do something with a record, a field or an entity, told to whoever asks: names and values they may
// not read themselves are left out, and a record they do not see is not there. What decides is found by core/access.
import { hasShares, type Actor } from '@peyvand/core/access/actor.ts'
import { explain, type Explanation } from '@peyvand/core/access/explain.ts'
import { explainField, type FieldReason } from '@peyvand/core/access/explain-field.ts'
import { askRecord, rightsFor, type RecordAnswer } from '@peyvand/core/access/explain-record.ts'
import { namedWire } from '@peyvand/core/access/field.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { receiversOf } from '@peyvand/core/expression/asker.ts'
import type { Entity, Field, Id, Operation } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { mayAll } from '../records/cascade/allowed.ts'
import { readShares, type ShareRow } from '../records/share/store.ts'
import { managersBetween } from './managers.ts'
import { withNames } from './names.ts'
import { findSubject, type Subject } from './subject.ts'
import { tell, type Answer } from './tell.ts'

export interface Question {
  /** Whose access. */
  readonly user: Id
  readonly entity: Entity
  readonly operation: Operation
  readonly record?: Id
  readonly field?: Field
}

/** `yes` and `no` for a record, `all`, `some` and `none` for an entity; `masked`: to be seen, but not in clear. */
export type Verdict = 'yes' | 'masked' | 'no' | 'all' | 'some' | 'none'

/** What stands in the way, whatever the grants say. */
export type Obstacle = 'suspended' | 'missing' | 'inactive' | 'field' | 'not_open'

/** What was found, with ids. */
export interface Findings {
  readonly question: Question
  readonly subject: Subject
  readonly verdict: Verdict
  readonly obstacles: readonly Obstacle[]
  readonly field?: FieldReason
  /** Absent where no record is asked about, or none that is there. */
  readonly found?: RecordAnswer
  /** The grants of the entity, where there is no record to judge them on; by right. */
  readonly grants: readonly { readonly operation: Operation; readonly reasons: Explanation['reasons'] }[]
  readonly shares: readonly ShareRow[]
  readonly managers: readonly Id[]
}

/** Operations that are refused on a record that is inactive. */
const changes: readonly Operation[] = ['write', 'assign', 'append']

/** Answers a question as far as whoever asks may know. throws: Problem. */
export async function answer(platform: Platform, context: Context, question: Question): Promise<Answer> {
  const found = await find(context, question)
  return withNames(platform, context, (name) => tell(context.model, found, name))
}

/** What decides. throws: Problem for what is not there for whoever asks. */
async function find(context: Context, question: Question): Promise<Findings> {
  const { user, entity, record, field, operation } = question
  const self = user === context.actor.user
  if (field !== undefined && !knows(context, entity, field))
    throw new Problem('request.unknown', { target: 'field', detail: `There is no field "${field.name}"` })
  const subject = await findSubject(context, user, self ? context.actor : undefined)
  if (subject === undefined) throw new Problem('missing.record', { detail: 'There is no such user', target: 'user' })
  const seen = record !== undefined && (await mayAll(context, entity, [record], 'read'))
  // Whether a record that they do not see is there at all, nobody is told, of others or of themselves.
  if (record !== undefined && !seen && !self)
    throw new Problem('missing.record', { detail: `There is no record ${record} in "${entity.entitySet}"` })
  const { actor } = subject
  const reason = field && actor && explainField(context.model, actor, entity, { field, operation })
  const known = actor !== undefined && seen ? await judge(context, actor, { ...question, record }) : undefined
  const grants = actor === undefined || known !== undefined ? [] : grantsOfEntity(context, actor, { entity, operation })
  const obstacles = obstaclesOf(subject, { question, reason, known, seen, grants })
  return {
    question,
    subject,
    obstacles,
    verdict: verdictOf(context, { question, subject, known, obstacles, reason }),
    grants,
    shares: [],
    managers: [],
    ...(reason === undefined ? {} : { field: reason }),
    ...(known === undefined ? {} : known),
  }
}

/** Whether there is such a field for whoever asks. */
function knows({ model, actor }: Context, entity: Entity, field: Field): boolean {
  if (ruleOf(model, actor, entity, 'read') === undefined) return false
  const named = namedWire(model, actor, entity.id).properties.values()
  return named.some((property) => property.field.name === field.name)
}

type Judged = Pick<Findings, 'shares' | 'managers'> & { readonly found: RecordAnswer }

/** What decides on one record. */
async function judge(
  context: Context,
  actor: Actor,
  { entity, operation, record: id }: Question & { readonly record: Id },
): Promise<Judged | undefined> {
  const { database, model, schema } = context
  const receivers = receiversOf(actor)
  const all = hasShares(actor, entity.id) ? await readShares(context, entity, id) : []
  const shares = all.filter(({ receiver }) => receivers.includes(receiver))
  const shared = new Set<string>(shares.flatMap(({ rights }) => rights))
  const now = new Date().toISOString()
  const asked = askRecord({ model, actor, entity, operation, id, now, schema, shared, told: context.actor })
  const { rows } = await database.query(asked.statement)
  if (rows[0] === undefined) return undefined
  const found = asked.read(rows[0])
  const below = found.rights.some(({ grants }) => grants.some(({ ways }) => ways.includes('reports')))
  const managers = below ? await managersBetween(context, found.facts.owner!, actor.user) : []
  return { found, shares, managers }
}

function grantsOfEntity(
  { model }: Context,
  actor: Actor,
  { entity, operation }: Pick<Question, 'entity' | 'operation'>,
): Findings['grants'] {
  return rightsFor(operation).map((right) => ({
    operation: right,
    reasons: explain(model, actor, entity, right).reasons,
  }))
}

interface Case {
  readonly question: Question
  readonly reason: FieldReason | undefined
  readonly known: Judged | undefined
  readonly seen: boolean
  readonly grants: Findings['grants']
}

function obstaclesOf(
  { actor }: Subject,
  { question: { record, operation, entity }, reason, known, seen, grants }: Case,
): Obstacle[] {
  const rights = known?.found.rights.map((right) => right.grants.length) ?? grants.map(({ reasons }) => reasons.length)
  const inactive = known?.found.facts.active === false && changes.includes(operation)
  const obstacles: readonly (readonly [Obstacle, boolean])[] = [
    ['suspended', actor === undefined],
    ['missing', record !== undefined && !seen],
    ['not_open', actor !== undefined && !entity.intersect && rights.includes(0)],
    ['inactive', inactive],
    ['field', reason !== undefined && reason.verdict !== 'open' && reason.verdict !== 'masked'],
  ]
  return obstacles.flatMap(([name, is]) => (is ? [name] : []))
}

function verdictOf(
  { model }: Context,
  {
    question: { record, entity, operation },
    subject: { actor },
    known,
    obstacles,
    reason,
  }: Pick<Findings, 'question' | 'subject' | 'obstacles'> & Pick<Case, 'known' | 'reason'>,
): Verdict {
  if (record === undefined) {
    if (actor === undefined || obstacles.includes('field')) return 'none'
    const all = rightsFor(operation).map((right) => explain(model, actor, entity, right).allowed)
    const least = (['none', 'some', 'all'] as const).find((allowed) => all.includes(allowed))!
    return least !== 'none' && reason?.verdict === 'masked' ? 'masked' : least
  }
  const blocked = obstacles.some((obstacle) => obstacle !== 'not_open')
  if (blocked || known?.found.rights.every(({ verdict }) => verdict) !== true) return 'no'
  return reason?.verdict === 'masked' ? 'masked' : 'yes'
}
