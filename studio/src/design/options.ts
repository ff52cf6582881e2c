// The options of a choice as they are designed: label, colour, order, and whether they are still offered. Their values follow from
// the labels until somebody else uses them.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html, type TemplateResult } from 'lit'
import { icon } from '../kit/icons.ts'
import { say } from '../texts/text.ts'
import { labelText, withLabel } from './label.ts'

const palette = [
  'gray',
  'red',
  'orange',
  'amber',
  'yellow',
  'lime',
  'green',
  'teal',
  'cyan',
  'blue',
  'indigo',
  'violet',
  'pink',
  'brown',
] as const

/** The palette as choices of a select. */
export const colorOptions = () => palette.map((color) => ({ value: color, label: say(`color.${color}`), color }))

type Options = readonly JsonObject[]

/** Paints the options, and a button for one more. */
export function paintOptions(value: JsonValue | undefined, set: (options: JsonValue) => void): TemplateResult {
  const options = (Array.isArray(value) ? value : []).filter(isJsonObject)
  return html`<div class="option-list">
    ${options.map((_, at) => paintOption(options, at, (next) => set([...next])))}
    <button type="button" class="button ghost small" @click=${() => set([...options, freshOption(options)])}>
      ${icon('plus', 14)}${say('design.add-option')}
    </button>
  </div>`
}

function paintOption(options: Options, at: number, set: (options: Options) => void): TemplateResult {
  const option = options[at]!
  const isOffered = option['active'] !== false
  const replace = (next: JsonObject) => set(options.with(at, next))
  return html`<div class="option-row ${isOffered ? '' : 'retired'}">
    <pv-select
      .look=${'input'}
      .label=${say('design.color')}
      .options=${colorOptions()}
      .value=${option['color'] ?? 'gray'}
      @pick=${(event: CustomEvent) => replace({ ...option, color: event.detail as string })}
    ></pv-select>
    <input
      class="input"
      dir="auto"
      aria-label=${say('design.option-label')}
      .value=${labelText(option['label']) || (textIn(option, 'value') ?? '')}
      @change=${(event: Event) => replace({ ...option, ...relabel(option, (event.target as HTMLInputElement).value, options) })}
    />
    <button
      type="button"
      class="button ghost icon small"
      aria-label=${say('design.up')}
      ?disabled=${at === 0}
      @click=${() => set(moved(options, at, -1))}
    >
      ${icon('arrow-up', 14)}
    </button>
    <button
      type="button"
      class="button ghost icon small"
      aria-label=${say('design.offered')}
      title=${say(isOffered ? 'design.offer-no-more' : 'design.offer-again')}
      aria-pressed=${String(isOffered)}
      @click=${() => replace(offered(option))}
    >
      ${icon(isOffered ? 'eye' : 'archive', 14)}
    </button>
    <button
      type="button"
      class="button ghost icon small"
      aria-label=${say('design.remove')}
      @click=${() => set(options.toSpliced(at, 1))}
    >
      ${icon('close', 14)}
    </button>
  </div>`
}

function moved(options: Options, at: number, by: number): Options {
  return options.toSpliced(at, 1).toSpliced(at + by, 0, options[at]!)
}

/** An option that is no longer offered, or offered again: records keep it either way. */
function offered({ active, ...option }: JsonObject): JsonObject {
  return active === false ? option : { ...option, active: false }
}

function freshOption(options: readonly JsonObject[]): JsonObject {
  const number = options.length + 1
  return {
    value: `option_${number}`,
    label: say('design.option', { count: number }),
    color: palette[(number * 3) % palette.length]!,
  }
}

/** A new label; while the value is still the one we made up, it follows the label. */
function relabel(option: JsonObject, label: string, options: readonly JsonObject[]): JsonObject {
  const follows = /^option_\d+$/.test(textIn(option, 'value') ?? '')
  const value = label
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '')
  const free = follows && value !== '' && !options.some((each) => each !== option && each['value'] === value)
  return { label: withLabel(option['label'], label), ...(free ? { value } : {}) }
}
