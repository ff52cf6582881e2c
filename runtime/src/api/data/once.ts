// `Idempotency-Key`: a request that is sent again with its key gets the first answer again. The key is claimed, the records are
// written and the answer is kept in one transaction: a server that dies between neither loses nor doubles, and of two requests
// that race the later waits for the earlier. A request that failed leaves its key free.
import { createHash } from 'node:crypto'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'
import { nestedIn } from '../../db/nested.ts'
import type { PlatformEvent } from '../../events.ts'
import { onNewestModel } from '../../records/failure.ts'
import type { DataRequest } from '../data.ts'

const header = 'Idempotency-Key'
const lifetime = "interval '24 hours'"

/** Who sent which key with which request, in which tenant. */
interface Claim {
  readonly table: string
  readonly actor: string
  readonly key: string
  readonly fingerprint: string
}

interface Kept {
  readonly fingerprint: string
  readonly status: number
  readonly headers: string
  readonly body: string | null
}

/** Answers a request once: by `answer` the first time, by what that answered afterwards. throws: Problem. */
export async function answerOnce(
  request: DataRequest,
  key: string,
  answer: (request: DataRequest) => Promise<Response>,
): Promise<Response> {
  const { platform, context } = request
  checkKey(key)
  const body = await request.request.text()
  const claim = claimOf(request, key, body)
  const events: PlatformEvent[] = []
  const response = await onNewestModel(platform, context, 'create', undefined, (current) => {
    events.length = 0
    return context.database.transaction(async (session) => {
      const kept = await claimKey(session, claim)
      if (kept !== undefined) return answerAgain(claim, kept)
      return keepAnswer(session, claim, await answer(inside(request, current, session, body, events)))
    })
  })
  for (const event of events) platform.events.emit(event)
  return response
}

function checkKey(key: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return
  throw new Problem('request.malformed', {
    detail: `"${header}" has 1 to 255 visible ASCII characters`,
    target: header,
    hint: 'Send a new UUID with each new request',
  })
}

function claimOf({ context, path, query }: DataRequest, key: string, body: string): Claim {
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([path, query, body]))
    .digest('base64url')
  return { table: `"${context.schema}"._request`, actor: context.actor.user, key, fingerprint }
}

/** The request as part of the transaction. A newer model is for a new transaction; events are told after it and not heard in it. */
function inside(
  request: DataRequest,
  context: Context,
  session: Session,
  body: string,
  events: PlatformEvent[],
): DataRequest {
  const { platform } = request
  const database = nestedIn(context.database, session)
  return {
    ...request,
    platform: {
      ...platform,
      database,
      refresh: () => Promise.resolve(context.model),
      events: { emit: (event) => void events.push(event), on: () => () => undefined },
    },
    context: { ...context, database },
    request: new Request(request.request.url, { method: 'POST', headers: request.request.headers, body }),
  }
}

/** Claims the key, waiting for whoever holds it; gives what was kept under it. */
async function claimKey(session: Session, { table, actor, key, fingerprint }: Claim): Promise<Kept | undefined> {
  const { rowCount } = await session.query({
    text: `insert into ${table} as r (actor_id, key, fingerprint, status, headers) values ($1::uuid, $2, $3, 0, '{}')
      on conflict (actor_id, key) do update set fingerprint = excluded.fingerprint, at = now()
      where r.at < now() - ${lifetime} returning 1 as claimed`,
    values: [actor, key, fingerprint],
    name: 'request_claim',
  })
  if (rowCount > 0) return undefined
  const { rows } = await session.query<Kept>({
    text: `select fingerprint, status, headers::text as headers, body from ${table} where actor_id = $1::uuid and key = $2`,
    values: [actor, key],
    name: 'request_kept',
  })
  return rows[0]
}

function answerAgain({ fingerprint }: Claim, { fingerprint: first, status, headers, body }: Kept): Response {
  if (fingerprint === first)
    return new Response(body, { status, headers: JSON.parse(headers) as Record<string, string> })
  throw new Problem('check.invalid', {
    detail: `This "${header}" came with another request before`,
    target: header,
    hint: 'A key belongs to one address and body for 24 hours; send a new one with a new request',
  })
}

/** Keeps a good answer, and clears a few keys that have expired. */
async function keepAnswer(session: Session, { table, actor, key }: Claim, answer: Response): Promise<Response> {
  const body = answer.body === null ? null : await answer.text()
  const headers = Object.fromEntries(answer.headers)
  if (answer.ok)
    await session.query({
      text: `with expired as (delete from ${table} where (actor_id, key) in (select actor_id, key from ${table}
          where at < now() - ${lifetime} order by at limit 20 for update skip locked))
        update ${table} set status = $3::integer, headers = $4::jsonb, body = $5 where actor_id = $1::uuid and key = $2`,
      values: [actor, key, answer.status, JSON.stringify(headers), body],
      name: 'request_keep',
    })
  else
    await session.query({ text: `delete from ${table} where actor_id = $1::uuid and key = $2`, values: [actor, key] })
  return new Response(body, { status: answer.status, headers })
}
