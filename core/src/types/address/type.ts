// A postal address: two lines, city, region, postal code and country, and the one text they make, which lists show and
// searches find. The stored text names the country in English, as international mail does; what people read names it in
// their language.
import { valueText } from '../../base/kind.ts'
import type { Field } from '../../model/model.ts'
import { compositeType } from '../composite.ts'
import { anyMasks } from '../mask.ts'
import { countryName, readCountry } from '../country/type.ts'
import { refuse } from '../value.ts'

/** Column suffixes of the parts with the most characters they take. */
export const parts = {
  _line1: 200,
  _line2: 200,
  _city: 100,
  _region: 100,
  _postal_code: 20,
  _country: 2,
} as const

/** Countries that write the postal code behind the city and the region. */
const codeLast = new Set(['US', 'CA', 'AU', 'GB', 'IN', 'IE', 'TH'])

function written(part: (suffix: string) => string, language: string): string {
  const join = (separator: string, ...texts: string[]): string => texts.filter((text) => text !== '').join(separator)
  const [city, region, code, country] = [part('_city'), part('_region'), part('_postal_code'), part('_country')]
  const place = codeLast.has(country)
    ? join(' ', join(', ', city, region), code)
    : join(', ', join(' ', code, city), region)
  return join(', ', part('_line1'), part('_line2'), place, country === '' ? '' : countryName(country, language))
}

export const type = compositeType<Field>({
  name: 'address',
  label: { en: 'Address', fa: 'نشانی', ru: 'Адрес', th: 'ที่อยู่', ro: 'Adresă' },
  group: 'place',
  icon: 'home',
  description: {
    en: 'Street, city, region, postal code and country',
    fa: 'خیابان، شهر، استان، کد پستی و کشور',
    ru: 'Улица, город, регион, индекс и страна',
    th: 'ถนน เมือง จังหวัด รหัสไปรษณีย์ และประเทศ',
    ro: 'Strada, orașul, județul, codul poștal și țara',
  },
  settings: { properties: {} },
  parts,
  longest: 640,
  compose: (_field, part) => written(part, 'en'),
  takeApart(text) {
    const [line1 = '', ...rest] = text.trim().split(/\s*\n\s*/)
    return { _line1: line1, ...(rest.length === 0 ? {} : { _line2: rest.join(', ') }) }
  },
  readPart(suffix, text, field) {
    if (suffix !== '_country') return text
    return (
      readCountry(text) ??
      refuse(field, { rule: 'country', says: 'needs the code of a country', suffix, hint: 'Two letters, like DE' })
    )
  },
  format(value, field, { language }, record) {
    const part = (suffix: string): string => valueText((record?.[field.name + suffix] as string | undefined) ?? null)
    return value === null || record?.[`${field.name}_country`] === undefined
      ? valueText(value)
      : written(part, language)
  },
  masks: anyMasks,
  example: '1 Main St, Springfield, IL 62701, United States',
})
