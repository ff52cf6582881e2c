// /api/audit: the whole audit as one list and as CSV, how far it is sealed, and verifying it. For administrators; the history of
// one record, which everybody has who may read it, is a function of the data service.
import type { Story, StoryEvent } from '@peyvand/core/answer/audit.ts'
import { Hono, type Context as HonoContext } from 'hono'
import { isJsonObject, plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { unsealed } from '../audit/chain.ts'
import { note } from '../audit/note.ts'
import { lastSeal } from '../audit/seal.ts'
import type { Context } from '../context.ts'
import { auditVerifyJob } from '../jobs/kinds/audit.ts'
import { enqueue } from '../jobs/queue.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { csvLine } from '../records/csv.ts'
import { isStoryPlace, storyOf, type StoryFilter } from '../records/story.ts'
import { doerOf } from './auth/ask.ts'
import { readObject } from './body.ts'

const filters = ['person', 'entity', 'record', 'kind', 'from', 'to'] as const
const usual = 50
/** Rows of one file. */
const mostRows = 100_000

/** The routes under /api/audit. */
export function auditRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const { database, schema } = platform
  app.use(async (c, next) => {
    const { actor, model } = c.get('context')
    if (!hasPrivilege(model, actor, 'administer'))
      throw new Problem('access.denied', { detail: 'Only administrators may see all of the audit' })
    await next()
  })
  app.get('/', async (c) => {
    const { top = String(usual), after, ...said } = c.req.query()
    if (!/^\d{1,3}$/.test(top) || Number(top) === 0)
      throw new Problem('request.malformed', { target: 'top', detail: 'It must be a whole number from 1 to 999' })
    if (after !== undefined && !isStoryPlace(after))
      throw new Problem('request.malformed', { target: 'after', detail: 'It is not "next" of a page before' })
    const context = c.get('context')
    const story = await storyOf(platform, context, filterOf(context, said), {
      top: Number(top),
      ...(after === undefined ? {} : { after }),
    })
    return c.json({ value: story.value, names: story.names, next: story.next })
  })
  app.get('/csv', async (c) => {
    const context = c.get('context')
    const filter = filterOf(context, c.req.query())
    const { user, via } = context.actor
    await note(platform, {
      kind: 'export',
      outcome: 'asked',
      actor: user,
      via,
      ...doerOf(c, platform),
      detail: { of: 'audit', ...filter },
    })
    return new Response(streamOf(csvOf(platform, context, filter)), {
      headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="audit.csv"' },
    })
  })
  app.get('/state', async (c) => c.json(await stateOf(platform)))
  app.post('/verify', async (c) => {
    const job = await enqueue(database, schema, {
      kind: auditVerifyJob.name,
      payload: { ...(await orderOf(c)), by: c.get('context').actor.user },
      unique: 'audit',
      actor: c.get('context').actor.user,
    })
    return c.json({ job }, 202)
  })
  return app
}

/** How far the audit is sealed, what is not, and what the last look at it found. */
async function stateOf({ database, schema }: RunningPlatform): Promise<JsonObject> {
  const seal = await lastSeal(database, schema)
  const open = await unsealed(database, schema)
  const { rows } = await database.query<{ at: string; outcome: string; detail: JsonValue }>({
    text: `select to_char(s.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, s.outcome, s.detail
      from "${schema}"._security s where s.kind = 'verification' order by s.at desc limit 1`,
  })
  return {
    head: seal === undefined ? null : { number: seal.number, hash: seal.hash.toString('hex'), sealedAt: seal.sealedAt },
    unsealed: { rows: open.rows, oldest: open.oldest ?? null },
    verified: rows[0] === undefined ? null : { ...rows[0] },
  }
}

function filterOf(context: Context, said: Readonly<Record<string, string>>): StoryFilter {
  const unknown = Object.keys(said).find((name) => !(filters as readonly string[]).includes(name))
  if (unknown !== undefined)
    throw new Problem('request.unknown', {
      target: unknown.slice(0, 100),
      detail: `The audit knows no "${unknown.slice(0, 100)}"`,
      hint: `It knows ${filters.join(', ')}`,
    })
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ''))
  const wrong = (target: string, detail: string) => new Problem('request.type', { target, detail })
  for (const name of ['person', 'record'] as const)
    if (given[name] !== undefined && !isUuid(given[name])) throw wrong(name, 'It must be an id')
  for (const name of ['from', 'to'] as const)
    if (given[name] !== undefined && !/^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(given[name]))
      throw wrong(name, 'It must be a date or a moment: 2026-05-14 or 2026-05-14T12:00:00Z')
  for (const name of ['from', 'to'] as const)
    if (given[name] !== undefined && Number.isNaN(Date.parse(given[name]))) throw wrong(name, 'There is no such date')
  const { entity, ...rest } = given
  if (entity === undefined) return rest
  const known = context.model.entities.get(entity)
  if (known === undefined)
    throw new Problem('missing.definition', {
      target: 'entity',
      detail: `There is no entity "${entity.slice(0, 100)}"`,
    })
  return { ...rest, entity: known.id }
}

const head = [
  'at',
  'kind',
  'outcome',
  'by',
  'by_name',
  'via',
  'person',
  'entity',
  'records',
  'before',
  'after',
  'address',
  'detail',
  'sealed',
]

async function* csvOf(platform: RunningPlatform, context: Context, filter: StoryFilter): AsyncGenerator<string, void> {
  yield csvLine(head)
  let after: string | null = null
  for (let rows = 0; rows < mostRows;) {
    const story: Story = await storyOf(platform, context, filter, { top: 500, ...(after === null ? {} : { after }) })
    yield story.value.map((event) => lineOf(event, story.names)).join('')
    rows += story.value.length
    after = story.next
    if (after === null) return
  }
}

/** The pieces as they are asked for. */
function streamOf(pieces: AsyncGenerator<string, void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await pieces.return()
    },
  })
}

function lineOf(event: StoryEvent, names: Story['names']): string {
  const { at, kind, outcome, by, via, person, entity, records, before, after, address, detail, isSealed } = event
  const json = (value: JsonValue): string => (value === null ? '' : JSON.stringify(value))
  const name = by === null ? '' : (names[by] ?? '')
  return csvLine([
    at,
    kind,
    outcome,
    by,
    name,
    via,
    person,
    entity,
    records.join(' '),
    json(before),
    json(after),
    address,
    json(detail),
    isSealed,
  ])
}

/** What a verification is asked for: the first seal, and seals that are known from elsewhere. */
async function orderOf(c: HonoContext<ApiEnv>): Promise<JsonObject> {
  const { from, anchors = [], ...more } = c.req.header('content-type') === undefined ? {} : await readObject(c)
  const isNumber = (value: unknown): boolean => /^\d{1,18}$/.test(plainText(value as JsonValue))
  const other = Object.keys(more)[0]
  if (other !== undefined)
    throw new Problem('request.unknown', { pointer: `/${other.slice(0, 100)}`, detail: 'It is not known here' })
  if (from !== undefined && !isNumber(from))
    throw new Problem('request.type', { pointer: '/from', detail: 'It must be the number of a seal' })
  if (
    !Array.isArray(anchors) ||
    anchors.length > 100 ||
    !anchors.every(
      (each) => isJsonObject(each) && isNumber(each['number']) && /^[0-9a-f]{64}$/.test(plainText(each['hash'])),
    )
  )
    throw new Problem('request.type', {
      pointer: '/anchors',
      detail: 'It must be a list of {"number", "hash"}, 100 at most',
    })
  const known = anchors.filter(isJsonObject).map(({ number, hash }) => ({ number: plainText(number), hash: hash! }))
  return must({ ...(from === undefined ? {} : { from: plainText(from) }), anchors: known })
}
