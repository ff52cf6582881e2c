// Money on screen: the amount with its currency, kept together in mixed text; the currency is chosen beside the amount.
import { html, nothing } from 'lit'
import { numberFormat } from '../../base/intl.ts'
import type { Value } from '../../base/kind.ts'
import { textIn, type Control, type FieldElement, type Shown } from '../paint.ts'
import { type } from './type.ts'

function show({ field, record, reader }: Shown): string {
  const text = textIn(record, field.name)
  if (text === undefined || !/^-?\d+(\.\d+)?$/.test(text)) return text ?? ''
  return type.format(record[field.name] as Value, field, reader, record)
}

/**
 * The amount as a list shows it: the currency's short sign, billions in short. A single amount keeps its cents unless they
 * are zero; in a total they are noise.
 */
function brief(shown: Shown, cents: Intl.NumberFormatOptions): string {
  const { field, record, reader } = shown
  const text = textIn(record, field.name)
  const currency = textIn(record, `${field.name}_currency`)
  if (text === undefined || currency === undefined || !/^[A-Z]{3}$/.test(currency)) return show(shown)
  const length: Intl.NumberFormatOptions =
    Math.abs(Number(text)) >= 1e9 ? { notation: 'compact', maximumFractionDigits: 2 } : cents
  return numberFormat(reader.locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    ...length,
  }).format(text as `${number}`)
}

/** The amount alone, with the cents its currency has: the currency stands in a box beside it. */
function amount(each: Control): string {
  const text = textIn(each.record, each.field.name)
  const currency = textIn(each.record, `${each.field.name}_currency`)
  if (text === undefined || !/^-?\d+(\.\d+)?$/.test(text) || !/^[A-Z]{3}$/.test(currency ?? '')) return show(each)
  const { maximumFractionDigits } = numberFormat('en', { style: 'currency', currency: currency! }).resolvedOptions()
  const cents = /\.(\d*?)0*$/.exec(text)?.[1]?.length ?? 0
  return numberFormat(each.reader.locale, {
    minimumFractionDigits: maximumFractionDigits,
    maximumFractionDigits: Math.max(cents, maximumFractionDigits ?? 0),
  }).format(text as `${number}`)
}

function paint(shown: Shown, cents: Intl.NumberFormatOptions): unknown {
  const text = brief(shown, cents)
  return text ? html`<bdi class="cut" title=${show(shown)}>${text}</bdi>` : nothing
}

function control(each: Control): unknown {
  const { field, record } = each
  const currency = textIn(record, `${field.name}_currency`) ?? ''
  return html`<span class="money">
    <pv-number
      .controlId=${each.id}
      .value=${record[field.name]}
      .shown=${amount(each)}
      .disabled=${each.disabled}
      .required=${each.required}
      .invalid=${each.invalid}
      .describedby=${each.describedBy}
      @change-value=${(event: CustomEvent) => each.change({ [field.name]: event.detail })}
    ></pv-number>
    <input
      class="input currency ltr"
      maxlength="3"
      size="3"
      aria-label="${each.label}: ${each.reader.word('currency')}"
      title=${each.reader.word('currency')}
      .value=${currency}
      ?disabled=${each.disabled}
      autocomplete="off"
      spellcheck="false"
      @change=${(event: Event) => each.change({ [`${field.name}_currency`]: (event.target as HTMLInputElement).value.trim().toUpperCase() || null })}
  /></span>`
}

export const element: FieldElement = {
  type: 'money',
  width: 130,
  numeric: true,
  cell: (shown) => paint(shown, { trailingZeroDisplay: 'stripIfInteger' }),
  total: (shown) => paint(shown, { maximumFractionDigits: 0 }),
  control,
}
