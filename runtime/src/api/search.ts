// `GET /api/search?q=…&entities=…&top=…`: one text over all entities the caller may read.
import { Hono } from 'hono'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { ApiEnv, Platform } from '../platform.ts'
import { searchRecords } from '../records/search.ts'

const known = ['q', 'entities', 'top'] as const
/** Most hits of one entity. */
const mostHits = 50

/** The route /api/search. */
export function searchRoutes(platform: Platform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/', async (c) => {
    const said = c.req.query()
    const unknown = Object.keys(said).find((name) => !(known as readonly string[]).includes(name))
    if (unknown !== undefined)
      throw new Problem('request.unknown', {
        detail: `A search knows no "${unknown.slice(0, 100)}"`,
        target: unknown.slice(0, 100),
        hint: suggest(unknown, known),
      })
    const { q = '', entities, top = '5' } = said
    if (q.length > 200)
      throw new Problem('limit.size', { detail: 'A search may have at most 200 characters', target: 'q' })
    if (q.includes('\0') || !q.isWellFormed())
      throw new Problem('request.type', {
        detail: 'A search may not have the character NUL or half of one',
        target: 'q',
      })
    if (!/^[1-9]\d?$/.test(top) || Number(top) > mostHits)
      throw new Problem('request.type', { detail: `"top" is a number from 1 to ${mostHits}`, target: 'top' })
    const names = entities?.split(',').filter(Boolean).slice(0, 100)
    return c.json(
      await searchRecords(platform, c.get('context'), {
        text: q,
        top: Number(top),
        ...(names?.length ? { entities: names } : {}),
      }),
      200,
      { 'cache-control': 'no-store' },
    )
  })
  return app
}
