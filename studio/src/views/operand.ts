// What a condition compares with, as it is picked or typed: one control for each kind of value. The first control that fits is
// taken; what fits none is a number.
import type { Field } from '@peyvand/core/model/model.ts'
import { types } from '@peyvand/core/types/index.ts'
import { linkOf } from '@peyvand/core/types/lookup/type.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { current } from '../data/model.ts'
import { names } from '../data/names.ts'
import { bring } from '../kit/heavy.ts'
import { labelOf, say } from '../texts/text.ts'
import type { Condition, Operand } from './filter.ts'
import { optionsOf, type FilterField } from './filter-words.ts'
import { reader } from './reader.ts'

interface Asked {
  readonly known: FilterField
  readonly condition: Condition
  readonly change: (operands: readonly Operand[]) => void
}

interface Operands extends Asked {
  readonly label: string
  readonly texts: readonly string[]
  /** Whether the condition compares with several. */
  readonly many: boolean
  readonly give: (text: string | null) => void
  readonly giveAll: (texts: readonly string[]) => void
}

/** Paints the control of what a condition compares with. */
export function paintOperand(asked: Asked): TemplateResult {
  const { known, condition, change } = asked
  const { kind } = known
  // A list is asked about its texts, and an exact number is written as one.
  const written = kind === 'texts' ? 'text' : kind === 'float' ? 'decimal' : kind
  const giveAll = (texts: readonly string[]) => change(texts.map((text) => ({ kind: written, text })))
  const operands: Operands = {
    ...asked,
    label: say('filter.value'),
    texts: condition.operands.flatMap((operand) => ('text' in operand ? [operand.text] : [])),
    many: condition.operator === 'in' || condition.operator === 'notin',
    give: (text) => giveAll(text === null || text === '' ? [] : [text]),
    giveAll,
  }
  for (const paint of controls) {
    const painted = paint(operands)
    if (painted !== undefined) return painted
  }
  return paintNumber(operands)
}

/** The most particular first; undefined where one does not fit. */
const controls: readonly ((operands: Operands) => TemplateResult | undefined)[] = [
  paintOptions,
  (operands) => (operands.known.field.type === 'boolean' ? paintYesNo(operands) : undefined),
  (operands) => (operands.many ? paintMany(operands) : undefined),
  (operands) => (operands.known.field.type === 'lookup' ? paintLookup(operands) : undefined),
  (operands) => (operands.known.kind === 'text' ? paintText(operands) : undefined),
  (operands) =>
    operands.known.kind === 'time' || operands.known.kind === 'duration' ? paintTime(operands) : undefined,
  (operands) =>
    operands.known.kind === 'date' || operands.known.kind === 'datetime' ? paintDate(operands) : undefined,
]

function paintOptions({ known, label, many, texts, giveAll }: Operands): TemplateResult | undefined {
  const options = optionsOf(known.field)?.map((option) => ({
    value: option.value,
    label: labelOf(option.label, option.value),
    color: option.color ?? 'gray',
  }))
  if (options === undefined) return undefined
  return html`<pv-select
    .label=${label}
    .options=${options}
    .multiple=${many}
    .value=${many ? texts : (texts[0] ?? null)}
    @pick=${(event: CustomEvent) => giveAll(many ? (event.detail as string[]) : [event.detail as string])}
  ></pv-select>`
}

function paintYesNo({ label, texts, give }: Operands): TemplateResult {
  return html`<pv-select
    .label=${label}
    .options=${[
      { value: 'true', label: say('yes') },
      { value: 'false', label: say('no') },
    ]}
    .value=${texts[0] ?? null}
    @pick=${(event: CustomEvent) => give(event.detail as string)}
  ></pv-select>`
}

function paintMany({ label, texts, giveAll }: Operands): TemplateResult {
  return html`<input
    class="input"
    aria-label=${label}
    placeholder=${say('filter.list-hint')}
    .value=${texts.join(', ')}
    @change=${(event: Event) => {
      const written = (event.target as HTMLInputElement).value.split(/[,،;]/)
      giveAll(written.map((text) => text.trim()).filter(Boolean))
    }}
  />`
}

function paintLookup({ known, label, texts: [id], give }: Operands): TemplateResult {
  const { targets } = linkOf(known.field)
  const offered = targets.flatMap((name) => {
    const entity = current().entities.get(name)
    return entity ? [{ entity: name, label: labelOf(entity.label, name), icon: entity.icon }] : []
  })
  const source = { ...(reader().source as object), create: undefined }
  const value = id && targets[0] ? { entity: targets[0], id, label: names.of(targets[0], id) } : null
  bring('pv-lookup')
  return html`<pv-lookup
    .label=${label}
    .targets=${offered}
    .source=${source}
    .value=${value}
    @pick=${(event: CustomEvent) => give((event.detail as { id: string } | null)?.id ?? null)}
  ></pv-lookup>`
}

function paintText({ label, texts, give }: Operands): TemplateResult {
  return html`<input
    class="input"
    aria-label=${label}
    dir="auto"
    .value=${texts[0] ?? ''}
    @input=${(event: Event) => give((event.target as HTMLInputElement).value)}
  />`
}

function paintTime({ known: { field, kind }, label, texts, give }: Operands): TemplateResult {
  return html`<input
    class="input"
    type=${kind === 'time' ? 'time' : 'text'}
    aria-label=${label}
    placeholder=${kind === 'time' ? nothing : '1:30'}
    .value=${kind === 'time' ? (texts[0] ?? '') : formatted(field, texts[0])}
    @change=${(event: Event) => give(plainOf(field, (event.target as HTMLInputElement).value))}
  />`
}

function paintDate({ known: { field, kind }, label, texts, give }: Operands): TemplateResult {
  bring('pv-date')
  return html`<pv-date
    .label=${label}
    .time=${kind === 'datetime'}
    .local=${types.get(field.type)?.wallTime === true}
    .value=${texts[0] ?? null}
    @change-value=${(event: CustomEvent) => give(event.detail as string | null)}
  ></pv-date>`
}

function paintNumber({ label, texts, give }: Operands): TemplateResult {
  return html`<pv-number
    .label=${label}
    .value=${texts[0] ?? null}
    @change-value=${(event: CustomEvent) => give(event.detail as string | null)}
  ></pv-number>`
}

/** A literal in the words of its field's type. */
function formatted(field: Field, text: string | undefined): string {
  return text === undefined ? '' : (types.get(field.type)?.format(text, field, reader(), {}) ?? text)
}

/** What was typed as the literal it means; as it stands when the type cannot read it. */
function plainOf(field: Field, text: string): string | null {
  const read = types.get(field.type)?.fromText(text, field)
  return typeof read === 'string' ? read : text.trim() || null
}
