// Facts about areas.
import type { TypeCases } from '../type.ts'

type Ring = readonly (readonly number[])[]

const area = (...coordinates: readonly Ring[]) => ({ type: 'Polygon', coordinates }) as unknown as { type: string }
const stored = (bbox: readonly number[], ...coordinates: readonly Ring[]) =>
  ({ bbox, type: 'Polygon', coordinates }) as unknown as { type: string }

const square: Ring = [
  [0, 0],
  [4, 0],
  [4, 4],
  [0, 4],
  [0, 0],
]
const hole: Ring = [
  [1, 1],
  [1, 2],
  [2, 2],
  [2, 1],
  [1, 1],
]
const far: Ring = [
  [10, 10],
  [11, 10],
  [11, 11],
  [10, 10],
]
const box = [0, 0, 4, 4]
const both = { bbox: [0, 0, 11, 11], type: 'MultiPolygon', coordinates: [[square, hole], [far]] } as unknown as {
  type: string
}
const long = Array.from({ length: 10_000 }, (_, i) => [i / 100, i % 2])

export const cases: TypeCases = {
  fields: [
    { title: 'plain', field: { name: 'territory' } },
    { title: 'required', field: { name: 'zone', required: true } },
  ],
  good: [
    { input: area(square), stored: stored(box, square) },
    { input: area(square, hole), stored: stored(box, square, hole) },
    { input: area(square.slice(0, 4)), stored: stored(box, square) },
    { input: area(square.toReversed()), stored: stored(box, square) },
    { input: area(square, hole.toReversed()), stored: stored(box, square, hole) },
    {
      input: area([
        [0, 0],
        [0, 0],
        [4, 0, 12],
        [4, 4],
        [0, 4],
      ]),
      stored: stored(box, square),
    },
    { input: { ...area(square), bbox: [9, 9, 9, 9], crs: null }, stored: stored(box, square) },
    {
      input: area([
        [0.123456789, 0],
        [1, 0],
        [1, 1],
      ]),
      stored: stored(
        [0.1234568, 0, 1, 1],
        [
          [0.1234568, 0],
          [1, 0],
          [1, 1],
          [0.1234568, 0],
        ],
      ),
    },
    { input: 'POLYGON((0 0, 4 0, 4 4, 0 4, 0 0))', stored: stored(box, square) },
    { input: 'SRID=4326;POLYGON ((0 0,4 0,4 4,0 4),(1 1,2 1,2 2,1 2))', stored: stored(box, square, hole) },
    { input: 'MULTIPOLYGON(((0 0,4 0,4 4,0 4),(1 1,2 1,2 2,1 2)),((10 10,11 10,11 11)))', stored: both },
    { input: JSON.stringify(area(square)), stored: stored(box, square) },
    { input: both, stored: both },
    { input: null, stored: null },
  ],
  bad: [
    {
      input: area([
        [0, 0],
        [4, 0],
        [0, 0],
      ]),
      code: 'check.invalid',
    },
    {
      input: area([
        [0, 0],
        [1, 1],
        [2, 2],
        [0, 0],
      ]),
      code: 'check.invalid',
    },
    {
      input: area([
        [0, 0],
        [181, 0],
        [4, 4],
      ]),
      code: 'check.invalid',
    },
    {
      input: area([
        [0, 0],
        [4, 91],
        [4, 4],
      ]),
      code: 'check.invalid',
    },
    { input: area([[0, 0], [4, 'x'] as unknown as number[], [4, 4]]), code: 'check.invalid' },
    { input: area(), code: 'check.invalid' },
    { input: area([]), code: 'check.invalid' },
    {
      input: area(square, [
        [1, 1],
        [2, 2],
      ]),
      code: 'check.invalid',
    },
    { input: { type: 'MultiPolygon', coordinates: [square] } as unknown as { type: string }, code: 'check.invalid' },
    { input: area([...long, [0, 5]]), code: 'check.invalid' },
    { input: { type: 'Point', coordinates: [1, 2] }, code: 'check.invalid' },
    { input: 'POLYGON((0 0, 4 0))', code: 'check.invalid' },
    { input: 'SRID=3857;POLYGON((0 0,4 0,4 4))', code: 'check.invalid' },
    { input: 'Tehran', code: 'check.invalid' },
    { input: '', code: 'check.invalid' },
    { input: 5, code: 'check.invalid' },
    { input: [[0, 0]], code: 'check.invalid' },
    { input: null, code: 'check.required', field: 1 },
  ],
  sorted: [stored(box, square), both],
  text: [
    { value: stored(box, square), language: 'en', text: '4 corners, 0.00°–4.00°, 0.00°–4.00°' },
    { value: both, language: 'ru', text: '11 углов, 0,00°–11,00°, 0,00°–11,00°' },
    { value: stored(box, square), language: 'fa', text: '۴ گوشه، ۰٫۰۰°–۴٫۰۰°، ۰٫۰۰°–۴٫۰۰°' },
    { value: stored(box, square), language: 'fa-IR', text: '۴ گوشه، ۰٫۰۰°–۴٫۰۰°، ۰٫۰۰°–۴٫۰۰°' },
    { value: stored(box, square), language: 'ro', text: '4 colțuri, 0,00°–4,00°, 0,00°–4,00°' },
    { value: stored(box, square), language: 'th', text: '4 มุม, 0.00°–4.00°, 0.00°–4.00°' },
    { value: null, language: 'en', text: '' },
  ],
  casts: [
    { to: { type: 'json' }, value: stored(box, square), gives: stored(box, square) },
    { to: { type: 'text', maxLength: 5 }, value: stored(box, square), gives: 'fails' },
    {
      to: { type: 'text' },
      value: stored(
        [0, 0, 1, 1],
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      ),
      gives: '{"bbox": [0, 0, 1, 1], "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}',
    },
  ],
  badSettings: [],
}
