// Places on earth: reads the spellings of a point (GeoJSON, WKT) and measures how far two are apart. Decides what a point
// is: longitude first, WGS 84, at most seven digits after the point (about a centimetre).

/** GeoJSON Point. unit: degrees, longitude before latitude. */
export interface Point {
  readonly type: 'Point'
  readonly coordinates: readonly [number, number]
}

/** A point of these degrees, or undefined outside of the earth. */
export function pointAt(longitude: number, latitude: number): Point | undefined {
  const within = Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90
  if (!within) return undefined
  const round = (degrees: number): number => Math.round(degrees * 1e7) / 1e7 + 0
  return { type: 'Point', coordinates: [round(longitude), round(latitude)] }
}

/** A GeoJSON Point in canonical form, or undefined for any other value. Heights are dropped. */
export function pointOf(value: unknown): Point | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { type, coordinates } = value as { type?: unknown; coordinates?: unknown }
  if (type !== 'Point' || !Array.isArray(coordinates) || coordinates.length < 2 || coordinates.length > 3)
    return undefined
  const [longitude, latitude] = coordinates as unknown[]
  return typeof longitude === 'number' && typeof latitude === 'number' ? pointAt(longitude, latitude) : undefined
}

const degrees = String.raw`(-?\d{1,3}(?:\.\d{1,20})?)`
const more = String.raw`(?:\s+-?\d{1,9}(?:\.\d{1,20})?){0,2}`
const wkt = new RegExp(String.raw`^(?:SRID=(?:4326|0);)?\s*POINT\s*\(\s*${degrees}\s+${degrees}${more}\s*\)\s*$`, 'i')

/** "POINT(51.4 35.7)" (well-known text, longitude first; a height and a measure are dropped) → a point. */
export function pointFromText(text: string): Point | undefined {
  const match = wkt.exec(text)
  return match ? pointAt(Number(match[1]), Number(match[2])) : undefined
}

/** A point as well-known text. */
export function pointText({ coordinates: [longitude, latitude] }: Point): string {
  return `POINT(${plain(longitude)} ${plain(latitude)})`
}

/** Seven digits at most, without exponent. */
function plain(degree: number): string {
  return degree.toFixed(7).replace(/\.?0+$/, '')
}

/** Mean radius of the earth. unit: metres. */
export const earthRadius = 6_371_008.8

/** Great-circle distance by the haversine formula. unit: metres. */
export function distanceBetween(a: Point, b: Point): number {
  const radians = (degree: number): number => (degree * Math.PI) / 180
  const [[lon1, lat1], [lon2, lat2]] = [a.coordinates, b.coordinates]
  const half =
    Math.sin(radians(lat2 - lat1) / 2) ** 2 +
    Math.cos(radians(lat1)) * Math.cos(radians(lat2)) * Math.sin(radians(lon2 - lon1) / 2) ** 2
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(half)))
}
