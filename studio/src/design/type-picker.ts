// Choosing what a new field is: every type and every way it is often used, under what people look for, found by typing a part
// of its name or of what it is for. Arrows move over the tiles as they stand on the screen.
import { fold } from '@peyvand/core/base/fold.ts'
import { types } from '@peyvand/core/types/index.ts'
import { typeGroups, type FieldType, type Preset, type TypeGroup } from '@peyvand/core/types/type.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { icon } from '../kit/icons.ts'
import { openPopover } from '../kit/popover.ts'
import { labelOf, say } from '../texts/text.ts'
import { draft } from './draft.ts'

interface Tile {
  readonly type: string
  readonly preset?: Preset
  readonly group: TypeGroup
  readonly icon: string
  readonly label: string
  readonly says: string
  /** All words it is found by. */
  readonly words: string
}

/** Opens the choice beside a button; `pick` gets the type, and the way of use when one was chosen. */
export function openTypePicker(anchor: HTMLElement, pick: (type: string, preset?: Preset) => void): void {
  const all = tiles()
  let sought = ''
  const { element, repaint } = openPopover(
    anchor,
    (close) => {
      const words = fold(sought.trim())
      const found = words === '' ? all : all.filter((tile) => tile.words.includes(words))
      const choose = ({ type, preset }: Tile) => {
        close()
        pick(type, preset)
      }
      return html`<label class="input affix"
          >${icon('search', 14)}<input
            type="search"
            autofocus
            autocomplete="off"
            aria-label=${say('types.find')}
            placeholder=${say('types.find')}
            @input=${(event: Event) => {
              sought = (event.target as HTMLInputElement).value
              repaint()
            }}
            @keydown=${(event: KeyboardEvent) => {
              if (event.key !== 'Enter' || found.length === 0) return
              event.preventDefault()
              choose(found[0]!)
            }}
        /></label>
        <div class="type-groups">
          ${found.length === 0 ? html`<p class="quiet nothing">${say('nothing.found')}</p>` : nothing}
          ${typeGroups.map((group) => paintGroup(group, found, choose))}
        </div>`
    },
    { label: say('design.add-field'), className: 'menu types' },
  )
  element.addEventListener('keydown', (event) => moveOver(element, event))
}

function paintGroup(group: TypeGroup, found: readonly Tile[], choose: (tile: Tile) => void): unknown {
  // What a group is named after comes first in it.
  const here = found.filter((tile) => tile.group === group)
  here.sort((a, b) => Number(b.type === group) - Number(a.type === group))
  if (here.length === 0) return nothing
  return html`<section aria-label=${say(`types.${group}`)}>
    <h3 class="heading">${say(`types.${group}`)}</h3>
    <div class="type-tiles">${here.map((tile) => paintTile(tile, choose))}</div>
  </section>`
}

function paintTile(tile: Tile, choose: (tile: Tile) => void): TemplateResult {
  return html`<button type="button" class="item" title=${tile.says} @click=${() => choose(tile)}>
    ${icon(tile.icon)}<span class="type-line grow"
      ><span class="cut">${tile.label}</span><span class="second cut">${tile.says}</span></span
    >
  </button>`
}

/** Every type that people choose, each followed by its ways of use that this model has entities for. */
function tiles(): readonly Tile[] {
  return [...types.values()]
    .filter(({ name }) => name !== 'uuid')
    .flatMap((type) => [
      tileOf(type),
      ...(type.presets ?? [])
        .filter(({ entities = [] }) => entities.every((name) => draft.model.entities.has(name)))
        .map((preset) => tileOf(type, preset)),
    ])
}

function tileOf(type: FieldType, preset?: Preset): Tile {
  const label = labelOf((preset ?? type).label)
  const says = preset ? labelOf(type.label) : labelOf(type.description)
  return {
    type: type.name,
    preset,
    group: type.group ?? 'other',
    icon: (preset ?? type).icon,
    label,
    says,
    words: fold([label, says, type.name.replaceAll('_', ' '), preset?.name.replaceAll('_', ' ') ?? ''].join(' ')),
  }
}

/** Moves to the next tile in the direction of an arrow; up from the first row leads back to the search. */
function moveOver(element: HTMLElement, event: KeyboardEvent): void {
  const all = [...element.querySelectorAll<HTMLElement>('.item')]
  const at = all.indexOf(document.activeElement as HTMLElement)
  if (at < 0) {
    if (event.key !== 'ArrowDown' || all.length === 0) return
    event.preventDefault()
    all[0]!.focus()
    return
  }
  const next = nearest(all, at, event.key)
  if (next === undefined) {
    if (event.key === 'ArrowUp') element.querySelector<HTMLElement>('input')?.focus()
    return
  }
  event.preventDefault()
  next.focus()
}

/** The tile that is closest in the direction of a key. */
function nearest(all: readonly HTMLElement[], at: number, key: string): HTMLElement | undefined {
  const here = all[at]!.getBoundingClientRect()
  const sideways = key === 'ArrowLeft' || key === 'ArrowRight'
  const sign = key === 'ArrowUp' || key === 'ArrowLeft' ? -1 : key === 'ArrowDown' || key === 'ArrowRight' ? 1 : 0
  if (sign === 0) return undefined
  const distances = all.flatMap((tile) => {
    const { x, y } = tile.getBoundingClientRect()
    const [along, across] = sideways ? [x - here.x, y - here.y] : [y - here.y, x - here.x]
    return along * sign > 1 ? [{ tile, distance: Math.abs(along) + Math.abs(across) * (sideways ? 8 : 2) }] : []
  })
  return distances.sort((a, b) => a.distance - b.distance)[0]?.tile
}
