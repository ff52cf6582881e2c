// An area on earth as a GeoJSON Polygon or MultiPolygon in WGS 84, in the form that base/polygon.ts decides. Stored as the
// document that travels, its bounding box in it; geo.intersects tells which places are in an area.
import { numberFormat } from '../../base/intl.ts'
import type { JsonValue } from '../../base/json.ts'
import { PolygonFault, partsOf, polygonFromText, polygonOf, type Polygon } from '../../base/polygon.ts'
import type { Field } from '../../model/model.ts'
import type { Problem } from '../../base/problem.ts'
import { unchanged } from '../casts.ts'
import { longest } from '../text/type.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, withoutValue } from '../value.ts'

/** "12 corners" by language and plural rule. */
const corners: Readonly<Record<string, Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>>> = {
  en: { one: 'corner', other: 'corners' },
  fa: { other: 'گوشه' },
  ro: { one: 'colț', few: 'colțuri', other: 'de colțuri' },
  ru: { one: 'угол', few: 'угла', many: 'углов', other: 'угла' },
  th: { other: 'มุม' },
}

function read(value: JsonValue): Polygon | PolygonFault {
  return typeof value === 'string' ? polygonFromText(value) : polygonOf(value)
}

function refuseArea(field: Field, { says }: PolygonFault): Problem {
  return refuse(field, {
    rule: 'area',
    says,
    hint: 'Like {"type": "Polygon", "coordinates": [[[51, 35], [52, 35], [52, 36], [51, 35]]]} (longitude first)',
  })
}

/** How many corners an area has; the point that closes a ring is none of its own. */
export function cornersOf(polygon: Polygon): number {
  return partsOf(polygon)
    .flat()
    .reduce((sum, ring) => sum + ring.length - 1, 0)
}

/** "4 corners, 35.60°–35.80°, 51.20°–51.60°": latitudes, then longitudes of the bounding box. */
function summary(polygon: Polygon, language: string): string {
  const count = cornersOf(polygon)
  const [spoken = 'en'] = language.split('-')
  const words = corners[spoken] ?? corners['en']!
  const word = words[new Intl.PluralRules(language).select(count)] ?? words.other
  const degrees = numberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  const range = (from: number, to: number): string => `${degrees.format(from)}°–${degrees.format(to)}°`
  const [west, south, east, north] = polygon.bbox
  const separator = spoken === 'fa' ? '، ' : ', '
  return [`${numberFormat(language, {}).format(count)} ${word}`, range(south, north), range(west, east)].join(separator)
}

export const type: FieldType = {
  name: 'geo_polygon',
  label: { en: 'Area', fa: 'محدوده', ru: 'Область', th: 'พื้นที่', ro: 'Zonă' },
  group: 'place',
  icon: 'polygon',
  description: {
    en: 'An area on the map, to tell which places are in it',
    fa: 'محدوده‌ای روی نقشه، برای دانستن این‌که چه مکان‌هایی در آن‌اند',
    ru: 'Область на карте: какие места в неё входят',
    th: 'พื้นที่บนแผนที่ ใช้บอกว่าตำแหน่งใดอยู่ภายใน',
    ro: 'O zonă pe hartă, pentru a afla ce locuri sunt în ea',
  },
  settings: { properties: {} },
  columns: () => [{ suffix: '', kind: 'polygon', sqlType: 'jsonb', edm: 'Edm.Geography' }],
  check: () => [],
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const area = read(input['']!)
    return area instanceof PolygonFault ? refuseArea(field, area) : { '': area }
  },
  format(value, _field, { language }) {
    const area = polygonOf(value)
    return area instanceof PolygonFault ? '' : summary(area, language)
  },
  fromText(text, field) {
    if (text.trim() === '') return null
    const area = polygonFromText(text.trim())
    return area instanceof PolygonFault ? refuseArea(field, area) : (area as unknown as JsonValue)
  },
  operators: [],
  casts: {
    geo_polygon: () => unchanged,
    text: (_from, to) => ({
      risk: 'safe',
      using: (column) => `(${column})::text`,
      fails: (column) => `length((${column})::text) > ${longest(to)}`,
    }),
    json: () => unchanged,
  },
  masks: anyMasks,
  indexable: false,
  wide: () => true,
  schema: () => ({
    type: 'object',
    properties: {
      type: { enum: ['Polygon', 'MultiPolygon'] },
      bbox: { type: 'array', items: { type: 'number' }, description: 'Set by the server: west, south, east, north' },
      coordinates: { type: 'array', minItems: 1, description: 'Rings of positions; of a MultiPolygon, lists of them' },
    },
    required: ['type', 'coordinates'],
    examples: [
      {
        type: 'Polygon',
        coordinates: [
          [
            [51, 35],
            [52, 35],
            [52, 36],
            [51, 35],
          ],
        ],
      },
    ],
  }),
}
