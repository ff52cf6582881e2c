// /api/access: why somebody can or cannot do something, who has access to a record, and seeing the app as somebody else.
// Administrators ask about everybody, others about themselves; what is told is bounded by what they may read.
import { Hono } from 'hono'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { operations, type Entity, type Field, type Operation } from '@peyvand/core/model/model.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { diffAccess } from '../access/diff.ts'
import { decisive, peopleMoved, type DataChange } from '../access/draft-data.ts'
import { answer, type Question } from '../access/explain.ts'
import { peopleOn } from '../access/people.ts'
import type { Context } from '../context.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { mayAll } from '../records/cascade/allowed.ts'
import { readObject } from './body.ts'
import { beginView, leaveView } from './view.ts'

type Said = Readonly<Record<string, string>>

/** The routes under /api/access. */
export function accessRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/explain', async (c) => {
    const context = c.get('context')
    const question = readQuestion(context, onlyKnown(c.req.query(), ['user', 'entity', 'record', 'operation', 'field']))
    return c.json(await answer(platform, context, question), 200, { 'cache-control': 'no-store' })
  })
  app.get('/people', async (c) => {
    const context = c.get('context')
    mustAdminister(context)
    const said = onlyKnown(c.req.query(), ['entity', 'record', 'after'])
    const entity = entityIn(context, said)
    const id = idIn(said, 'record')
    if (id === undefined)
      throw new Problem('request.malformed', { target: 'record', detail: '"record" names a record' })
    if (!(await mayAll(context, entity, [id], 'read'))) throw new Problem('missing.record')
    const people = await peopleOn(platform, context, { entity, id, after: idIn(said, 'after') })
    return c.json(people, 200, { 'cache-control': 'no-store' })
  })
  app.post('/diff', async (c) => {
    const context = c.get('context')
    mustAdminister(context)
    const { people, cut } = await peopleMoved(platform, context, readChanges(await readObject(c)))
    const diff = await diffAccess(platform, context, { before: context.model, after: context.model, people })
    return c.json({ ...diff, complete: diff.complete && !cut })
  })
  app.post('/view', (c) => beginView(platform, c))
  app.delete('/view', (c) => leaveView(platform, c))
  return app
}

/** Changes that one question is about. */
const mostChanges = 200

/** throws: Problem. */
function readChanges({ changes, ...more }: JsonObject): DataChange[] {
  const [unknown] = Object.keys(more)
  if (unknown !== undefined)
    throw new Problem('request.malformed', {
      pointer: `/${unknown.slice(0, 60)}`,
      detail: 'Only "changes" is known here',
    })
  if (!Array.isArray(changes) || changes.length === 0 || changes.length > mostChanges)
    throw new Problem('request.malformed', {
      pointer: '/changes',
      detail: `From 1 to ${mostChanges} changes are expected, as a list`,
    })
  return changes.map((change, i) => readChange(change, `/changes/${i}`))
}

function readChange(change: JsonValue, pointer: string): DataChange {
  const wrong = (member: string, detail: string) =>
    new Problem('request.malformed', { pointer: `${pointer}${member}`, detail })
  if (!isJsonObject(change)) throw wrong('', 'A change is an object')
  const { op, entity, id, values } = change
  if (op !== 'create' && op !== 'update' && op !== 'delete')
    throw wrong('/op', '"op" is "create", "update" or "delete"')
  if (!(decisive as readonly JsonValue[]).includes(entity ?? null))
    throw wrong('/entity', `"entity" is one of: ${decisive.join(', ')}`)
  if (op === 'create' ? id !== undefined : typeof id !== 'string' || !isUuid(id))
    throw wrong('/id', op === 'create' ? 'What is made has no id yet' : '"id" names the record')
  if (op !== 'delete' && !isJsonObject(values ?? null)) throw wrong('/values', '"values" are those of the record')
  return {
    op,
    entity: entity as DataChange['entity'],
    ...(typeof id === 'string' ? { id: id.toLowerCase() } : {}),
    ...(isJsonObject(values ?? null) ? { values: values as JsonObject } : {}),
  }
}

function mustAdminister({ model, actor }: Context): void {
  if (!hasPrivilege(model, actor, 'administer'))
    throw new Problem('access.denied', { detail: 'You may ask about yourself alone' })
}

function readQuestion(context: Context, said: Said): Question {
  const user = idIn(said, 'user') ?? context.actor.user
  if (user !== context.actor.user) mustAdminister(context)
  const entity = entityIn(context, said)
  const operation = said['operation'] ?? 'read'
  if (!(operations as readonly string[]).includes(operation))
    throw new Problem('request.type', {
      target: 'operation',
      detail: `There is no operation "${operation.slice(0, 60)}"`,
      hint: suggest(operation, operations),
    })
  const record = idIn(said, 'record')
  const field = said['field'] === undefined ? undefined : fieldIn(entity, said['field'])
  return {
    user,
    entity,
    operation: operation as Operation,
    ...(record === undefined ? {} : { record }),
    ...(field === undefined ? {} : { field }),
  }
}

/** throws: Problem for a name that is not known. */
function onlyKnown(said: Said, known: readonly string[]): Said {
  const unknown = Object.keys(said).find((name) => !known.includes(name))
  if (unknown === undefined) return said
  throw new Problem('request.unknown', {
    target: unknown.slice(0, 60),
    detail: `"${unknown.slice(0, 60)}" is not known here`,
    hint: suggest(unknown, known),
  })
}

function entityIn({ model }: Context, { entity: name = '' }: Said): Entity {
  const entity = model.entities.get(name)
  if (entity === undefined)
    throw new Problem('request.unknown', {
      target: 'entity',
      detail: `There is no entity "${name.slice(0, 60)}"`,
      hint: suggest(name, [...model.entities.keys()]),
    })
  return entity
}

function fieldIn(entity: Entity, name: string): Field {
  const field = entity.fields.find((one) => one.name === name)
  if (field === undefined)
    throw new Problem('request.unknown', { target: 'field', detail: `There is no field "${name.slice(0, 60)}"` })
  return field
}

function idIn(said: Said, name: string): string | undefined {
  const id = said[name]?.toLowerCase()
  if (id === undefined || isUuid(id)) return id
  throw new Problem('request.type', { target: name, detail: `"${name}" is an id` })
}
