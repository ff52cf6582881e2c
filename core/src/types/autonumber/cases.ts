// Facts about automatic numbers.
import type { TypeCases } from '../type.ts'
import type { AutonumberField } from './type.ts'

export const cases: TypeCases<AutonumberField> = {
  not: { null: 'a number is drawn where none is given' },
  fields: [
    { title: 'plain', field: { name: 'number', pattern: 'INV-{yyyy}-{0000}' } },
    { title: 'without a pattern', field: { name: 'ticket' } },
  ],
  good: [
    { input: 'INV-2026-0001', stored: 'INV-2026-0001' },
    { input: 'imported 7', stored: 'imported 7' },
    { input: null, stored: null },
  ],
  bad: [
    { input: 5, code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 'x'.repeat(101), code: 'check.invalid' },
    { input: 'a\u0000', code: 'check.invalid' },
  ],
  sorted: ['INV-2025-0009', 'INV-2026-0001', 'INV-2026-0010'],
  text: [{ value: 'INV-2026-0001', language: 'fa', text: 'INV-2026-0001' }],
  casts: [
    { to: { type: 'text' }, value: 'INV-1', gives: 'INV-1' },
    { to: { type: 'text', maxLength: 3 }, value: 'INV-1', gives: 'fails' },
  ],
  badSettings: [
    { field: { name: 'a', pattern: 'INV' }, pointer: '/pattern' },
    { field: { name: 'a', pattern: '{00}{00}' }, pointer: '/pattern' },
    { field: { name: 'a', pattern: '{week}-{00}' }, pointer: '/pattern' },
    { field: { name: 'a', pattern: '{00}-}' }, pointer: '/pattern' },
  ],
}
