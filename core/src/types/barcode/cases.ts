// Facts about bar codes.
import type { TypeCases } from '../type.ts'
import type { BarcodeField } from './type.ts'

export const cases: TypeCases<BarcodeField> = {
  fields: [
    { title: 'any', field: { name: 'code' } },
    { title: 'EAN-13', field: { name: 'ean', symbology: 'ean13' } },
    { title: 'Code 39', field: { name: 'bin', symbology: 'code39' } },
    { title: 'ISBN', field: { name: 'isbn', symbology: 'isbn13' } },
    { title: 'required UPC-A', field: { name: 'upc', symbology: 'upca', required: true } },
  ],
  good: [
    { input: 'A-17/b', stored: 'A-17/b' },
    { input: ' 42 ', stored: '42' },
    { input: 'قفسه ۷', stored: 'قفسه ۷' },
    { input: null, stored: null },
    { input: '4006381333931', stored: '4006381333931', field: 1 },
    { input: '4006381 333931', stored: '4006381333931', field: 1 },
    { input: '۴۰۰۶۳۸۱۳۳۳۹۳۱', stored: '4006381333931', field: 1 },
    { input: 'BIN-7 A', stored: 'BIN-7 A', field: 2 },
    { input: '978-3-16-148410-0', stored: '9783161484100', field: 3 },
    { input: '036000291452', stored: '036000291452', field: 4 },
  ],
  bad: [
    { input: '', code: 'check.invalid' },
    { input: 42, code: 'check.invalid' },
    { input: 'a\tb', code: 'check.invalid' },
    { input: 'x'.repeat(101), code: 'check.invalid' },
    { input: ['42'], code: 'check.invalid' },
    { input: '4006381333930', code: 'check.invalid', field: 1 },
    { input: '400638133393', code: 'check.invalid', field: 1 },
    { input: '400638133393X', code: 'check.invalid', field: 1 },
    { input: 'bin', code: 'check.invalid', field: 2 },
    { input: '4006381333931', code: 'check.invalid', field: 3 },
    { input: '036000291453', code: 'check.invalid', field: 4 },
    { input: null, code: 'check.required', field: 4 },
  ],
  sorted: ['036000291452', '4006381333931', 'A-17', 'a-17'],
  text: [
    { value: '4006381333931', language: 'fa', text: '4006381333931' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: 'A-17', gives: 'A-17' },
    { to: { type: 'text', maxLength: 2 }, value: 'A-17', gives: 'fails' },
  ],
  badSettings: [{ field: { name: 'a', symbology: 'morse' as never }, pointer: '/symbology' }],
}
