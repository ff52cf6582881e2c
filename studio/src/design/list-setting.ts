// Settings that are lists of plain values: those of a closed set are picked, others are written with commas between them.
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { html, type TemplateResult } from 'lit'
import { settings } from '../data/settings.ts'
import { say } from '../texts/text.ts'

export interface ListSetting {
  readonly id: string
  readonly label: string
  readonly schema: JsonObject
  readonly value: JsonValue | undefined
  readonly set: (next: JsonValue) => void
}

/** The control of a setting that is a list of texts or numbers; undefined for other settings. */
export function paintList({ id, label, schema, value, set }: ListSetting): TemplateResult | undefined {
  const { type, items } = schema
  if (type !== 'array' || !isJsonObject(items)) return undefined
  const given = Array.isArray(value) ? value.filter((each) => typeof each === 'string' || typeof each === 'number') : []
  if (Array.isArray(items['enum'])) {
    const values = items['enum'].filter((each) => typeof each === 'string' || typeof each === 'number')
    return html`<pv-select
      .controlId=${id}
      .label=${label}
      .multiple=${true}
      .placeholder=${say('setting.all')}
      .options=${values.map((each) => ({ value: String(each), label: typeof each === 'number' ? new Intl.NumberFormat(settings.locale).format(each) : each }))}
      .value=${given.map(String)}
      @pick=${(event: CustomEvent) => {
        const picked = event.detail as readonly string[]
        set(picked.length === 0 ? null : values.filter((each) => picked.includes(String(each))))
      }}
    ></pv-select>`
  }
  if (items['type'] !== 'string') return undefined
  return html`<input
    class="input ltr"
    id=${id}
    dir="ltr"
    spellcheck="false"
    placeholder="image/*, application/pdf, .docx"
    .value=${given.join(', ')}
    @change=${(event: Event) => {
      const written = (event.target as HTMLInputElement).value.split(/[,;،\s]+/).filter((each) => each !== '')
      set(written.length === 0 ? null : written)
    }}
  />`
}
