// Facts about images.
import type { TypeCases } from '../type.ts'
import type { ImageField } from './type.ts'

const id = '019f0000-0000-7000-8000-0000000000f1'
const face = { id, name: 'จันทร์.jpg', type: 'image/jpeg', size: 1234, width: 640, height: 480 }

export const cases: TypeCases<ImageField> = {
  not: { bulk: 'an image is uploaded before it is named; test/api/files.test.ts does' },
  fields: [
    { title: 'one image', field: { name: 'photo' } },
    { title: 'several', field: { name: 'pictures', many: true } },
    { title: 'required', field: { name: 'logo', required: true, maxPixels: 1_000_000, thumbnails: [48, 192] } },
  ],
  good: [
    { input: face, stored: 'จันทร์.jpg' },
    { input: { ...face, width: -1, height: 'x' }, stored: 'จันทร์.jpg' },
    { input: null, stored: null },
    { input: [face], stored: 'จันทร์.jpg', field: 1 },
  ],
  bad: [
    { input: 'face.jpg', code: 'check.invalid' },
    { input: 'data:image/png;base64,AAAA', code: 'check.invalid' },
    { input: { url: 'https://example.com/a.png' }, code: 'check.invalid' },
    { input: [], code: 'check.invalid' },
    { input: null, code: 'check.required', field: 2 },
  ],
  sorted: ['a.jpg', 'b.png', 'จันทร์.jpg'],
  text: [{ value: 'a.jpg', language: 'th', text: 'a.jpg' }],
  casts: [{ to: { type: 'file' }, value: 'a.jpg', gives: 'a.jpg' }],
  badSettings: [
    { field: { name: 'a', accept: ['application/pdf'] }, pointer: '/accept/0' },
    { field: { name: 'a', thumbnails: [50] }, pointer: '/thumbnails/0' },
    { field: { name: 'a', maxWidth: 0 }, pointer: '/maxWidth' },
  ],
}
