// What an installation knows of a webhook beside its definition: the sealed signing secrets, how far the log was read for it, and
// how its target behaves. The row comes into being with the first secret; until then a webhook tells nobody anything.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { render } from '@peyvand/core/expression/fragment.ts'
import { seenSql } from '@peyvand/core/query/snapshot.ts'
import type { Session } from '../db/database.ts'
import type { Secrets } from '../secrets/vault.ts'
import { closedFor, type Patience } from './retry.ts'
import { newSecret } from './sign.ts'

export interface WebhookState {
  readonly id: string
  readonly secret: string
  /** The secret before, while it is valid. */
  readonly before: string | null
  readonly beforeUntil: string | null
  readonly madeBy: string
  readonly madeAt: string
  /** How far the log was read (query/snapshot.ts). */
  readonly seen: string
  /** Failures in a row. */
  readonly failures: number
  /** How long the target is left alone. unit: milliseconds from now; null: it is not. */
  readonly closed: number | null
  /** Why nothing is told, when that is the webhook's own fault. */
  readonly problem: JsonObject | null
}

const use = 'webhook'
const now = render(seenSql).text

/** A webhook and the entity it listens to. */
export interface Listening {
  readonly id: string
  readonly entity: string
}

/** A state with what there is to do for it. */
export interface WorkState extends WebhookState {
  /** What a snapshot of this moment is. */
  readonly now: string
  /** Something was written that the cursor has not seen. */
  readonly fresh: boolean
  /** A delivery may be made now. */
  readonly due: boolean
  /** Some delivery waits. */
  readonly waiting: boolean
}

const columns = `w.webhook_id as id, w.secret, case when w.before_until > now() then w.secret_before end as before,
  to_json(case when w.before_until > now() then w.before_until end) as "beforeUntil",
  w.made_by as "madeBy", to_json(w.made_at) as "madeAt", w.seen, w.failures, w.problem,
  case when w.closed_until > now() then (extract(epoch from w.closed_until - now()) * 1000)::float8 end as closed`

/** The states of all webhooks by id; of those without a secret there is none. */
export async function loadStates(session: Session, schema: string): Promise<ReadonlyMap<string, WebhookState>> {
  const { rows } = await session.query<WebhookState>({ text: `select ${columns} from "${schema}"._webhook w` })
  return new Map(rows.map((row) => [row.id, row]))
}

/** The states of some webhooks, and what there is to do for each: one statement, whether there are many or few. */
export async function loadWork(
  session: Session,
  schema: string,
  list: readonly Listening[],
): Promise<ReadonlyMap<string, WorkState>> {
  const since = `split_part(w.seen, '/', 1)::pg_snapshot`
  const fresh = (log: string) => `exists (select 1 from "${schema}".${log} l where l.entity_id = h.entity
    and l.xid >= pg_snapshot_xmin(${since}) and not pg_visible_in_snapshot(l.xid, ${since}))`
  const delivery = (more: string) => `exists (select 1 from "${schema}"._delivery d
    where d.webhook_id = w.webhook_id and d.state = 'waiting'${more})`
  const { rows } = await session.query<WorkState>({
    text: `select ${columns}, ${now} as now, ${fresh('_audit')} or ${fresh('_change')} as fresh,
        ${delivery(' and d.next_at <= now() and (d.lease_until is null or d.lease_until < now())')} as due,
        ${delivery('')} as waiting
      from unnest($1::uuid[], $2::uuid[]) h(id, entity) join "${schema}"._webhook w on w.webhook_id = h.id`,
    values: [list.map(({ id }) => id), list.map(({ entity }) => entity)],
    name: 'peyvand_webhooks',
  })
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * Gives a webhook a new signing secret; the one before stays valid for so many hours. From the first one on it is told what
 * happens.
 */
export async function renewSecret(
  session: Session,
  { schema, secrets }: { readonly schema: string; readonly secrets: Secrets },
  { id, by, hours }: { readonly id: string; readonly by: string; readonly hours: number },
): Promise<string> {
  const secret = newSecret()
  await session.query({
    text: `insert into "${schema}"._webhook as w (webhook_id, secret, made_by, seen) values ($1::uuid, $2, $3::uuid, ${now})
      on conflict (webhook_id) do update set secret = excluded.secret, made_by = excluded.made_by, made_at = now(),
        secret_before = w.secret, before_until = now() + make_interval(hours => $4::int)`,
    values: [id, await secrets.seal({ use, key: id }, secret), by, hours],
  })
  return secret
}

/** The secrets a message is signed with, the newest first. */
export async function openSecrets(secrets: Secrets, { id, secret, before }: WebhookState): Promise<string[]> {
  const sealed = before === null ? [secret] : [secret, before]
  return Promise.all(sealed.map((each) => secrets.open({ use, key: id }, each)))
}

/** Notes why nothing can be told, or that there is no reason any more. */
export async function noteProblem(
  session: Session,
  schema: string,
  { id, problem }: Pick<WebhookState, 'id' | 'problem'>,
  next: JsonObject | null,
): Promise<void> {
  if (JSON.stringify(problem) === JSON.stringify(next)) return
  await session.query({
    text: `update "${schema}"._webhook set problem = $2::jsonb where webhook_id = $1::uuid`,
    values: [id, next === null ? null : JSON.stringify(next)],
  })
}

/** Moves the cursor. shape: whether nobody else did meanwhile. */
export async function moveSeen(
  session: Session,
  schema: string,
  { id, seen }: Pick<WebhookState, 'id' | 'seen'>,
  next: string,
): Promise<boolean> {
  const { rowCount } = await session.query({
    text: `update "${schema}"._webhook set seen = $3, problem = null where webhook_id = $1::uuid and seen = $2`,
    values: [id, seen, next],
  })
  return rowCount > 0
}

/** The target answered as it should. */
export async function noteSuccess(session: Session, schema: string, id: string): Promise<void> {
  await session.query({
    text: `update "${schema}"._webhook set failures = 0, closed_until = null where webhook_id = $1::uuid and failures > 0`,
    values: [id],
  })
}

/** The target failed once more; after some failures, or when it asks for it, it is left alone. Gives how many it were. */
export async function noteFailure(
  session: Session,
  schema: string,
  { id, patience, after }: { readonly id: string; readonly patience: Patience; readonly after?: number | undefined },
): Promise<number> {
  const { rows } = await session.query<{ failures: number }>({
    text: `update "${schema}"._webhook set failures = failures + 1 where webhook_id = $1::uuid returning failures`,
    values: [id],
  })
  const failures = rows[0]?.failures ?? 0
  const pause = closedFor(failures, patience, after)
  if (pause > 0)
    await session.query({
      text: `update "${schema}"._webhook set closed_until = greatest(closed_until, now() + make_interval(secs => $2::float8 / 1000))
        where webhook_id = $1::uuid`,
      values: [id, pause],
    })
  return failures
}

/** Opens the way to a target at once: somebody says that it is well again. */
export async function reopen(session: Session, schema: string, id: string): Promise<void> {
  await session.query({
    text: `update "${schema}"._webhook set closed_until = null where webhook_id = $1::uuid`,
    values: [id],
  })
}

/** Takes the secrets of a webhook away: it is told nothing any more, and what waited is withheld. */
export async function endSecret(session: Session, schema: string, id: string): Promise<boolean> {
  const { rowCount } = await session.query({
    text: `with w as (delete from "${schema}"._webhook where webhook_id = $1::uuid returning webhook_id),
        d as (update "${schema}"._delivery set state = 'withheld', ended_at = now() from w
          where "_delivery".webhook_id = w.webhook_id and state = 'waiting')
      select 1 from w`,
    values: [id],
  })
  return rowCount > 0
}

/** Forgets the states of webhooks that are not defined any more. */
export async function forgetStates(session: Session, schema: string, kept: readonly string[]): Promise<void> {
  await session.query({
    text: `delete from "${schema}"._webhook where webhook_id <> all($1::uuid[]) and made_at < now() - interval '30 days'`,
    values: [kept],
  })
}
