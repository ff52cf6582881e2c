// Places. The haversine formula in double precision on both sides, on a sphere of the earth's mean radius; rounded to the
// millimetre, where the last digit of a sine no longer shows.
import type { Value } from '../../base/kind.ts'
import { distanceBetween, earthRadius, pointOf, type Point } from '../../base/point.ts'
import { isWithin, PolygonFault, polygonFromText, polygonOf, type Polygon } from '../../base/polygon.ts'
import { decimalText } from '../../base/decimal.ts'
import { once, sql, type Sql } from '../fragment.ts'
import { pointOfJson } from '../literal.ts'
import type { FunctionDefinition } from './function.ts'

function toPoint(value: Value): Point | undefined {
  return typeof value === 'string' ? pointOfJson(value) : pointOf(value)
}

const axis = (place: Sql, index: 0 | 1) =>
  sql`radians((${place} #>> ${{ pieces: [`'{coordinates,${index}}'`] }})::double precision)`
const radius: Sql = { pieces: [`${2 * earthRadius}`] }

const distance: FunctionDefinition = {
  name: 'geo.distance',
  cel: 'distance',
  doc: 'Metres between two places, as the crow flies',
  overloads: [{ params: ['point', 'point'], gives: 'decimal' }],
  evaluate([a, b]) {
    const [from, to] = [toPoint(a!), toPoint(b!)]
    return from && to ? (decimalText(distanceBetween(from, to).toFixed(3)) ?? null) : null
  },
  sql([a, b]) {
    const half = once({ a: a!, b: b! }, ({ a, b }) => {
      const [lat1, lat2] = [axis(a, 1), axis(b, 1)]
      return sql`(sin((${lat2} - ${lat1}) / 2) ^ 2 + cos(${lat1}) * cos(${lat2}) * sin((${axis(b, 0)} - ${axis(a, 0)}) / 2) ^ 2)`
    })
    return once({ h: half }, ({ h }) => {
      const part = sql`case when ${h} < 1 then sqrt(${h}) when ${h} >= 1 then 1 end`
      return sql`round((${radius}::double precision * asin(${part}))::numeric, 3)`
    })
  },
  cases: [
    {
      args: ['{"type":"Point","coordinates":[51.389,35.6892]}', '{"type":"Point","coordinates":[26.1025,44.4268]}'],
      gives: '2348607.319',
    },
    {
      args: ['{"type":"Point","coordinates":[0,0]}', '{"type":"Point","coordinates":[180,0]}'],
      gives: '20015114.442',
    },
    { args: ['{"type":"Point","coordinates":[13.4,52.5]}', '{"type":"Point","coordinates":[13.4,52.5]}'], gives: '0' },
    { args: ['{"type":"Point","coordinates":[13.4,52.5]}', null], gives: null },
  ],
}

function toPolygon(value: Value): Polygon | undefined {
  const area = typeof value === 'string' ? polygonFromText(value) : polygonOf(value)
  return area instanceof PolygonFault ? undefined : area
}

const degree = (document: Sql, path: string) => sql`(${document} #>> ${{ pieces: [`'{${path}}'`] }})::numeric`

/**
 * Crossings of a ray to the east with the edges of each part, in exact numbers; the bounding box is asked first. `side` is
 * above zero when the point lies left of the edge, zero on its line.
 */
function withinSql(place: Sql, area: Sql): Sql {
  return once({ place, area }, (given) => {
    const { area: g } = given
    const [x, y] = [degree(given.place, 'coordinates,0'), degree(given.place, 'coordinates,1')]
    return once({ x, y }, (at) => {
      const boxed = sql`${at.x} between ${degree(g, 'bbox,0')} and ${degree(g, 'bbox,2')} and ${at.y} between ${degree(g, 'bbox,1')} and ${degree(g, 'bbox,3')}`
      const inside = sql`exists (select from ${partsOf(g)} as "p"("v"), lateral (${metBy(at)}) "~m" where "~m"."in")`
      return sql`case when ${at.x} is not null and ${g} is not null then case when ${boxed} then ${inside} else false end end`
    })
  })
}

/** The parts of an area, each a list of rings. */
function partsOf(area: Sql): Sql {
  return sql`jsonb_array_elements(case when ${area} ->> 'type' = 'Polygon' then jsonb_build_array(${area} -> 'coordinates') else ${area} -> 'coordinates' end)`
}

/** Whether the part "p" holds a place, as "in". */
function metBy({ x, y }: Readonly<Record<'x' | 'y', Sql>>): Sql {
  const points = sql`select "r"."n" as "ring", "c"."n" as "n", ("c"."v" ->> 0)::numeric as "x1", ("c"."v" ->> 1)::numeric as "y1" from jsonb_array_elements("p"."v") with ordinality as "r"("v", "n"), jsonb_array_elements("r"."v") with ordinality as "c"("v", "n")`
  const edges = sql`select "x1", "y1", lead("x1") over "w" as "x2", lead("y1") over "w" as "y2" from (${points}) "~c" window "w" as (partition by "ring" order by "n")`
  const sides = sql`select *, ("x2" - "x1") * (${y} - "y1") - ("y2" - "y1") * (${x} - "x1") as "side" from (${edges}) "~e" where ${y} between least("y1", "y2") and greatest("y1", "y2") and ${x} <= greatest("x1", "x2") and "x2" is not null`
  const on = sql`"side" = 0 and ${x} >= least("x1", "x2")`
  const crossed = sql`("y1" > ${y}) <> ("y2" > ${y}) and ("side" > 0) = ("y2" > "y1")`
  return sql`select coalesce(bool_or(${on}), false) or count(*) filter (where ${crossed}) % 2 = 1 as "in" from (${sides}) "~s"`
}

const square = '{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[1,3],[3,3],[3,1],[1,1]]]}'
const inSquare = (longitude: number, latitude: number, gives: boolean) => ({
  args: [`{"type":"Point","coordinates":[${longitude},${latitude}]}`, square],
  gives,
})

const within: FunctionDefinition = {
  name: 'geo.intersects',
  cel: 'geo_within',
  doc: 'Whether a place is in an area or on its border',
  overloads: [{ params: ['point', 'polygon'], gives: 'boolean' }],
  effort: 50,
  evaluate([place, area]) {
    const [point, polygon] = [toPoint(place!), toPolygon(area!)]
    return point && polygon ? isWithin(point, polygon) : null
  },
  sql: ([place, area]) => withinSql(place!, area!),
  cases: [
    inSquare(0.5, 2, true),
    inSquare(2, 2, false),
    inSquare(4, 4, true),
    inSquare(1, 2, true),
    inSquare(5, 2, false),
    { args: [null, square], gives: null },
    { args: ['{"type":"Point","coordinates":[1,2]}', null], gives: null },
  ],
}

export const placeFunctions = [distance, within]
