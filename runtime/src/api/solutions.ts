// `GET /api/solutions`: what is installed. Solutions are layers of definitions; the customer's own layer is none of them.
import { Hono } from 'hono'
import { labelText, type Label } from '@peyvand/core/base/label.ts'
import { customLayer, loadStored } from '../meta/store.ts'
import type { ApiEnv, Platform } from '../platform.ts'

/** The routes under /api/solutions. */
export function solutionRoutes(platform: Platform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/', async (c) => {
    const { language } = c.get('context')
    const { layers } = await loadStored(platform.database, platform.schema)
    const value = layers
      .filter(({ name }) => name !== customLayer)
      .map(({ name, version, manifest, definitions }) => ({
        name,
        version,
        label: labelText(manifest['label'] as Label | undefined, language, name),
        publisher: manifest['publisher'] ?? null,
        definitions: definitions.size,
      }))
    return c.json({ value })
  })
  return app
}
