// Laws of areas: memory and both engines agree on which places are in which, and both with what a rectangle says of itself.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  isWithin,
  PolygonFault,
  polygonFromText,
  polygonOf,
  polygonText,
  type Polygon,
} from '@peyvand/core/base/polygon.ts'
import { pointAt } from '@peyvand/core/base/point.ts'
import { functions } from '@peyvand/core/expression/functions/index.ts'
import { render, sql } from '@peyvand/core/expression/fragment.ts'
import type { Database } from '@peyvand/runtime/db/database.ts'
import { openDatabase } from '@peyvand/runtime/db/open.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { law } from '../support/law.ts'
import { engines } from '../support/server.ts'

// A coarse grid, so that places often lie on corners and borders; some finer ones in between.
const step = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -6, max: 6 }) },
  fc.integer({ min: -600, max: 600 }).map((n) => n / 100),
)
const position = fc.tuple(step, step)
const ring = fc.array(position, { minLength: 3, maxLength: 8 })
const part = fc.array(ring, { minLength: 1, maxLength: 3 })
const area = fc
  .oneof(
    part.map((coordinates) => ({ type: 'Polygon', coordinates })),
    fc.array(part, { minLength: 1, maxLength: 3 }).map((coordinates) => ({ type: 'MultiPolygon', coordinates })),
  )
  .map((value) => polygonOf(value))
  .filter((read): read is Polygon => !(read instanceof PolygonFault))
const places = fc.array(position, { minLength: 1, maxLength: 30 })

test('an area survives its own spellings', () =>
  law(
    'spellings of areas',
    fc.property(area, (each) => {
      expect(polygonFromText(polygonText(each))).toEqual(each)
      expect(polygonFromText(JSON.stringify(each))).toEqual(each)
      expect(polygonOf(each)).toEqual(each)
    }),
  ))

test('a rectangle with a hole holds what its borders say', () => {
  const corner = fc.integer({ min: 1, max: 5 })
  const closed = (reach: number) => [
    [-reach, -reach],
    [reach, -reach],
    [reach, reach],
    [-reach, reach],
  ]
  return law(
    'rectangles',
    fc.property(corner, corner, position, (inner, more, [x, y]) => {
      const rectangle = polygonOf({ type: 'Polygon', coordinates: [closed(inner + more), closed(inner)] })
      if (rectangle instanceof PolygonFault) throw new Error(rectangle.says)
      const reach = Math.max(Math.abs(x), Math.abs(y))
      expect(isWithin(pointAt(x, y)!, rectangle)).toBe(reach >= inner && reach <= inner + more)
    }),
  )
})

describe.each(engines)('on %s', (engine) => {
  let fresh: FreshDatabase
  let database: Database

  beforeAll(async () => {
    fresh = await freshDatabase(engine)
    database = await openDatabase(fresh.config)
  })
  afterAll(async () => {
    await database?.close()
    await fresh?.remove()
  })

  test('memory and SQL agree', async () => {
    const within = functions.get('geo.intersects')!
    const call = { kinds: ['point', 'polygon'] as const, gives: 'boolean' as const, args: [], truth: false }
    const asked = within.sql([sql`"p"`, sql`$2::jsonb`], {
      ...call,
      sure: () => false,
      literal: () => undefined,
      table: () => sql`none`,
    })
    const { text } = render(
      sql`select array_agg(${asked} order by "n")::text as "body" from jsonb_array_elements($1::jsonb) with ordinality as "t"("p", "n")`,
    )
    const agree = fc.asyncProperty(area, places, async (each, positions) => {
      const points = positions.map(([x, y]) => pointAt(x, y)!)
      const { rows } = await database.query<{ body: string }>({
        text,
        values: [JSON.stringify(points), JSON.stringify(each)],
      })
      expect(rows[0]!.body).toBe(`{${points.map((point) => (isWithin(point, each) ? 't' : 'f')).join(',')}}`)
    })
    await law(`places in areas on ${engine}`, agree, 300)
  })
})
