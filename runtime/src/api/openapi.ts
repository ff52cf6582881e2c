// `/api/openapi.json`: OpenAPI 3.1 of what this caller may see, made from the model and the field types' own schemas.
// Decides the description only; the behaviour it describes is data.ts and meta's routes. Its parts stand in openapi/.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { labelText } from '@peyvand/core/base/label.ts'
import { Hono } from 'hono'
import type { Context } from '../context.ts'
import type { ApiEnv, Platform } from '../platform.ts'
import { publicUrl } from '../config.ts'
import { visibleTo } from './data/service.ts'
import { docsPage, docsPolicy } from './docs.ts'
import type { Visible } from './metadata.ts'
import { actionPaths } from './openapi/actions.ts'
import { answer, changeSchema, errorSchema, parameters, problemSchema, ref } from './openapi/parts.ts'
import { entityPaths } from './openapi/paths.ts'
import { platformPaths } from './openapi/platform.ts'
import { inputSchema, recordSchema } from './openapi/records.ts'

/** The routes /api/openapi.json and /api/docs. */
export function openapiRoutes(platform: Platform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/openapi.json', (c) =>
    c.body(documentFor(platform, c.get('context')).text, 200, {
      'content-type': 'application/json',
      'cache-control': 'private, no-cache',
    }),
  )
  app.get('/docs', (c) => {
    const context = c.get('context')
    const page = docsPage(
      visibleTo(context),
      documentFor(platform, context).document,
      publicUrl(platform.config),
      context.language,
    )
    return c.body(page, 200, {
      'content-type': 'text/html;charset=utf-8',
      'content-security-policy': docsPolicy,
      'cache-control': 'private, no-cache',
    })
  })
  return app
}

const known = new WeakMap<Visible, Map<string, { document: JsonObject; text: string }>>()

/** The document for a caller, made once per model, access and language. */
function documentFor(platform: Platform, context: Context): { document: JsonObject; text: string } {
  const visible = visibleTo(context)
  let byLanguage = known.get(visible)
  if (byLanguage === undefined) known.set(visible, (byLanguage = new Map()))
  let made = byLanguage.get(context.language)
  if (made === undefined) {
    const document = openapi(visible, publicUrl(platform.config), context.language)
    byLanguage.set(context.language, (made = { document, text: JSON.stringify(document) }))
  }
  return made
}

/** The OpenAPI document. `url` is the public address of the platform. */
export function openapi(visible: Visible, url: string, language: string): JsonObject {
  const paths: JsonObject = {}
  const schemas: JsonObject = { Error: errorSchema, Problem: problemSchema, Change: changeSchema }
  for (const wire of visible.entities) {
    Object.assign(paths, entityPaths(visible, wire, language))
    schemas[wire.entity.name] = recordSchema(visible, wire, language)
    schemas[`${wire.entity.name}_input`] = inputSchema(visible, wire, language)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Peyvand',
      version: String(visible.model.revision),
      description:
        'The data service speaks OData 4.01 with JSON; the model service publishes definitions. Generated for this caller: what you may not see is not here.',
    },
    servers: [{ url }],
    security: [{ key: [] }, { session: [] }],
    tags: visible.entities.map(({ entity }) => ({
      name: entity.entitySet,
      description: labelText(entity.plural, language, entity.entitySet),
    })),
    paths: { ...paths, ...platformPaths, ...actionPaths(visible.operations) },
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key from POST /api/keys' },
        session: { type: 'apiKey', in: 'cookie', name: 'session' },
      },
      parameters,
      responses: { Refused: answer('What is wrong and where', ref('Error')) },
      schemas,
    },
  }
}
