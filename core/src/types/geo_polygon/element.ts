// Areas on screen: an outline beside a summary; changed by pasting GeoJSON or well-known text.
import { html, nothing, svg } from 'lit'
import { partsOf, PolygonFault, polygonFromText, polygonOf, type Polygon } from '../../base/polygon.ts'
import type { JsonValue } from '../../base/json.ts'
import type { Control, FieldElement, Shown } from '../paint.ts'
import { type } from './type.ts'

/** Most positions of a ring that an outline of this size can show. */
const drawn = 400

function areaOf(value: unknown): Polygon | undefined {
  const area = polygonOf(value)
  return area instanceof PolygonFault ? undefined : area
}

/** The outline in a box of `size` px, north up; degrees of longitude are drawn as short as they are there. */
function outline(area: Polygon, size: number): unknown {
  const [west, south, east, north] = area.bbox
  const shrink = Math.max(0.05, Math.cos((((south + north) / 2) * Math.PI) / 180))
  const [width, height] = [(east - west) * shrink, north - south]
  const scale = (size - 4) / Math.max(width, height)
  const [left, top] = [(size - width * scale) / 2, (size - height * scale) / 2]
  const x = (longitude: number): string => (left + (longitude - west) * shrink * scale).toFixed(1)
  const y = (latitude: number): string => (top + (north - latitude) * scale).toFixed(1)
  const path = partsOf(area)
    .flat()
    .map((ring) => {
      const step = Math.ceil(ring.length / drawn)
      const shown = ring.filter((_, i) => i % step === 0)
      return `M${shown.map(([longitude, latitude]) => `${x(longitude)} ${y(latitude)}`).join('L')}Z`
    })
    .join('')
  return html`<svg width=${size} height=${size} viewBox="0 0 ${size} ${size}" aria-hidden="true">
    ${svg`<path d=${path} fill="currentColor" fill-opacity="0.15" fill-rule="evenodd" stroke="currentColor" stroke-linejoin="round" />`}
  </svg>`
}

function cell({ field, record, reader }: Shown): unknown {
  const area = areaOf(record[field.name])
  if (area === undefined) return nothing
  return html`<span class="area"
    >${outline(area, 20)}<bdi class="cut">${type.format(area, field, reader, record)}</bdi></span
  >`
}

function control(each: Control): unknown {
  const { field, record, reader } = each
  const value = record[field.name]
  const area = areaOf(value)
  const give = (text: string): void => {
    const read = polygonFromText(text.trim())
    const given = read instanceof PolygonFault ? text : (read as unknown as JsonValue)
    each.change({ [field.name]: text.trim() === '' ? null : given })
  }
  return html`<div class="area-box">
    ${
      area
        ? html`<div class="area">${outline(area, 96)}<bdi>${type.format(area, field, reader, record)}</bdi></div>`
        : nothing
    }
    <textarea
      class="input code ltr"
      id=${each.id}
      dir="ltr"
      rows="3"
      spellcheck="false"
      placeholder='{"type": "Polygon", "coordinates": [[[51, 35], …]]}'
      ?disabled=${each.disabled}
      aria-required=${each.required ? 'true' : nothing}
      aria-invalid=${each.invalid ? 'true' : nothing}
      aria-describedby=${each.describedBy ?? nothing}
      .value=${area ? JSON.stringify({ type: area.type, coordinates: area.coordinates }) : typeof value === 'string' ? value : ''}
      @change=${(event: Event) => give((event.target as HTMLTextAreaElement).value)}
    ></textarea>
  </div>`
}

export const element: FieldElement = { type: 'geo_polygon', width: 240, cell, control }
