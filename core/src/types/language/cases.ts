// Facts about languages.
import type { TypeCases } from '../type.ts'

export const cases: TypeCases = {
  fields: [
    { title: 'plain', field: { name: 'speaks' } },
    { title: 'required', field: { name: 'writes', required: true } },
  ],
  good: [
    { input: 'fa', stored: 'fa' },
    { input: 'EN', stored: 'en' },
    { input: 'ro', stored: 'ro' },
    { input: 'ru', stored: 'ru' },
    { input: ' th ', stored: 'th' },
    { input: 'pt-BR', stored: 'pt-BR' },
    { input: 'pt_br', stored: 'pt-BR' },
    { input: 'zh-hant', stored: 'zh-Hant' },
    { input: 'zh-hant-tw', stored: 'zh-Hant-TW' },
    { input: 'es-419', stored: 'es-419' },
    { input: null, stored: null },
  ],
  bad: [
    { input: 'Persian', code: 'check.invalid' },
    { input: 'xx', code: 'check.invalid' },
    { input: 'f', code: 'check.invalid' },
    { input: 'fa-', code: 'check.invalid' },
    { input: 'fa-IRN', code: 'check.invalid' },
    { input: 'en-US-x-private', code: 'check.invalid' },
    { input: 'en us', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 1033, code: 'check.invalid' },
    { input: ['fa'], code: 'check.invalid' },
    { input: null, code: 'check.required', field: 1 },
  ],
  sorted: ['en', 'es-419', 'fa', 'pt-BR', 'zh-Hant'],
  text: [
    { value: 'fa', language: 'en', text: 'Persian' },
    { value: 'fa', language: 'fa', text: 'فارسی' },
    { value: 'fa', language: 'ru', text: 'персидский' },
    { value: 'th', language: 'ro', text: 'thailandeză' },
    { value: 'pt-BR', language: 'en', text: 'Brazilian Portuguese' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [{ to: { type: 'text' }, value: 'pt-BR', gives: 'pt-BR' }],
  badSettings: [],
}
