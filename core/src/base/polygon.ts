// Areas on earth: reads the spellings of a polygon (GeoJSON, WKT), brings it into one form, and says whether a point is in
// it. Decides that form: rings closed, outer ones counter-clockwise, holes clockwise, seven digits, and the bounding box
// beside the positions, so that a far point is told apart without looking at them. Edges are straight in degrees.
import { pointAt, type Point } from './point.ts'

/** unit: degrees, longitude before latitude. */
export type Position = readonly [number, number]
export type Ring = readonly Position[]

/** GeoJSON Polygon or MultiPolygon with its bounding box: west, south, east, north. */
export type Polygon = { readonly bbox: readonly [number, number, number, number] } & (
  | { readonly type: 'Polygon'; readonly coordinates: readonly Ring[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly Ring[])[] }
)

/** Most positions of one area. */
export const mostPositions = 10_000

/** What keeps a value from being an area, in the words of a rule: "must …". */
export class PolygonFault {
  readonly says: string
  constructor(says: string) {
    this.says = says
  }
}

/** The rings of each part of an area; the first of a part is its outer one, the others are holes. */
export function partsOf(polygon: Polygon): readonly (readonly Ring[])[] {
  return polygon.type === 'Polygon' ? [polygon.coordinates] : polygon.coordinates
}

/** A GeoJSON Polygon or MultiPolygon in canonical form. Heights are dropped; open rings are closed. */
export function polygonOf(value: unknown): Polygon | PolygonFault {
  if (typeof value !== 'object' || value === null) return new PolygonFault('must be an area on earth')
  const { type, coordinates } = value as { type?: unknown; coordinates?: unknown }
  if ((type !== 'Polygon' && type !== 'MultiPolygon') || !Array.isArray(coordinates) || coordinates.length === 0)
    return new PolygonFault('must be a Polygon or a MultiPolygon with coordinates')
  if (positionsIn(coordinates) > mostPositions)
    return new PolygonFault(`may have at most ${mostPositions.toLocaleString('en')} points`)
  const parts: Ring[][] = []
  for (const part of type === 'Polygon' ? [coordinates] : coordinates) {
    const rings = readPart(part)
    if (rings instanceof PolygonFault) return rings
    parts.push(rings)
  }
  const bbox = boxOf(parts)
  return type === 'Polygon' ? { bbox, type, coordinates: parts[0]! } : { bbox, type, coordinates: parts }
}

/** How many positions there are at the bottom of nested lists; stops soon after there are too many. */
function positionsIn(list: readonly unknown[], depth = 0): number {
  if (depth > 3 || typeof list[0] === 'number') return 1
  let count = 0
  for (const each of list) {
    count += Array.isArray(each) ? positionsIn(each, depth + 1) : 1
    if (count > mostPositions) return count
  }
  return count
}

function readPart(part: unknown): Ring[] | PolygonFault {
  if (!Array.isArray(part) || part.length === 0) return new PolygonFault('must have a ring of points in every part')
  const rings: Ring[] = []
  for (const [index, each] of part.entries()) {
    const ring = readRing(each, index === 0)
    if (ring instanceof PolygonFault) return ring
    rings.push(ring)
  }
  return rings
}

/** A ring closed and turned the way its place asks for. */
function readRing(ring: unknown, outer: boolean): Ring | PolygonFault {
  if (!Array.isArray(ring)) return new PolygonFault('must have rings that are lists of points')
  const positions: Position[] = []
  for (const each of ring as unknown[]) {
    const position = readPosition(each)
    if (position === undefined)
      return new PolygonFault('must have points of a longitude from -180 to 180 and a latitude from -90 to 90')
    const last = positions.at(-1)
    if (last === undefined || !isSame(last, position)) positions.push(position)
  }
  const [first] = positions
  if (first !== undefined && !isSame(first, positions.at(-1)!)) positions.push(first)
  const turn = positions.length < 4 ? 0n : doubleArea(positions)
  if (turn === 0n) return new PolygonFault('must have rings of at least three corners that enclose something')
  return turn > 0n === outer ? positions : positions.toReversed()
}

function readPosition(value: unknown): Position | undefined {
  if (!Array.isArray(value) || value.length < 2 || value.length > 4) return undefined
  const [longitude, latitude] = value as unknown[]
  if (typeof longitude !== 'number' || typeof latitude !== 'number') return undefined
  return pointAt(longitude, latitude)?.coordinates
}

function isSame(a: Position, b: Position): boolean {
  return a[0] === b[0] && a[1] === b[1]
}

/** Degrees as a whole number of their seventh digits: what is reckoned with them is exact. */
function whole(degrees: number): number {
  return Math.round(degrees * 1e7)
}

/** Above zero when the ring runs counter-clockwise. */
function doubleArea(ring: Ring): bigint {
  let sum = 0n
  for (let i = 1; i < ring.length; i++) {
    const [[x1, y1], [x2, y2]] = [ring[i - 1]!, ring[i]!]
    sum += BigInt(whole(x1)) * BigInt(whole(y2)) - BigInt(whole(x2)) * BigInt(whole(y1))
  }
  return sum
}

function boxOf(parts: readonly (readonly Ring[])[]): Polygon['bbox'] {
  const box: [number, number, number, number] = [180, 90, -180, -90]
  for (const [longitude, latitude] of parts.flat(2)) {
    box[0] = Math.min(box[0], longitude)
    box[1] = Math.min(box[1], latitude)
    box[2] = Math.max(box[2], longitude)
    box[3] = Math.max(box[3], latitude)
  }
  return box
}

/**
 * Whether a point is in an area: inside of the outer ring of a part and outside of its holes, or on the border of either.
 * Exact, as the SQL is.
 */
export function isWithin({ coordinates: [x, y] }: Point, polygon: Polygon): boolean {
  const [west, south, east, north] = polygon.bbox
  if (x < west || x > east || y < south || y > north) return false
  return partsOf(polygon).some((rings) => {
    let odd = false
    for (const ring of rings)
      for (let i = 1; i < ring.length; i++) {
        const met = meets([x, y], ring[i - 1]!, ring[i]!)
        if (met === 'on') return true
        if (met === 'crossed') odd = !odd
      }
    return odd
  })
}

/** How a ray from the point to the east meets an edge; `on` when the point lies on it. */
function meets([x, y]: Position, [x1, y1]: Position, [x2, y2]: Position): 'on' | 'crossed' | undefined {
  if (y < Math.min(y1, y2) || y > Math.max(y1, y2) || x > Math.max(x1, x2)) return undefined
  const [px, py, ax, ay, bx, by] = [x, y, x1, y1, x2, y2].map((each) => BigInt(whole(each))) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  const side = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
  if (side === 0n && x >= Math.min(x1, x2)) return 'on'
  return y1 > y !== y2 > y && side > 0n === y2 > y1 ? 'crossed' : undefined
}

const start = /^(?:SRID=(?:4326|0);)?\s*(MULTI)?POLYGON\s*(\([\s\S]*\))\s*$/i
const position = String.raw`(-?\d{1,3}(?:\.\d{1,20})?)\s+(-?\d{1,3}(?:\.\d{1,20})?)(?:\s+-?\d{1,9}(?:\.\d{1,20})?){0,2}`
const longestText = 1_000_000

/** "POLYGON((51 35, 52 35, 52 36, 51 35))" (well-known text, longitude first) or GeoJSON text → an area. */
export function polygonFromText(text: string): Polygon | PolygonFault {
  const unread = new PolygonFault('must be an area on earth')
  if (text.length > longestText) return unread
  const match = start.exec(text)
  if (!match && !text.trimStart().startsWith('{')) return unread
  try {
    if (!match) return polygonOf(JSON.parse(text))
    // The brackets of well-known text are those of JSON once every position is a list of its own.
    const json = match[2]!.replace(new RegExp(position, 'g'), '[$1,$2]').replaceAll('(', '[').replaceAll(')', ']')
    return polygonOf({ type: match[1] ? 'MultiPolygon' : 'Polygon', coordinates: JSON.parse(json) as unknown })
  } catch {
    return unread
  }
}

/** An area as well-known text. */
export function polygonText(polygon: Polygon): string {
  const plain = (degree: number): string => degree.toFixed(7).replace(/\.?0+$/, '')
  const ringText = (ring: Ring): string => `(${ring.map(([x, y]) => `${plain(x)} ${plain(y)}`).join(',')})`
  const parts = partsOf(polygon).map((rings) => `(${rings.map(ringText).join(',')})`)
  return polygon.type === 'Polygon' ? `POLYGON${parts[0]!}` : `MULTIPOLYGON(${parts.join(',')})`
}
