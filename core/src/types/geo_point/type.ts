// A place on earth as a GeoJSON Point: longitude and latitude in WGS 84, to seven digits (about a centimetre). Stored as the
// document that travels, so that no extension of the database is needed; geo.distance measures between two of them.
import { latinNumber } from '../../base/digits.ts'
import { numberFormat } from '../../base/intl.ts'
import { pointAt, pointFromText, pointOf, pointText, type Point } from '../../base/point.ts'
import type { JsonValue } from '../../base/json.ts'
import { unchanged } from '../casts.ts'
import { longest } from '../text/type.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, withoutValue } from '../value.ts'

/** GeoJSON, well-known text, or "35.7, 51.4" as maps and people write it: latitude first. */
export function readPlace(value: JsonValue): Point | undefined {
  if (typeof value !== 'string') return pointOf(value)
  if (value.length > 500) return undefined
  const plain = latinNumber(value).replace('،', ',')
  const pair = /^\(?(-?\d{1,2}(?:\.\d{1,20})?)°?\s*(?:,\s*|\s+)(-?\d{1,3}(?:\.\d{1,20})?)°?\)?$/.exec(plain)
  if (pair) return pointAt(Number(pair[2]), Number(pair[1]))
  return pointFromText(plain) ?? fromJson(plain)
}

function fromJson(text: string): Point | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return pointOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Well-known text, longitude first. */
const form = String.raw`'^\s*POINT\s*\(\s*-?[0-9]{1,3}(\.[0-9]{1,20})?\s+-?[0-9]{1,3}(\.[0-9]{1,20})?\s*\)\s*$'`

/** One of the two numbers of well-known text in a column, to seven digits. */
function part(column: string, which: 1 | 2): string {
  return `round((regexp_match(${column}, '(-?[0-9.]+)\\s+(-?[0-9.]+)'))[${which}]::numeric, 7)`
}

export const type: FieldType = {
  name: 'geo_point',
  label: { en: 'Place', fa: 'مکان', ru: 'Место', th: 'ตำแหน่ง', ro: 'Loc' },
  group: 'place',
  icon: 'pin',
  description: {
    en: 'A point on the map, to measure distances from',
    fa: 'نقطه‌ای روی نقشه، برای سنجش فاصله',
    ru: 'Точка на карте, от которой можно мерить расстояния',
    th: 'จุดบนแผนที่ ใช้วัดระยะทางได้',
    ro: 'Un punct pe hartă, de la care se măsoară distanțe',
  },
  settings: { properties: {} },
  columns: () => [{ suffix: '', kind: 'point', sqlType: 'jsonb', edm: 'Edm.GeographyPoint' }],
  check: () => [],
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const point = readPlace(input['']!)
    return point === undefined
      ? refuse(field, {
          rule: 'place',
          says: 'must be a place on earth',
          hint: 'Like {"type": "Point", "coordinates": [51.4, 35.7]} (longitude first) or "35.7, 51.4" (latitude first)',
        })
      : { '': point }
  },
  format(value, _field, { language }) {
    const point = pointOf(value)
    if (point === undefined) return ''
    const degrees = numberFormat(language, { minimumFractionDigits: 5, maximumFractionDigits: 5 })
    const [longitude, latitude] = point.coordinates
    return `${degrees.format(latitude)}° ${degrees.format(longitude)}°`
  },
  fromText(text, field) {
    if (text.trim() === '') return null
    const point = readPlace(text.trim())
    return point === undefined
      ? refuse(field, {
          rule: 'place',
          says: 'must be a place on earth',
          hint: 'Like 35.7, 51.4 (latitude, longitude)',
        })
      : { type: 'Point', coordinates: [...point.coordinates] }
  },
  operators: [],
  casts: {
    geo_point: () => unchanged,
    text: (_from, to) => {
      const text = (column: string): string =>
        `'POINT(' || (${column} #>> '{coordinates,0}') || ' ' || (${column} #>> '{coordinates,1}') || ')'`
      return { risk: 'safe', using: text, fails: (column) => `length(${text(column)}) > ${longest(to)}` }
    },
    json: () => unchanged,
  },
  castsFrom: {
    text: () => ({
      risk: 'lossy',
      using: (column) =>
        `(case when btrim(${column}) <> '' then jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(${part(column, 1)}, ${part(column, 2)})) end)`,
      fails: (column) =>
        `(case when ${column} ~* ${form} then abs(${part(column, 1)}) > 180 or abs(${part(column, 2)}) > 90 else btrim(${column}) <> '' end)`,
    }),
  },
  masks: anyMasks,
  indexable: false,
  schema: () => ({
    type: 'object',
    properties: {
      type: { const: 'Point' },
      coordinates: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 3 },
    },
    required: ['type', 'coordinates'],
    examples: [{ type: 'Point', coordinates: [51.4, 35.7] }],
  }),
}

/** A point as a person types it: "35.7, 51.4". */
export function typedPlace(point: Point): string {
  const [longitude, latitude] = pointText(point).slice(6, -1).split(' ')
  return `${latitude}, ${longitude}`
}
