// A small picture of an entity and its neighbours: what leads here at the start, what it leads to at the end, many with many
// below. Only to be looked at; the lists beside it say the same in words.
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit'
import { labelOf, say } from '../texts/text.ts'

export interface Neighbour {
  readonly entity: Entity
  /** What the relationship is called. */
  readonly name: string
}
export interface Neighbours {
  readonly before: readonly Neighbour[]
  readonly after: readonly Neighbour[]
  readonly beside: readonly Neighbour[]
}

const box = { width: 176, height: 32 }
const row = 44
const width = 800
const most = 6

/** The picture. Boxes of a column beyond the first few are counted, not drawn. */
export function paintDiagram(entity: Entity, { before, after, beside }: Neighbours, rtl: boolean): TemplateResult {
  const rows = Math.max(1, columnRows(before), columnRows(after))
  const middle = (rows * row) / 2
  const bottom = rows * row + 40
  const height = beside.length > 0 ? bottom + row : rows * row
  // The picture is turned round as a whole: what is at the start in one direction is at the end in the other.
  const x = (at: number) => (rtl ? width - at - box.width : at)
  const centre = (width - box.width) / 2
  const column = (list: readonly Neighbour[], at: number) =>
    shown(list).map((each, i) => ({ ...each, x: x(at), y: middle + (i - (columnRows(list) - 1) / 2) * row - 16 }))
  const starts = column(before, 8)
  const ends = column(after, width - box.width - 8)
  const below = beside.slice(0, 4)
  const room = width / Math.max(1, below.length)
  const belows = below.map((each, i) => ({ ...each, x: x(room * i + (room - box.width) / 2), y: bottom }))
  const edge = rtl ? -1 : 1
  const [left, right] = rtl ? [centre + box.width, centre] : [centre, centre + box.width]
  const at = (place: { x: number }, side: 'start' | 'end') => place.x + ((side === 'end') === !rtl ? box.width : 0)
  return html`<svg
    class="diagram"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label=${say('relations.diagram', { name: labelOf(entity.label, entity.name) })}
  >
    ${starts.map((each) => line(at(each, 'end'), each.y + 16, left, middle, { name: each.name, many: 'start', way: edge }))}
    ${ends.map((each) => line(at(each, 'start'), each.y + 16, right, middle, { name: each.name, many: 'end', way: edge }))}
    ${belows.map((each) => drop(each.x + box.width / 2, each.y, width / 2, middle + 16))}
    ${[...starts, ...ends, ...belows].map((each) => node(each.x, each.y, labelOf(each.entity.label, each.entity.name)))}
    ${over(before, x(8), middle)} ${over(after, x(width - box.width - 8), middle)}
    ${node(centre, middle - 16, labelOf(entity.label, entity.name), 'here')}
  </svg>`
}

const shown = (list: readonly Neighbour[]) => list.slice(0, most)
const columnRows = (list: readonly Neighbour[]): number => Math.min(list.length, most) + (list.length > most ? 1 : 0)

function over(list: readonly Neighbour[], x: number, middle: number): SVGTemplateResult | string {
  if (list.length <= most) return ''
  const y = middle + (most - (columnRows(list) - 1) / 2) * row
  return svg`<text class="more" x=${x + box.width / 2} y=${y + 4} text-anchor="middle">${say('relations.more', { count: list.length - most })}</text>`
}

function node(x: number, y: number, text: string, kind = ''): SVGTemplateResult {
  return svg`<g class="node ${kind}"
    ><rect x=${x} y=${y} width=${box.width} height=${box.height} rx="8"></rect
    ><text x=${x + box.width / 2} y=${y + 21.5} text-anchor="middle">${short(text, 20)}</text></g>`
}

interface Edge {
  readonly name: string
  /** Where the many are: at the box (`start`) or at the entity itself (`end`). */
  readonly many: 'start' | 'end'
  /** 1 from left to right, -1 the other way round. */
  readonly way: number
}

/** An edge from a box to the entity: the crow's foot stands where the many are, the name beside the box. */
function line(x1: number, y1: number, x2: number, y2: number, { name, many, way }: Edge): SVGTemplateResult {
  const bend = (x1 + x2) / 2
  const foot = many === 'start' ? feet(x1, y1, way) : feet(x2, y2, way)
  const beside = many === 'start' ? x1 + way * 12 : x1 - way * 6
  return svg`<path d="M${x1} ${y1} C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}"></path
    ><path d=${foot}></path
    ><text class="edge" x=${beside} y=${y1 - 5} text-anchor=${many}>${short(name, 16)}</text>`
}

function drop(x: number, y: number, centre: number, from: number): SVGTemplateResult {
  const bend = (y + from) / 2
  return svg`<path d="M${centre} ${from} C${centre} ${bend} ${x} ${bend} ${x} ${y}"></path
    ><path d="M${x - 5} ${y} L${x} ${y - 8} L${x + 5} ${y}"></path>`
}

const feet = (x: number, y: number, way: number): string => `M${x} ${y - 5} L${x + way * 9} ${y} L${x} ${y + 5}`

const short = (text: string, length: number): string => {
  const letters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
  return letters.length > length ? `${letters.slice(0, length - 1).join('')}…` : text
}
