// Facts about times of day.
import type { TypeCases } from '../type.ts'
import type { TimeField } from './type.ts'

export const cases: TypeCases<TimeField> = {
  fields: [
    { title: 'plain', field: { name: 'opens' } },
    { title: 'office hours, with seconds', field: { name: 'starts', seconds: true, min: '08:00', max: '18:00' } },
    { title: 'required', field: { name: 'closes', required: true } },
  ],
  good: [
    { input: '08:30', stored: '08:30:00' },
    { input: '08:30:00', stored: '08:30:00' },
    { input: '00:00', stored: '00:00:00' },
    { input: '23:59:59.999', stored: '23:59:59.999' },
    { input: '10:00:00.500', stored: '10:00:00.5' },
    { input: '10:00:00.1239', stored: '10:00:00.123' },
    { input: '10:00:00.000', stored: '10:00:00' },
    { input: '۰۸:۳۰', stored: '08:30:00' },
    { input: '๐๘:๓๐', stored: '08:30:00' },
    { input: null, stored: null },
    { input: '18:00', stored: '18:00:00', field: 1 },
  ],
  bad: [
    { input: '24:00', code: 'check.invalid' },
    { input: '12:60', code: 'check.invalid' },
    { input: '12:00:60', code: 'check.invalid' },
    { input: '8:30', code: 'check.invalid' },
    { input: '08:30 PM', code: 'check.invalid' },
    { input: '08:30Z', code: 'check.invalid' },
    { input: '2026-11-25T08:30:00Z', code: 'check.invalid' },
    { input: 830, code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 'noon', code: 'check.invalid' },
    { input: '07:59:59', code: 'check.invalid', field: 1 },
    { input: '18:00:00.001', code: 'check.invalid', field: 1 },
    { input: null, code: 'check.required', field: 2 },
  ],
  sorted: ['00:00:00', '08:30:00', '08:30:00.12', '08:30:00.5', '08:30:01', '10:00:00', '23:59:59.999'],
  text: [
    { value: '08:30:00', language: 'en', text: '8:30 AM' },
    { value: '20:30:00', language: 'ru', text: '20:30' },
    { value: '20:30:00', language: 'fa', text: '۲۰:۳۰' },
    { value: '08:30:15', language: 'ro', text: '08:30:15', field: 1 },
    { value: '08:30:15', language: 'th', text: '08:30' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: '08:30:00', gives: '08:30:00' },
    { to: { type: 'text' }, value: '08:30:00.5', gives: '08:30:00.5' },
  ],
  badSettings: [
    { field: { name: 'a', min: '25:00' }, pointer: '/min' },
    { field: { name: 'a', min: '10:00', max: '09:00' }, pointer: '/max' },
  ],
}
