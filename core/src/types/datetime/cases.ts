// Facts about instants.
import type { TypeCases } from '../type.ts'

export const cases: TypeCases = {
  fields: [
    { title: 'plain', field: { name: 'starts_at' } },
    { title: 'required', field: { name: 'ends_at', required: true } },
  ],
  good: [
    { input: '2026-11-25T10:00:00Z', stored: '2026-11-25T10:00:00.000Z' },
    { input: '2026-11-25T10:00:00.123Z', stored: '2026-11-25T10:00:00.123Z' },
    { input: '2026-11-25T10:00:00.1239999Z', stored: '2026-11-25T10:00:00.123Z' },
    { input: '2026-11-25T13:30:00+03:30', stored: '2026-11-25T10:00:00.000Z' },
    { input: '2026-11-25 10:00Z', stored: '2026-11-25T10:00:00.000Z' },
    { input: '2024-02-29T23:59:59-0800', stored: '2024-03-01T07:59:59.000Z' },
    { input: '۲۰۲۶-۱۱-۲۵T۱۰:۰۰:۰۰Z', stored: '2026-11-25T10:00:00.000Z' },
    { input: null, stored: null },
  ],
  bad: [
    { input: '2026-11-25', code: 'check.invalid' },
    { input: '2026-11-25T10:00:00', code: 'check.invalid' },
    { input: '2026-11-25T24:00:00Z', code: 'check.invalid' },
    { input: '2026-02-30T10:00:00Z', code: 'check.invalid' },
    { input: '0000-01-01T00:00:00Z', code: 'check.invalid' },
    { input: '9999-12-31T23:59:59-10:00', code: 'check.invalid' },
    { input: 'now', code: 'check.invalid' },
    { input: 1764064800000, code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: null, code: 'check.required', field: 1 },
  ],
  sorted: [
    '0001-01-01T00:00:00.000Z',
    '1970-01-01T00:00:00.000Z',
    '2026-11-25T09:59:59.999Z',
    '2026-11-25T10:00:00.000Z',
  ],
  text: [
    { value: '2026-11-25T10:00:00.000Z', language: 'ru', text: '25 нояб. 2026 г., 10:00' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: '2026-11-25T10:00:00.123Z', gives: '2026-11-25T10:00:00.123Z' },
    { to: { type: 'date' }, value: '2026-11-25T10:00:00Z', gives: '2026-11-25' },
  ],
  badSettings: [],
}
