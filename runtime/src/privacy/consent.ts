// Whether somebody may be written to: the last word of their consent for a channel and a purpose, by the records of `consent` the
// caller sees. Nothing said is no. Above every consent stand a restriction of the person and a field of theirs that stops contact.
import { plainText, type JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { mayField } from '@peyvand/core/access/field.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import { linkOf } from '@peyvand/core/types/lookup/type.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Target } from '../records/cascade/reach.ts'
import { among, selectPage, selecting } from '../records/select.ts'
import { holdsOn } from './hold.ts'

/** What somebody said last of one channel and one purpose. */
export interface ConsentState {
  readonly channel: string
  readonly purpose: string
  readonly state: 'given' | 'withdrawn' | 'expired'
  readonly at: string
  readonly expires_at: string | null
  /** Id of the record that proves it. */
  readonly consent: string
}

/** Where a person stands. */
export interface Standing {
  /** Whether the use of the person's data is restricted. */
  readonly restricted: boolean
  /** Whether a field of the person stops contact; unknown to who may not read such a field, whatever it holds. */
  readonly contact: 'open' | 'refused' | 'unknown'
  /** What was said last, by channel and purpose. */
  readonly consents: readonly ConsentState[]
}

/** unit: consents of one person that are looked at */
const most = 1_000

/** Where a person stands, as far as the caller may know. throws: Problem where nobody gives consent. */
export async function standingOf(context: Context, person: Target): Promise<Standing> {
  const entity = consentEntity(context, person.entity)
  const restricted = (await holdsOn(context, [person.id], 'restriction')).length > 0
  const contact = await contactOf(context, person)
  if (ruleOf(context.model, context.actor, entity, 'read') === undefined) return { restricted, contact, consents: [] }
  const query = {
    ...selecting(
      ['id', 'channel', 'purpose', 'decision', 'decided_at', 'expires_at', 'created_at'].map((name) => [name]),
    ),
    filter: ofPerson(person),
    orderby: ['decided_at', 'id'].map((name) => ({ by: path(name), descending: true })),
  }
  const { records } = await selectPage(context, entity, query, most)
  const last = new Map<string, ConsentState>()
  for (const record of records) {
    const state = stateOf(record)
    const key = `${state.channel}/${state.purpose}`
    if (!last.has(key)) last.set(key, state)
  }
  return { restricted, contact, consents: [...last.values()] }
}

/** What the fields of a person that stop contact say. */
async function contactOf(context: Context, { entity, id }: Target): Promise<Standing['contact']> {
  const { model, actor } = context
  const stops = entity.fields.filter(({ stopsContact }) => stopsContact === true)
  if (stops.length === 0) return 'open'
  const open = stops.filter((field) => mayField(model, actor, entity, field, 'read')).map(({ name }) => name)
  const query = { ...selecting([['id'], ...open.map((name) => [name])]), filter: among([id]) }
  const { records } = await selectPage(context, entity, query, 1)
  if (open.some((name) => records[0]?.[name] === true)) return 'refused'
  return records.length === 0 || open.length < stops.length ? 'unknown' : 'open'
}

function consentEntity({ model }: Context, person: Entity): Entity {
  const entity = model.entities.get('consent')
  const lookup = entity?.fields.find(({ name }) => name === 'person')
  if (entity !== undefined && lookup !== undefined && linkOf(lookup).targets.includes(person.name)) return entity
  throw new Problem('check.invalid', {
    detail: `Records of "${person.entitySet}" give no consent`,
    hint: 'Add the entity to the targets of "person" of "consent"',
  })
}

function stateOf(record: JsonObject): ConsentState {
  const text = (name: string) => plainText(record[name])
  const expires = record['expires_at'] == null ? null : text('expires_at')
  const over = expires !== null && Date.parse(expires) <= Date.now()
  const given = record['decision'] === 'given'
  return {
    channel: text('channel'),
    purpose: text('purpose'),
    state: given ? (over ? 'expired' : 'given') : 'withdrawn',
    at: text('decided_at'),
    expires_at: expires,
    consent: text('id'),
  }
}

/** Whether a person may be written to by a channel for a purpose, and what says so. */
export async function mayContact(
  context: Context,
  person: Target,
  { channel, purpose }: { readonly channel: string; readonly purpose: string },
): Promise<{
  readonly may: boolean
  readonly because: string
  readonly consent: string | null
  readonly at: string | null
}> {
  const { restricted, contact, consents } = await standingOf(context, person)
  const said = consents.find((one) => one.channel === channel && one.purpose === purpose)
  const because = restricted ? 'restricted' : contact === 'open' ? (said?.state ?? 'none') : contact
  return { may: because === 'given', because, consent: said?.consent ?? null, at: said?.at ?? null }
}

const path = (...names: string[]): Syntax => ({ op: 'path', names, position: 0 })

function ofPerson({ entity, id }: Target): Syntax {
  const eq = (name: string, kind: 'uuid' | 'text', value: string): Syntax => ({
    op: 'call',
    name: 'eq',
    args: [path(name), { op: 'literal', kind, value, position: 0 }],
    position: 0,
  })
  return {
    op: 'call',
    name: 'and',
    args: [eq('person_id', 'uuid', id), eq('person_type', 'text', entity.name)],
    position: 0,
  }
}
