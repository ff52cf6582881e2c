// Facts about colours.
import type { TypeCases } from '../type.ts'

export const cases: TypeCases = {
  fields: [
    { title: 'plain', field: { name: 'badge' } },
    { title: 'required', field: { name: 'brand', required: true } },
  ],
  good: [
    { input: '#1e90ff', stored: '#1e90ff' },
    { input: '#1E90FF', stored: '#1e90ff' },
    { input: '1e90ff', stored: '#1e90ff' },
    { input: '#1bf', stored: '#11bbff' },
    { input: 'ABC', stored: '#aabbcc' },
    { input: ' #000000 ', stored: '#000000' },
    { input: '#ffffff', stored: '#ffffff' },
    { input: 'rgb(30, 144, 255)', stored: '#1e90ff' },
    { input: 'rgb(0 0 0)', stored: '#000000' },
    { input: null, stored: null },
  ],
  bad: [
    { input: '#1e90f', code: 'check.invalid' },
    { input: '#1e90fg', code: 'check.invalid' },
    { input: '#1e90ff80', code: 'check.invalid' },
    { input: 'rgb(256, 0, 0)', code: 'check.invalid' },
    { input: 'red', code: 'check.invalid' },
    { input: 'url(#x)', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 0, code: 'check.invalid' },
    { input: {}, code: 'check.invalid' },
    { input: ['#1e90ff'], code: 'check.invalid' },
    { input: null, code: 'check.required', field: 1 },
  ],
  sorted: ['#000000', '#1e90ff', '#aabbcc', '#ffffff'],
  text: [
    { value: '#1e90ff', language: 'en', text: '#1e90ff' },
    { value: null, language: 'fa', text: '' },
  ],
  casts: [{ to: { type: 'text' }, value: '#1e90ff', gives: '#1e90ff' }],
  badSettings: [],
}
