// /api/model: the model as the caller may see it, and its changes: plan, apply, undo, history. /api/me: who the caller is.
// Decides rights and shapes; what a change does stands in meta/publish.ts.
import { Hono, type MiddlewareHandler } from 'hono'
import { describe } from '@peyvand/core/model/describe.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { languages } from '@peyvand/core/base/label.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { Part } from '@peyvand/core/model/dependencies.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { takes } from '@peyvand/core/model/move.ts'
import { diffAccess } from '../access/diff.ts'
import { peopleConcerned } from '../access/draft-model.ts'
import { nobody } from '../auth/actor.ts'
import { saveSettings, type Settings } from '../auth/settings.ts'
import { isOnFail } from '../meta/fallback.ts'
import type { PublishRequest } from '../meta/publish.ts'
import { limitsNow } from '../limits.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { ratesOf } from '../records/rates.ts'
import { sampleOf } from '../records/sample.ts'
import { readObject } from './body.ts'
import { requestBearing } from './gate.ts'

/** The routes under /api/model. */
export function modelRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const { publisher } = platform
  const described = new DescribedModels()
  app.get('/', (c) => {
    const { actor, model } = c.get('context')
    const { text, etag } = described.of(model, actor)
    const headers = { etag, 'cache-control': 'private, no-cache', vary: 'authorization, cookie' }
    if (
      c.req
        .header('if-none-match')
        ?.split(/\s*,\s*/)
        .includes(etag)
    )
      return c.body(null, 304, headers)
    return c.body(text, 200, { ...headers, 'content-type': 'application/json' })
  })
  app.use('*', customizersOnly)
  app.get('/dependencies', (c) => {
    const part = readPart(c.req.query('of'))
    const value = part && publisher.dependencies(part)
    if (value === undefined) throw new Problem('missing.record', { detail: 'There is no such part of the model' })
    return c.json({ of: c.req.query('of'), value })
  })
  app.get('/bin', async (c) => c.json({ value: await publisher.bin() }))
  app.post('/bin/:id/plan', async (c) => {
    const { name } = readRestore(await readObject(c))
    return c.json(await publisher.planRestore(c.req.param('id'), name, c.get('context').actor))
  })
  app.post('/bin/:id/restore', async (c) =>
    c.json(await publisher.restore(c.req.param('id'), c.get('context').actor, readRestore(await readObject(c)))),
  )
  app.delete('/bin/:id', async (c) => {
    await publisher.purge(c.req.param('id'))
    return c.body(null, 204)
  })
  app.get('/history', async (c) => c.json({ value: await publisher.history() }))
  app.post('/plan', async (c) => {
    const request = readRequest(await readObject(c))
    const context = c.get('context')
    return c.json(await publisher.plan(request, (rows) => sampleOf(platform, context, rows), context.actor))
  })
  app.post('/access', async (c) => {
    const context = c.get('context')
    const { before, after } = await publisher.draft(readRequest(await readObject(c)), context.actor)
    if (after === undefined)
      throw new Problem('check.definition', { detail: 'The change is not sound; ask for its plan' })
    const { people, cut } = await peopleConcerned(context, before, after)
    const diff = await diffAccess(platform, context, { before, after, people })
    return c.json({ ...diff, complete: diff.complete && !cut })
  })
  app.post('/apply', async (c) =>
    c.json(await publisher.apply(readRequest(await readObject(c)), c.get('context').actor)),
  )
  app.post('/undo/:id', async (c) => {
    const id = c.req.param('id')
    if (!isUuid(id)) throw new Problem('missing.record', { detail: 'There is no such change in the history' })
    return c.json(await publisher.undo(id, c.get('context').actor))
  })
  return app
}

const customizersOnly: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { actor, model } = c.get('context')
  if (!hasPrivilege(model, actor, 'customize'))
    throw new Problem('access.denied', { detail: 'You may not change the model' })
  await next()
}

/** What the caller's roles allow beyond records. */
function privilegesOf(actor: Actor, model: Model): string[] {
  return ['administer', 'customize', 'impersonate', 'privacy'].filter((privilege) =>
    hasPrivilege(model, actor, privilege),
  )
}

/** The described model as text, kept per revision and set of roles: everybody with the same roles gets the same text. */
class DescribedModels {
  #model: Model | undefined
  readonly #texts = new Map<string, { text: string; etag: string }>()

  of(model: Model, actor: Actor): { text: string; etag: string } {
    if (this.#model !== model) {
      this.#model = model
      this.#texts.clear()
    }
    const roles = actor.system === true ? '*' : [...actor.roles].sort().join(',')
    const known = this.#texts.get(roles)
    if (known !== undefined) return known
    const made = { text: JSON.stringify(describe(model, actor)), etag: `W/"${model.revision}-${hashOf(roles)}"` }
    this.#texts.set(roles, made)
    return made
  }
}

function hashOf(text: string): string {
  let hash = 5381
  for (const letter of text) hash = (Math.imul(hash, 33) ^ letter.codePointAt(0)!) | 0
  return (hash >>> 0).toString(36)
}

/** The body of plan and apply. throws: Problem with one problem per wrong member. */
function readRequest(body: JsonObject): PublishRequest {
  const problems: Problem[] = []
  const wrong = (pointer: string, detail: string) =>
    void problems.push(new Problem('request.malformed', { pointer, detail }))
  for (const member of Object.keys(body))
    if (!['base', 'changes', 'plan', 'dependents'].includes(member))
      wrong(`/${member}`, `"${member.slice(0, 60)}" is not known here`)
  const { base, changes, plan, dependents } = body
  if (base !== undefined && base !== null && !isRevision(base)) wrong('/base', 'A revision is expected')
  if (plan !== undefined && plan !== null && typeof plan !== 'string') wrong('/plan', 'The hash of a plan is expected')
  if (dependents !== undefined && dependents !== 'keep' && dependents !== 'adjust')
    wrong('/dependents', '"dependents" is "keep" or "adjust"')
  if (!Array.isArray(changes)) wrong('/changes', 'A list of changes is expected')
  else for (const [i, change] of changes.entries()) checkChange(change, `/changes/${i}`, wrong)
  if (problems.length > 0) throw gather('request.malformed', problems)
  return {
    base: base === undefined || base === null ? undefined : Number(base),
    plan: (plan as string | null) ?? undefined,
    dependents: dependents as PublishRequest['dependents'],
    changes: changes as unknown as PublishRequest['changes'],
  }
}

/** The body of a restore. throws: Problem. */
function readRestore(body: JsonObject): { readonly name?: string; readonly plan?: string } {
  for (const [member, value] of Object.entries(body))
    if (!['name', 'plan'].includes(member) || typeof value !== 'string')
      throw new Problem('request.malformed', {
        pointer: `/${member}`,
        detail: 'A restore takes a name and the hash of a plan, both as text',
      })
  return body
}

/** `entity/account`, `entity/account/fields/name`. throws: Problem. */
function readPart(of: string | undefined): Part {
  const [, kind, name, field] = /^([a-z]+)\/([a-z][a-z0-9_]*)(?:\/fields\/([a-z][a-z0-9_]*))?$/.exec(of ?? '') ?? []
  if (kind === undefined || name === undefined)
    throw new Problem('request.malformed', {
      detail: '"of" names a part of the model',
      hint: 'Like entity/account, or entity/account/fields/name',
    })
  return { kind, name, field }
}

function isRevision(value: JsonValue): boolean {
  return (typeof value === 'string' || typeof value === 'number') && /^\d{1,9}$/.test(`${value}`)
}

function checkChange(change: JsonValue, at: string, wrong: (pointer: string, detail: string) => void): void {
  if (!isJsonObject(change)) return wrong(at, 'A change is an object')
  const { op, definition, kind, name, onFail } = change
  if (op === 'put') {
    if (!isJsonObject(definition)) wrong(`${at}/definition`, '"put" needs a definition')
    if (onFail !== undefined && (!isJsonObject(onFail) || !Object.values(onFail).every(isOnFail)))
      wrong(`${at}/onFail`, '"onFail" says by field: "refuse", "null" or {"default": …}')
  } else if (op === 'move') checkMove(change, at, wrong)
  else if (op === 'delete') {
    if (typeof kind !== 'string') wrong(`${at}/kind`, '"delete" needs a kind')
    if (typeof name !== 'string') wrong(`${at}/name`, '"delete" needs a name')
  } else wrong(`${at}/op`, '"op" is "put", "delete" or "move"')
}

function checkMove(change: JsonObject, at: string, wrong: (pointer: string, detail: string) => void): void {
  for (const [member, value] of Object.entries(change)) {
    const known = ['op', 'field', 'from', 'to', 'via', 'take', 'as'].includes(member)
    if (!known) wrong(`${at}/${member}`, `"${member.slice(0, 60)}" is not known here`)
    else if (typeof value !== 'string') wrong(`${at}/${member}`, `"${member}" is a text`)
  }
  for (const member of ['field', 'from', 'to'])
    if (change[member] === undefined) wrong(`${at}/${member}`, `"move" needs "${member}"`)
  if (typeof change['take'] === 'string' && !(takes as readonly string[]).includes(change['take']))
    wrong(`${at}/take`, `"take" is one of: ${takes.join(', ')}`)
}

/** The routes under /api/me: who the caller is, and the settings a person may change alone. */
export function personRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/', async (c) => {
    const context = c.get('context')
    const { actor, model, language } = context
    const known = await platform.callers.identify(requestBearing(c, platform.config))
    if (known instanceof Problem) throw nobody()
    const { email, language: own, calendar, timeZone, theme, density, view } = known
    return c.json({
      user: { id: actor.user, name: actor.name, email, unit: actor.unit },
      language,
      settings: { language: own, calendar, timeZone, theme, density },
      currency: (await ratesOf(platform, context)).base ?? null,
      roles: actor.roles,
      privileges: privilegesOf(actor, model),
      ...(actor.via === undefined ? {} : { via: actor.via }),
      ...(view === undefined ? {} : { view }),
    })
  })
  app.get('/limits', (c) => c.json({ value: limitsNow(platform.config) }))
  app.patch('/', async (c) => {
    await saveSettings(platform, c.get('context').actor, readSettings(await readObject(c)))
    return c.body(null, 204)
  })
  return app
}

const allowed: Readonly<Record<string, (value: JsonValue) => boolean>> = {
  language: (value) => value === null || (languages as readonly JsonValue[]).includes(value),
  calendar: (value) => value === null || ['gregory', 'persian', 'buddhist'].includes(value as string),
  theme: (value) => value === null || ['light', 'dark', 'system'].includes(value as string),
  density: (value) => value === null || ['compact', 'normal', 'touch'].includes(value as string),
  timeZone: (value) => value === null || (typeof value === 'string' && isTimeZone(value)),
}

function readSettings(body: JsonObject): Settings {
  const problems = Object.entries(body).flatMap(([name, value]) => {
    if (!Object.hasOwn(allowed, name))
      return [
        new Problem('request.unknown', {
          pointer: `/${name}`,
          detail: `"${name.slice(0, 60)}" is not known here`,
          hint: `One of: ${Object.keys(allowed).join(', ')}`,
        }),
      ]
    return allowed[name]!(value)
      ? []
      : [new Problem('check.invalid', { pointer: `/${name}`, detail: `This is no ${name} that is known here` })]
  })
  if (problems.length > 0) throw gather('check.invalid', problems)
  return body
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
