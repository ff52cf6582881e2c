// Facts about places.
import type { TypeCases } from '../type.ts'

const at = (longitude: number, latitude: number) => ({ type: 'Point', coordinates: [longitude, latitude] })

export const cases: TypeCases = {
  fields: [
    { title: 'plain', field: { name: 'location' } },
    { title: 'required', field: { name: 'site', required: true } },
  ],
  good: [
    { input: at(51.389, 35.6892), stored: at(51.389, 35.6892) },
    { input: { type: 'Point', coordinates: [26.1, 44.4, 80] }, stored: at(26.1, 44.4) },
    { input: { crs: null, type: 'Point', coordinates: [0, 0] }, stored: at(0, 0) },
    { input: at(-180, -90), stored: at(-180, -90) },
    { input: at(180, 90), stored: at(180, 90) },
    { input: at(51.123456789, 35.987654321), stored: at(51.1234568, 35.9876543) },
    { input: '35.6892, 51.389', stored: at(51.389, 35.6892) },
    { input: '35.6892 51.389', stored: at(51.389, 35.6892) },
    { input: '۳۵٫۶۸۹۲، ۵۱٫۳۸۹', stored: at(51.389, 35.6892) },
    { input: 'POINT(51.389 35.6892)', stored: at(51.389, 35.6892) },
    { input: 'SRID=4326;POINT(51.389 35.6892)', stored: at(51.389, 35.6892) },
    { input: null, stored: null },
  ],
  bad: [
    { input: at(181, 0), code: 'check.invalid' },
    { input: at(0, 91), code: 'check.invalid' },
    { input: { type: 'Polygon', coordinates: [] }, code: 'check.invalid' },
    { input: { type: 'Point', coordinates: [1] }, code: 'check.invalid' },
    { input: { type: 'Point', coordinates: ['1', '2'] }, code: 'check.invalid' },
    { input: { type: 'Point', coordinates: [1, null] }, code: 'check.invalid' },
    { input: [51.389, 35.6892], code: 'check.invalid' },
    { input: 'Tehran', code: 'check.invalid' },
    { input: '91, 0', code: 'check.invalid' },
    { input: 'SRID=3857;POINT(1 2)', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 5, code: 'check.invalid' },
    { input: null, code: 'check.required', field: 1 },
  ],
  sorted: [at(-180, 0), at(0, -90), at(0, 0), at(51.389, 35.6892)],
  text: [
    { value: at(51.389, 35.6892), language: 'en', text: '35.68920° 51.38900°' },
    { value: at(51.389, 35.6892), language: 'fa', text: '۳۵٫۶۸۹۲۰° ۵۱٫۳۸۹۰۰°' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'text' }, value: at(51.389, 35.6892), gives: 'POINT(51.389 35.6892)' },
    { to: { type: 'text', maxLength: 5 }, value: at(51.389, 35.6892), gives: 'fails' },
    { to: { type: 'json' }, value: at(1, 2), gives: at(1, 2) },
  ],
  badSettings: [],
}
