// The kind `webhook`: another server that is told when records of an entity change. Decides what a webhook may ask for; how it is
// told, and how what is told is signed, is the runtime's.
import { eachOf, withNames } from '../base/part.ts'
import { Problem } from '../base/problem.ts'
import * as validate from '../schemas/validate.js'
import type { WebhookDefinition } from './definition.ts'
import { by, type Kind } from './kind.ts'
import { definitionProblem, expressionProblems, findEntity, findField } from './lookups.ts'
import type { Entity, Model, Webhook } from './model.ts'
import { labelFromName } from './names.ts'

export const webhookKind: Kind<WebhookDefinition> = {
  name: 'webhook',
  validator: validate.webhook,
  parts: { fields: by('field') },
  check(definition, context) {
    const { entity: name, fields = [], include = [], filter } = definition
    const entity = findEntity(context.model, name, ['entity'])
    const general = [...addressProblems(definition), ...headerProblems(definition)]
    if (entity instanceof Problem) return [...general, entity]
    return [
      ...general,
      ...logProblems(definition, entity),
      ...fields.flatMap(({ field }, i) => problemOf(findField(entity, field, ['fields', i, 'field']))),
      ...include.flatMap((field, i) => problemOf(findField(entity, field, ['include', i]))),
      ...expressionProblems(filter, name, ['filter'], context),
    ]
  },
  names(webhook, naming) {
    const { entity, fields, include, filter } = webhook
    const named = eachOf(fields, (one, i) =>
      withNames(one, { field: naming.field(entity, one.field, { place: ['fields', i, 'field'], use: 'event' }) }),
    )
    return withNames(webhook, {
      entity: naming.named('entity', entity, { place: ['entity'], use: 'event' }),
      // Without the last of its fields it would be told of every update instead of none.
      ...(fields && { fields: named?.length === 0 ? undefined : named }),
      ...(include && {
        include: eachOf(include, (field, i) => naming.field(entity, field, { place: ['include', i], use: 'content' })),
      }),
      ...(filter && { filter: naming.expression(entity, filter, { place: ['filter'], use: 'filter' }) }),
    })
  },
  build: ({ id, name, label, description, kind: _kind, $schema: _schema, ...definition }): Webhook => ({
    ...definition,
    id: id ?? `webhook/${name}`,
    name,
    label: label ?? labelFromName(name),
    ...(description === undefined ? {} : { description }),
    batch: definition.batch ?? 1,
    active: definition.active ?? true,
  }),
  guard: {
    senses: (model, { after }) =>
      [...model.webhooks.values()].map((hook) => ({ id: hook.id, name: hook.name, text: sentBy(model, hook, after) })),
    says: (name) => `Where the webhook "${name}" sends what, and with whose rights, is changed`,
  },
}

const problemOf = (found: unknown): Problem[] => (found instanceof Problem ? [found] : [])

function addressProblems({ url }: WebhookDefinition): Problem[] {
  if (!URL.canParse(url)) return [definitionProblem(['url'], 'This is no address')]
  const { username, password, hash } = new URL(url)
  if (username !== '' || password !== '')
    return [
      definitionProblem(
        ['url'],
        'An address may not carry a name or a password',
        'Send an "Authorization" header with a stored secret: "Bearer {secret:name}"',
      ),
    ]
  return hash === '' ? [] : [definitionProblem(['url'], 'What stands after # is never sent', 'Leave it out')]
}

/** Headers that are the webhook's own, or the connection's. */
const taken =
  /^(?:webhook-.*|content-.*|host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|proxy-.*|cookie)$/i

function headerProblems({ headers = {} }: WebhookDefinition): Problem[] {
  return Object.keys(headers).flatMap((name) =>
    taken.test(name) ? [definitionProblem(['headers', name], `The header "${name}" is set by the platform`)] : [],
  )
}

/** What can only be known where it is noted what changed, and who changed it. */
function logProblems({ fields, skip, skipOwn }: WebhookDefinition, entity: Entity): Problem[] {
  if (entity.audit) return []
  const asks = { fields, skip, skipOwn: skipOwn || undefined }
  return Object.entries(asks).flatMap(([property, asked]) =>
    asked === undefined
      ? []
      : [
          definitionProblem(
            [property],
            `"${entity.name}" does not keep what changed and who changed it`,
            `Set "audit" of "${entity.name}", or leave "${property}" out`,
          ),
        ],
  )
}

/** Where a webhook sends what, and with whose rights. Empty when its entity is gone. */
function sentBy(model: Model, hook: Webhook, rest: Model): string {
  const { entity, url, headers, runAs, active, include } = hook
  const own = model.entities.get(entity)
  const left = own && rest.entityById.get(own.id)
  if (own === undefined || left === undefined) return ''
  const told = own.fields.filter(({ id, name }) => include?.includes(name) && left.fields.some((one) => one.id === id))
  const fields = include === undefined ? 'all' : told.map(({ id }) => id).sort()
  return JSON.stringify([own.id, url, headers, runAs, active, fields])
}
