// Facts about dates.
import type { TypeCases } from '../type.ts'

export const cases: TypeCases = {
  fields: [
    { title: 'plain', field: { name: 'bought_on' } },
    { title: 'required', field: { name: 'due_on', required: true } },
  ],
  good: [
    { input: '2026-11-25', stored: '2026-11-25' },
    { input: '2024-02-29', stored: '2024-02-29' },
    { input: '0001-01-01', stored: '0001-01-01' },
    { input: '9999-12-31', stored: '9999-12-31' },
    { input: '۲۰۲۶-۱۱-۲۵', stored: '2026-11-25' },
    { input: null, stored: null },
  ],
  bad: [
    { input: '2023-02-29', code: 'check.invalid' },
    { input: '2026-13-01', code: 'check.invalid' },
    { input: '0000-01-01', code: 'check.invalid' },
    { input: '25.11.2026', code: 'check.invalid' },
    { input: '2026-11-25T00:00:00Z', code: 'check.invalid' },
    { input: 'infinity', code: 'check.invalid' },
    { input: 20261125, code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: null, code: 'check.required', field: 1 },
  ],
  sorted: ['0001-01-01', '1999-12-31', '2000-01-01', '2026-11-25', '9999-12-31'],
  text: [
    { value: '2026-11-25', language: 'en', text: 'Nov 25, 2026' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: '2026-11-25', gives: '2026-11-25' },
    { to: { type: 'datetime' }, value: '2026-11-25', gives: '2026-11-25T00:00:00.000Z' },
  ],
  badSettings: [],
}
