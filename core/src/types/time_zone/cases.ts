// Facts about time zones.
import type { TypeCases } from '../type.ts'

export const cases: TypeCases = {
  fields: [
    { title: 'plain', field: { name: 'zone' } },
    { title: 'required', field: { name: 'office_zone', required: true } },
  ],
  good: [
    { input: 'Asia/Tehran', stored: 'Asia/Tehran' },
    { input: 'asia/tehran', stored: 'Asia/Tehran' },
    { input: 'Europe/Bucharest', stored: 'Europe/Bucharest' },
    { input: 'America/New York', stored: 'America/New_York' },
    { input: 'America/Argentina/Buenos_Aires', stored: 'America/Argentina/Buenos_Aires' },
    { input: 'Asia/Bangkok', stored: 'Asia/Bangkok' },
    { input: 'Europe/Moscow', stored: 'Europe/Moscow' },
    { input: ' UTC ', stored: 'UTC' },
    { input: 'utc', stored: 'UTC' },
    { input: null, stored: null },
  ],
  bad: [
    { input: 'Tehran', code: 'check.invalid' },
    { input: 'Asia/Nowhere', code: 'check.invalid' },
    { input: '+03:30', code: 'check.invalid' },
    { input: 'GMT+3', code: 'check.invalid' },
    { input: 'Asia', code: 'check.invalid' },
    { input: '../etc/passwd', code: 'check.invalid' },
    { input: "Asia/Tehran'", code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 3.5, code: 'check.invalid' },
    { input: {}, code: 'check.invalid' },
    { input: null, code: 'check.required', field: 1 },
  ],
  sorted: ['America/New_York', 'Asia/Bangkok', 'Asia/Tehran', 'Europe/Bucharest', 'UTC'],
  text: [
    { value: 'Asia/Tehran', language: 'en', text: 'Asia/Tehran' },
    { value: 'America/New_York', language: 'ru', text: 'America/New York' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [{ to: { type: 'text' }, value: 'Asia/Tehran', gives: 'Asia/Tehran' }],
  badSettings: [],
}
