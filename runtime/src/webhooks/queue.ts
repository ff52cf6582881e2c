// Deliveries: what is to be told, kept until it was. A process takes one by a lease; nobody takes what stands behind an earlier one
// in the same lane (a record, or all of a webhook that sends lists), so that what happened to a record is told in order.
import type { Delivery, DeliveryState, WholeDelivery } from '@peyvand/core/answer/webhook.ts'
import type { Session } from '../db/database.ts'

/** A delivery to be made. */
export interface NewDelivery {
  readonly id: string
  readonly lane: string
  readonly records: readonly string[]
  readonly events: number
  readonly body: string
  /** With whose rights, on which model, the body was made. */
  readonly access: string
}

/** A delivery in the hands of a process. */
export interface TakenDelivery {
  readonly id: string
  readonly webhook: string
  readonly body: string
  readonly access: string
  readonly attempts: number
  /** Fencing token. */
  readonly lease: number
  /** unit: milliseconds */
  readonly age: number
}

/** How a try went. */
export interface Outcome {
  readonly status?: number
  readonly ms: number
  /** What the target answered, cut and without secrets. */
  readonly answer?: string
  readonly error?: string
}

/** Puts deliveries in, in their order. */
export async function putDeliveries(
  session: Session,
  schema: string,
  webhook: string,
  list: readonly NewDelivery[],
): Promise<void> {
  if (list.length === 0) return
  const rows = list.map(({ id, lane, records, events, body, access }) => ({ id, lane, records, events, body, access }))
  await session.query({
    text: `insert into "${schema}"._delivery (id, webhook_id, lane, records, events, body, access)
      select (d.value ->> 'id')::uuid, $1::uuid, d.value ->> 'lane',
        array(select r::uuid from jsonb_array_elements_text(d.value -> 'records') r), (d.value ->> 'events')::int,
        d.value ->> 'body', d.value ->> 'access'
      from jsonb_array_elements($2::jsonb) with ordinality d(value, n) order by d.n`,
    values: [webhook, JSON.stringify(rows)],
  })
}

/** How many deliveries of a webhook wait, up to a number. */
export async function countWaiting(session: Session, schema: string, webhook: string, most: number): Promise<number> {
  const { rows } = await session.query<{ n: number }>({
    text: `select count(*)::int as n from (select 1 from "${schema}"._delivery d
      where d.webhook_id = $1::uuid and d.state = 'waiting' limit $2::int) w`,
    values: [webhook, most],
  })
  return rows[0]!.n
}

/** Takes deliveries of a webhook that may be made now. unit: seconds */
export async function takeDeliveries(
  session: Session,
  schema: string,
  { webhook, most, lease }: { readonly webhook: string; readonly most: number; readonly lease: number },
): Promise<TakenDelivery[]> {
  const { rows } = await session.query<TakenDelivery>({
    text: `update "${schema}"._delivery as t set lease = t.lease + 1, attempts = t.attempts + 1,
        lease_until = now() + make_interval(secs => $3::float8)
      where t.id in (select d.id from "${schema}"._delivery d
        where d.webhook_id = $1::uuid and d.state = 'waiting' and d.next_at <= now()
          and (d.lease_until is null or d.lease_until < now())
          and not exists (select 1 from "${schema}"._delivery e where e.webhook_id = d.webhook_id and e.lane = d.lane
            and e.state = 'waiting' and e.number < d.number)
        order by d.number limit $2::int for update skip locked)
      returning t.id, t.webhook_id as webhook, t.body, t.access, t.attempts, t.lease,
        (extract(epoch from now() - t.since) * 1000)::float8 as age`,
    values: [webhook, most, lease],
  })
  return rows
}

/** When the next delivery is due, of webhooks that are not left alone. unit: milliseconds from now */
export async function nextDelivery(session: Session, schema: string): Promise<number | undefined> {
  const { rows } = await session.query<{ ms: number | null }>({
    text: `select (extract(epoch from min(greatest(d.next_at, d.lease_until, w.closed_until)) - now()) * 1000)::float8 as ms
      from "${schema}"._delivery d join "${schema}"._webhook w on w.webhook_id = d.webhook_id
      where d.state = 'waiting' and not exists (select 1 from "${schema}"._delivery e
        where e.webhook_id = d.webhook_id and e.lane = d.lane and e.state = 'waiting' and e.number < d.number)`,
  })
  return rows[0]?.ms ?? undefined
}

type Held = Pick<TakenDelivery, 'id' | 'lease'>

/** Ends a delivery. */
export async function endDelivery(
  session: Session,
  schema: string,
  held: Held,
  state: 'sent' | 'dead' | 'withheld',
  outcome: Outcome,
): Promise<void> {
  await note(session, schema, held, outcome, `state = $7, ended_at = now(), lease_until = null`, [state])
}

/** Lets go of a delivery until its next try. unit: milliseconds */
export async function postponeDelivery(
  session: Session,
  schema: string,
  held: Held,
  outcome: Outcome,
  pause: number,
): Promise<void> {
  const set = `next_at = now() + make_interval(secs => $7::float8 / 1000), lease_until = null`
  await note(session, schema, held, outcome, set, [pause])
}

/** Lets go of a delivery that was not tried: the server stops, or nothing can be sent at all. unit: milliseconds */
export async function returnDelivery(session: Session, schema: string, held: Held, pause: number): Promise<void> {
  await session.query({
    text: `update "${schema}"._delivery set attempts = attempts - 1, lease_until = null,
        next_at = now() + make_interval(secs => $3::float8 / 1000)
      where id = $1::uuid and lease = $2::int and state = 'waiting'`,
    values: [held.id, held.lease, pause],
  })
}

async function note(
  session: Session,
  schema: string,
  { id, lease }: Held,
  { status, ms, answer, error }: Outcome,
  set: string,
  more: readonly unknown[],
): Promise<void> {
  await session.query({
    text: `update "${schema}"._delivery set status = $3::int, ms = $4::int, answer = $5, error = $6, ${set}
      where id = $1::uuid and lease = $2::int and state = 'waiting'`,
    values: [id, lease, status ?? null, Math.round(ms), answer ?? null, error ?? null, ...more],
  })
}

/** Gives up deliveries that wait longer than they may for a target that does not answer. unit: hours */
export async function giveUp(session: Session, schema: string, webhook: string, hours: number): Promise<void> {
  await session.query({
    text: `update "${schema}"._delivery set state = 'dead', ended_at = now(), error = coalesce(error, 'The other server did not answer in time')
      where webhook_id = $1::uuid and state = 'waiting' and since < now() - make_interval(hours => $2::int)
        and (lease_until is null or lease_until < now())`,
    values: [webhook, hours],
  })
}

const columns = `d.id, d.state, d.records, d.events, d.attempts, to_json(d.made_at) as "madeAt",
  to_json(case when d.state = 'waiting' then d.next_at end) as "nextAt", to_json(d.ended_at) as "endedAt", d.status, d.ms, d.error`

export interface DeliveryList {
  readonly webhook: string
  readonly state?: DeliveryState | undefined
  readonly top: number
  /** Id of the delivery behind which the page begins. */
  readonly after?: string | undefined
}

/** The newest deliveries of a webhook. */
export async function listDeliveries(
  session: Session,
  schema: string,
  { webhook, state, top, after }: DeliveryList,
): Promise<Delivery[]> {
  const { rows } = await session.query<Delivery>({
    text: `select ${columns} from "${schema}"._delivery d where d.webhook_id = $1::uuid and ($2::text is null or d.state = $2)
        and ($4::uuid is null or d.number < (select e.number from "${schema}"._delivery e where e.id = $4::uuid))
      order by d.number desc limit $3::int`,
    values: [webhook, state ?? null, top, after ?? null],
  })
  return rows
}

/** One delivery with what was sent and what came back. */
export async function findDelivery(
  session: Session,
  schema: string,
  webhook: string,
  id: string,
): Promise<WholeDelivery | undefined> {
  const { rows } = await session.query<WholeDelivery>({
    text: `select ${columns}, d.body, d.answer from "${schema}"._delivery d where d.id = $1::uuid and d.webhook_id = $2::uuid`,
    values: [id, webhook],
  })
  return rows[0]
}

/** Sends again what has ended: one delivery, or all that are dead. Gives how many. */
export async function sendAgain(session: Session, schema: string, webhook: string, id?: string): Promise<number> {
  const { rowCount } = await session.query({
    text: `update "${schema}"._delivery set state = 'waiting', attempts = 0, since = now(), next_at = now(), ended_at = null,
        error = null, status = null, answer = null
      where webhook_id = $1::uuid and case when $2::uuid is null then state = 'dead' else id = $2::uuid and state in ('sent', 'dead') end`,
    values: [webhook, id ?? null],
  })
  return rowCount
}

/** How many deliveries of each webhook wait and are dead, and when one was last made. */
export async function tallyDeliveries(
  session: Session,
  schema: string,
): Promise<ReadonlyMap<string, { readonly waiting: number; readonly dead: number; readonly lastSent: string | null }>> {
  const { rows } = await session.query<{ id: string; waiting: number; dead: number; lastSent: string | null }>({
    text: `select d.webhook_id as id, count(*) filter (where d.state = 'waiting')::int as waiting,
        count(*) filter (where d.state = 'dead')::int as dead,
        to_json(max(d.ended_at) filter (where d.state = 'sent')) as "lastSent"
      from "${schema}"._delivery d group by d.webhook_id`,
  })
  return new Map(rows.map(({ id, ...tally }) => [id, tally]))
}

/** Forgets what was delivered so many days ago, and what is dead for thirty. */
export async function forgetDeliveries(session: Session, schema: string, days: number): Promise<void> {
  await session.query({
    text: `delete from "${schema}"._delivery where state in ('sent', 'withheld') and ended_at < now() - make_interval(days => $1::int)
      or state = 'dead' and ended_at < now() - interval '30 days'`,
    values: [days],
  })
}

/** Takes records out of everything that is kept of deliveries: they are erased. */
export async function eraseDeliveries(session: Session, schema: string, records: readonly string[]): Promise<number> {
  const { rowCount } = await session.query({
    text: `delete from "${schema}"._delivery where records && $1::uuid[]`,
    values: [records],
  })
  return rowCount
}
