// Facts about local dates and times.
import type { TypeCases } from '../type.ts'

export const cases: TypeCases = {
  fields: [
    { title: 'plain', field: { name: 'departs' } },
    { title: 'required', field: { name: 'arrives', required: true } },
  ],
  good: [
    { input: '2026-11-25T10:00:00', stored: '2026-11-25T10:00:00.000Z' },
    { input: '2026-11-25T10:00', stored: '2026-11-25T10:00:00.000Z' },
    { input: '2026-11-25 10:00', stored: '2026-11-25T10:00:00.000Z' },
    { input: '2026-11-25T10:00:00Z', stored: '2026-11-25T10:00:00.000Z' },
    { input: '2026-11-25T10:00:00.123+00:00', stored: '2026-11-25T10:00:00.123Z' },
    { input: '2026-11-25T10:00:00.1239', stored: '2026-11-25T10:00:00.123Z' },
    { input: '2024-02-29T23:59:59', stored: '2024-02-29T23:59:59.000Z' },
    { input: '0001-01-01T00:00:00', stored: '0001-01-01T00:00:00.000Z' },
    { input: '۲۰۲۶-۱۱-۲۵T۱۰:۰۰', stored: '2026-11-25T10:00:00.000Z' },
    { input: null, stored: null },
  ],
  bad: [
    { input: '2026-11-25T10:00:00+03:30', code: 'check.invalid' },
    { input: '2026-11-25T10:00:00-0800', code: 'check.invalid' },
    { input: '2026-11-25', code: 'check.invalid' },
    { input: '2026-02-30T10:00:00', code: 'check.invalid' },
    { input: '2026-11-25T24:00:00', code: 'check.invalid' },
    { input: '0000-01-01T00:00:00', code: 'check.invalid' },
    { input: '10:00', code: 'check.invalid' },
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
    { value: '2026-11-25T10:00:00.000Z', language: 'en', text: 'Nov 25, 2026, 10:00 AM' },
    { value: '2026-11-25T10:00:00.000Z', language: 'ru', text: '25 нояб. 2026 г., 10:00' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: '2026-11-25T10:00:00.123Z', gives: '2026-11-25T10:00:00.123' },
    { to: { type: 'date' }, value: '2026-11-25T10:00:00Z', gives: '2026-11-25' },
    { to: { type: 'time' }, value: '2026-11-25T10:00:00.500Z', gives: '10:00:00.5' },
    { to: { type: 'datetime' }, value: '2026-11-25T10:00:00Z', gives: '2026-11-25T10:00:00.000Z' },
  ],
  badSettings: [],
}
