// Addresses on screen: one line in lists with the country in the reader's language, boxes and a list of countries in forms.
import { html } from 'lit'
import { labelText, type Label } from '../../base/label.ts'
import { boxes, textCell, type Box } from '../boxes.ts'
import { type as country } from '../country/type.ts'
import { textIn, type Control, type FieldElement, type Shown } from '../paint.ts'
import { parts, type } from './type.ts'

const lines: readonly Box[] = [
  {
    suffix: '_line1',
    label: { en: 'Street', fa: 'خیابان', ru: 'Улица, дом', th: 'ถนน', ro: 'Strada' },
    autofill: 'address-line1',
    longest: parts._line1,
  },
  {
    suffix: '_line2',
    label: { en: 'Line 2', fa: 'سطر دوم', ru: 'Строка 2', th: 'บรรทัดที่ 2', ro: 'Rândul 2' },
    autofill: 'address-line2',
    longest: parts._line2,
  },
  {
    suffix: '_postal_code',
    label: { en: 'Postal code', fa: 'کد پستی', ru: 'Индекс', th: 'รหัสไปรษณีย์', ro: 'Cod poștal' },
    autofill: 'postal-code',
    longest: parts._postal_code,
  },
  {
    suffix: '_city',
    label: { en: 'City', fa: 'شهر', ru: 'Город', th: 'เมือง', ro: 'Oraș' },
    autofill: 'address-level2',
    longest: parts._city,
  },
  {
    suffix: '_region',
    label: { en: 'Region', fa: 'استان', ru: 'Регион', th: 'จังหวัด', ro: 'Județ' },
    autofill: 'address-level1',
    longest: parts._region,
  },
]
const countryLabel: Label = { en: 'Country', fa: 'کشور', ru: 'Страна', th: 'ประเทศ', ro: 'Țară' }

function cell({ field, record, reader }: Shown): unknown {
  const text = textIn(record, field.name)
  return textCell(text && type.format(text, field, reader, record))
}

function control(each: Control): unknown {
  const { field, record, reader } = each
  const name = labelText(countryLabel, reader.language)
  const countries = country.options!(field, reader.model)
    .map(({ value, label }) => ({ value, label: labelText(label, reader.language, value), second: value }))
    .sort((a, b) => a.label.localeCompare(b.label, reader.language))
  const pick = html`<pv-select
    .label=${`${each.label}: ${name}`}
    .placeholder=${name}
    .options=${countries}
    .value=${textIn(record, `${field.name}_country`) ?? null}
    .clearable=${true}
    .disabled=${each.disabled}
    .invalid=${each.invalid}
    @pick=${(event: CustomEvent) => each.change({ [`${field.name}_country`]: event.detail as string | null })}
  ></pv-select>`
  return boxes(each, lines, pick)
}

export const element: FieldElement = { type: 'address', width: 240, cell, control }
