// Text on screen: one line or many; e-mail, phone and URL keep left-to-right order inside any text and can be followed.
import { html, nothing, type TemplateResult } from 'lit'
import { labelText } from '../../base/label.ts'
import { textIn, type Control, type FieldElement, type Reader, type Shown } from '../paint.ts'
import { isMultiline } from './type.ts'

const inputs: Readonly<Record<string, string>> = { email: 'email', phone: 'tel', url: 'url' }
const schemes: Readonly<Record<string, string>> = { email: 'mailto:', phone: 'tel:', url: '' }

/** The address a text leads to, or undefined when its format leads nowhere. Only web addresses become links. */
export function addressOf(format: unknown, text: string): string | undefined {
  const scheme = schemes[String(format)]
  if (scheme === undefined) return undefined
  if (format === 'url') return /^https?:\/\//i.test(text) ? text : undefined
  return scheme + text.replace(/\s/g, '')
}

function cell({ field, record, reader }: Shown): unknown {
  const text = textIn(record, field.name)
  if (text === undefined) return nothing
  const format = field['format']
  if (format === 'role') return html`<span class="cut"><bdi>${roleName(reader, text)}</bdi></span>`
  const href = addressOf(format, text)
  if (href)
    return html`<a
      class="cut ltr"
      href=${href}
      target=${format === 'url' ? '_blank' : nothing}
      rel="noopener noreferrer"
      tabindex="-1"
      >${text}</a
    >`
  if (format === 'code') return html`<code class="cut ltr">${text.replace(/\s+/g, ' ').slice(0, 200)}</code>`
  return html`<span class="cut" dir=${format === 'ticker' ? 'ltr' : 'auto'}
    >${isMultiline(field) ? text.replace(/\s+/g, ' ') : text}</span
  >`
}

function control(each: Control): TemplateResult {
  const { field, record } = each
  const value = textIn(record, field.name) ?? ''
  const input = (event: Event) => each.change({ [field.name]: (event.target as HTMLInputElement).value || null })
  if (field['format'] === 'markdown' || field['format'] === 'code') return source(each, value)
  if (field['format'] === 'role') return role(each, value)
  const maxLength = typeof field['maxLength'] === 'number' ? field['maxLength'] : nothing
  if (isMultiline(field))
    return html`<textarea
      class="input"
      id=${each.id}
      dir="auto"
      rows="3"
      maxlength=${maxLength}
      ?disabled=${each.disabled}
      aria-required=${each.required ? 'true' : nothing}
      aria-invalid=${each.invalid ? 'true' : nothing}
      aria-describedby=${each.describedBy ?? nothing}
      .value=${value}
      @input=${input}
    ></textarea>`
  const type = inputs[String(field['format'])] ?? 'text'
  return html`<input
    class="input ${type === 'text' ? '' : 'ltr'}"
    id=${each.id}
    type=${type}
    dir=${type === 'text' ? 'auto' : 'ltr'}
    maxlength=${maxLength}
    ?disabled=${each.disabled}
    autocomplete="off"
    aria-required=${each.required ? 'true' : nothing}
    aria-invalid=${each.invalid ? 'true' : nothing}
    aria-describedby=${each.describedBy ?? nothing}
    .value=${value}
    @input=${input}
  />`
}

function roleName({ model, language }: Reader, name: string): string {
  return labelText(model.roles.get(name)?.label, language, name)
}

/** A role is chosen by its label; one that is not there any more stays as it is written. */
function role(each: Control, value: string): TemplateResult {
  const { field, reader } = each
  const names = new Set([...reader.model.roles.keys(), ...(value === '' ? [] : [value])])
  return html`<pv-select
    .controlId=${each.id}
    .label=${each.label}
    .options=${[...names].map((name) => ({ value: name, label: roleName(reader, name) }))}
    .value=${value === '' ? null : value}
    .clearable=${!each.required}
    .disabled=${each.disabled}
    .invalid=${each.invalid}
    .describedby=${each.describedBy}
    @pick=${(event: CustomEvent) => each.change({ [field.name]: event.detail as string | null })}
  ></pv-select>`
}

/** Markdown and code have an editor of their own. */
function source(each: Control, value: string): TemplateResult {
  const { field } = each
  each.reader.bring('pv-source')
  return html`<pv-source
    .controlId=${each.id}
    .label=${each.label}
    .value=${value}
    .markdown=${field['format'] === 'markdown'}
    .language=${field['language']}
    .maxLength=${field['maxLength']}
    .disabled=${each.disabled}
    .required=${each.required}
    .invalid=${each.invalid}
    .describedby=${each.describedBy}
    @change-value=${(event: CustomEvent) => each.change({ [field.name]: event.detail as string | null })}
  ></pv-source>`
}

export const element: FieldElement = { type: 'text', width: 200, cell, control }
