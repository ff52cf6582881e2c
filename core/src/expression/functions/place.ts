// Places. The haversine formula in double precision on both sides, on a sphere of the earth's mean radius; rounded to the
// millimetre, where the last digit of a sine no longer shows.
import type { Value } from '../../base/kind.ts'
import { distanceBetween, earthRadius, pointOf, type Point } from '../../base/point.ts'
import { decimalText } from '../../base/decimal.ts'
import { sql, type Sql } from '../fragment.ts'
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
    const [lat1, lat2] = [axis(a!, 1), axis(b!, 1)]
    const half = sql`(sin((${lat2} - ${lat1}) / 2) ^ 2 + cos(${lat1}) * cos(${lat2}) * sin((${axis(b!, 0)} - ${axis(a!, 0)}) / 2) ^ 2)`
    return sql`(select round((${radius}::double precision * asin(case when "h" < 1 then sqrt("h") when "h" >= 1 then 1 end))::numeric, 3) from (select ${half} as "h") "~h")`
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

export const placeFunctions = [distance]
