// Does the importer read what people have on their disks? Encodings, delimiters, quotes, line ends, JSON, dates in three
// calendars, numbers with points and commas, guarded formulas. Needs no database.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainText } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { detectDates, readDate, type DateStyle } from '@peyvand/runtime/records/import/dates.ts'
import { detectDelimiter } from '@peyvand/runtime/records/import/delimiter.ts'
import { detectEncoding } from '@peyvand/runtime/records/import/encoding.ts'
import { guard, unguard } from '@peyvand/runtime/records/import/guard.ts'
import { readMapping } from '@peyvand/runtime/records/import/mapping.ts'
import { detectDecimal, multiply, readNumber } from '@peyvand/runtime/records/import/numbers.ts'
import { openTable, type TableSettings } from '@peyvand/runtime/records/import/rows.ts'
import { csvLine } from '@peyvand/runtime/records/csv.ts'

const root = join(import.meta.dirname, '../..')
const shared = join(root, '../shared/data/files')
const hasShared = existsSync(shared)
if (!hasShared) console.log('skipped: csv-spectrum and encoding files (../shared/data/files is not there)')

/** The bytes in chunks of a size, so that characters and line ends are cut everywhere. */
async function* inChunks(bytes: Uint8Array, size = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function readAll(file: Uint8Array | string, settings?: TableSettings, chunk?: number) {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file
  const table = await openTable(inChunks(bytes, chunk), settings)
  const rows = []
  for await (const row of table.rows) rows.push(row)
  return { table, rows, cells: rows.map((row) => ({ ...row.cells })) }
}

/** Text in a single-byte encoding, by turning its decoder around. */
function encode(text: string, encoding: string): Uint8Array {
  const bytes = new Map(
    Array.from({ length: 256 }, (_, byte) => [new TextDecoder(encoding).decode(Uint8Array.of(byte)), byte]),
  )
  return Uint8Array.from(text, (char) => bytes.get(char) ?? 0x3f)
}

const samples = {
  ru: 'имя;город;примечание\nЕкатерина Смирнова;Санкт-Петербург;перезвонить после обеда\nАлексей Кузнецов;Нижний Новгород;договор подписан\n',
  fa: 'نام,شهر\nمحمد رضايي,تهران\nفاطمه کريمي,اصفهان\nپيمان چراغي,گرگان\n',
  th: 'ชื่อ,จังหวัด\nสมชาย ใจดี,เชียงใหม่\nสมหญิง รักไทย,นครราชสีมา\n',
  ro: 'nume;oraş\nIoana Brănescu;Iaşi\nŞtefan Ţiriac;Timişoara\nMădălina Vîlcu;Braşov\n',
  de: 'Name,Stadt\nJürgen Groß,München\nBjörn Schäfer,Köln\n',
}
const marks: readonly (readonly [string, keyof typeof samples])[] = [
  ['windows-1251', 'ru'],
  ['koi8-r', 'ru'],
  ['windows-1256', 'fa'],
  ['windows-874', 'th'],
  ['windows-1250', 'ro'],
  ['windows-1252', 'de'],
]

describe('encoding', () => {
  it.each(marks)('%s is recognised from %s text', (encoding, language) => {
    expect(detectEncoding(encode(samples[language], encoding))).toBe(encoding)
  })
  it.each(Object.entries(samples))('%s text in Unicode is recognised with and without a mark', (_, text) => {
    expect(detectEncoding(Buffer.from(text))).toBe('utf-8')
    expect(detectEncoding(Buffer.from(`\uFEFF${text}`))).toBe('utf-8')
    expect(detectEncoding(Buffer.from(`\uFEFF${text}`, 'utf16le'))).toBe('utf-16le')
    expect(detectEncoding(Buffer.from(text, 'utf16le'))).toBe('utf-16le')
    expect(detectEncoding(Buffer.from(text, 'utf16le').swap16())).toBe('utf-16be')
  })
  it('a UTF-8 character cut off by the end of the sample is no reason against UTF-8', () => {
    const bytes = Buffer.from(samples.th)
    for (let end = bytes.length - 8; end < bytes.length; end++)
      expect(detectEncoding(bytes.subarray(0, end))).toBe('utf-8')
  })
  it('Romanian of windows-1250 gets the comma below that the language writes', async () => {
    const { cells } = await readAll(encode(samples.ro, 'windows-1250'))
    expect(cells[1]).toEqual({ nume: 'Ștefan Țiriac', oraș: 'Timișoara' })
  })
  it('a byte that the encoding does not have says so instead of becoming a question mark', async () => {
    const text = `${'name\n'.padEnd(300_000, 'plain\n')}caf\xe9\n`
    await expect(readAll(Buffer.from(text, 'latin1'), {}, 65_536)).rejects.toMatchObject({
      code: 'request.malformed',
      hint: expect.stringContaining('windows-1251'),
    })
  })
  it('an encoding that nobody knows is refused by name', async () => {
    await expect(readAll('a\n1\n', { encoding: 'klingon' })).rejects.toMatchObject({
      message: expect.stringContaining('klingon'),
    })
  })
})

describe.skipIf(!hasShared)('files of the shared data', () => {
  const list = (folder: string, end: string) =>
    hasShared ? readdirSync(join(shared, folder)).filter((name) => name.endsWith(end)) : []
  // The copy of this vector was changed on one side only: its CSV and its JSON hold different coordinates.
  it.each(list('csv-spectrum/csvs', '.csv').filter((name) => name !== 'location_coordinates.csv'))(
    'csv-spectrum %s',
    async (name) => {
      const expected = JSON.parse(
        readFileSync(join(shared, 'csv-spectrum/json', name.replace('.csv', '.json')), 'utf8').replaceAll(
          '\\r\\n',
          '\\n',
        ),
      ) as unknown
      const file = readFileSync(join(shared, 'csv-spectrum/csvs', name))
      for (const chunk of [1, 3, 64, 100_000]) expect((await readAll(file, undefined, chunk)).cells).toEqual(expected)
    },
  )
  it.each(list('encodings', '.csv'))('%s', async (name) => {
    const expected = JSON.parse(
      readFileSync(join(shared, 'encodings', `${name.slice(0, 2)}.expected.json`), 'utf8'),
    ) as Record<string, unknown>[]
    // The .lossy files were written by a program that put "?" for the stress mark U+0301.
    const spelled = (text: unknown) =>
      name.includes('.lossy.') ? String(text).replaceAll('\u0301', '?') : String(text)
    const { cells } = await readAll(readFileSync(join(shared, 'encodings', name)))
    expect(cells).toEqual(
      expected.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, spelled(value)]))),
    )
  })
})

describe('rows', () => {
  const cases: readonly (readonly [string, string, readonly object[]])[] = [
    ['commas', 'a,b\n1,2\n', [{ a: '1', b: '2' }]],
    [
      'semicolons with decimal commas',
      'a;b\n1,5;2\n3,5;4\n',
      [
        { a: '1,5', b: '2' },
        { a: '3,5', b: '4' },
      ],
    ],
    ['tabs', 'a\tb\n1\t"x, y"\n', [{ a: '1', b: 'x, y' }]],
    ['pipes', 'a|b\n1|2\n', [{ a: '1', b: '2' }]],
    ['Windows line ends', 'a,b\r\n1,2\r\n', [{ a: '1', b: '2' }]],
    [
      'old Mac line ends',
      'a,b\r1,2\r3,4',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    ],
    ['line ends inside quotes', 'a,b\r\n"1\r\n2",3\r\n', [{ a: '1\r\n2', b: '3' }]],
    ['quotes in quotes', 'a\n"say ""hi"""\n', [{ a: 'say "hi"' }]],
    ['an inch sign in a bare cell', 'a,b\n5" pipe,2\n', [{ a: '5" pipe', b: '2' }]],
    ['a first line sep=;', 'sep=;\na;b\n1;2\n', [{ a: '1', b: '2' }]],
    ['rows that are too short', 'a,b,c\n1\n', [{ a: '1', b: '', c: '' }]],
    ['columns without a name at the end', 'a,b,,\n1,2,,\n', [{ a: '1', b: '2' }]],
    ['names with spaces around', ' a , b \n1,2\n', [{ a: '1', b: '2' }]],
    ['one column', 'a\n1\n2\n', [{ a: '1' }, { a: '2' }]],
    ['a list of objects', '[{"a":1,"b":"}{[\\""},{"a":[{"c":1}]}]', [{ a: 1, b: '}{["' }, { a: [{ c: 1 }] }]],
    [
      'an answer of the data service',
      '{"@odata.context":"x[{","value":[{"a":1},{"a":2}],"@odata.count":2}',
      [{ a: 1 }, { a: 2 }],
    ],
    ['one object per line', '{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
  ]
  it.each(cases)('%s', async (_, text, expected) => {
    for (const chunk of [1, 2, 7, 1000]) expect((await readAll(text, undefined, chunk)).cells).toEqual(expected)
  })
  it('rows carry the number a spreadsheet shows', async () => {
    const { rows } = await readAll('a,b\n1,2\n\n"x\ny",4\n5,6\n')
    expect(rows.map(({ number }) => number)).toEqual([2, 4, 5])
  })
  it('cells beyond the columns are told, not dropped', async () => {
    const { rows } = await readAll('a,b\n1,2,3\n')
    expect(rows[0]!.excess).toBe(1)
  })
  const broken: readonly (readonly [string, string, string])[] = [
    ['an empty file', '', 'empty'],
    ['two columns of one name', 'a,b,a\n1,2,3\n', '"a"'],
    ['a column without a name', 'a,,c\n1,2,3\n', 'Column 2'],
    ['a quote that is never closed', 'a,b\n"1,2\n3,4\n', 'never closed'],
    ['a broken record', '[{"a":1},{"a":}]', 'Record 2'],
    ['a list that ends in the middle', '[{"a":1},{"a"', 'Record 2'],
    ['a list of numbers', '[1,2]', '"1"'],
  ]
  it.each(broken)('%s is refused', async (_, text, says) => {
    await expect(readAll(text)).rejects.toThrow(says)
  })
  it('what csvLine writes is read back as it was', async () => {
    const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[=+\-@|'",;\t\r\n a1]{0,6}$/))
    const seed = Date.now()
    await fc
      .assert(
        fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), async (rows) => {
          const text = csvLine(['first', 'second']) + rows.map((row) => csvLine(row)).join('')
          const { cells } = await readAll(text, { delimiter: ',', encoding: 'utf-8' }, 3)
          expect(cells.map(({ first, second }) => [unguard(plainText(first)), unguard(plainText(second))])).toEqual(
            rows,
          )
        }),
        { seed, numRuns: 300 },
      )
      .catch((error: Error) => {
        throw new Error(`seed ${seed}: ${error.message}`)
      })
  })
})

describe('delimiter', () => {
  it.each([
    [',', 'a,b;c\n1,2\n3,4'],
    [';', 'a;b\n"x,y,z";2\n"1,2,3";4'],
    ['\t', 'a\tb\n1,5\t2'],
    ['|', 'a|b\n1|2'],
    [',', 'only\n1\n2'],
  ])('%j in %j', (delimiter, text) => {
    expect(detectDelimiter(text)).toBe(delimiter)
  })
})

describe('dates', () => {
  const gregory = (format: string): DateStyle => ({ format, calendar: 'gregory' })
  it.each<[string, DateStyle, string | undefined]>([
    ['2024-02-29', gregory('iso'), '2024-02-29'],
    ['2023-02-29', gregory('iso'), undefined],
    ['31/12/2024', gregory('dd/MM/yyyy'), '2024-12-31'],
    ['1/2/2024', gregory('dd/MM/yyyy'), '2024-02-01'],
    ['12/31/2024', gregory('dd/MM/yyyy'), undefined],
    ['12/31/2024', gregory('MM/dd/yyyy'), '2024-12-31'],
    ['20130215', gregory('yyyyMMdd'), '2013-02-15'],
    ['05 Mar 2024', gregory('dd MMM yyyy'), '2024-03-05'],
    ['1403/05/12', { format: 'yyyy/MM/dd', calendar: 'persian' }, '2024-08-02'],
    ['۱۴۰۳/۰۵/۱۲', { format: 'yyyy/MM/dd', calendar: 'persian' }, '2024-08-02'],
    ['1403/12/30', { format: 'yyyy/MM/dd', calendar: 'persian' }, '2025-03-20'],
    ['1402/12/30', { format: 'yyyy/MM/dd', calendar: 'persian' }, undefined],
    ['15/01/2567', { format: 'dd/MM/yyyy', calendar: 'buddhist' }, '2024-01-15'],
    ['๑๕/๐๑/๒๕๖๗', { format: 'dd/MM/yyyy', calendar: 'buddhist' }, '2024-01-15'],
    ['tomorrow', gregory('iso'), undefined],
  ])('%s as %j', (cell, style, expected) => expect(readDate(cell, 'date', style)).toBe(expected))
  it.each<[string, DateStyle, string, string | undefined]>([
    ['2024-03-01T10:00:00Z', gregory('iso'), 'UTC', '2024-03-01T10:00:00.000Z'],
    ['2024-03-01T10:00:00+03:30', gregory('dd/MM/yyyy'), 'UTC', '2024-03-01T06:30:00.000Z'],
    ['2024-03-01 14:30', gregory('iso'), 'Asia/Tehran', '2024-03-01T11:00:00.000Z'],
    ['01/03/2024 2:30 PM', gregory('dd/MM/yyyy'), 'UTC', '2024-03-01T14:30:00.000Z'],
    ['01/03/2024 25:00', gregory('dd/MM/yyyy'), 'UTC', undefined],
  ])('%s as an instant in %j %s', (cell, style, zone, expected) =>
    expect(readDate(cell, 'datetime', style, zone)).toBe(expected),
  )
  it.each<[readonly string[], DateStyle | 'refused']>([
    [['2024-01-15', ''], gregory('yyyy-MM-dd')],
    [['03/04/2024', '13/04/2024'], gregory('dd/MM/yyyy')],
    [['03/04/2024', '04/13/2024'], gregory('MM/dd/yyyy')],
    [['03/04/2024'], 'refused'],
    [['04/04/2024'], gregory('dd/MM/yyyy')],
    [['۱۴۰۳/۰۵/۱۲'], { format: 'yyyy/MM/dd', calendar: 'persian' }],
    [['15/01/2567'], { format: 'dd/MM/yyyy', calendar: 'buddhist' }],
    [[], gregory('yyyy-MM-dd')],
  ])('the style of %j', (cells, expected) => {
    const style = detectDates(cells)
    expect(style instanceof Problem ? 'refused' : style).toEqual(expected)
  })
  it.each<[readonly string[], 'dmy' | 'mdy', string]>([
    [['03/04/2024'], 'dmy', 'dd/MM/yyyy'],
    [['03/04/2024'], 'mdy', 'MM/dd/yyyy'],
    [['03-04-2024'], 'mdy', 'MM-dd-yyyy'],
    // What the cells say themselves is stronger than what was said of the unclear ones.
    [['03/04/2024', '13/04/2024'], 'mdy', 'dd/MM/yyyy'],
    [['2024-03-04'], 'dmy', 'yyyy-MM-dd'],
  ])('the style of %j where unclear ones are %s', (cells, order, format) =>
    expect(detectDates(cells, { order })).toEqual(gregory(format)),
  )
  it('a format that is none is refused', () =>
    expect(() => readDate('1', 'date', gregory('qq'))).toThrow('no date format'))
})

describe('numbers', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['1,234.50', '1234.5', undefined],
    ['1.234,50', undefined, '1234.5'],
    ['12,34', undefined, '12.34'],
    ['12.34', '12.34', undefined],
    ['1,234', '1234', '1.234'],
    ['12,34,567', '1234567', undefined],
    ['$5,227,100.00', '5227100', undefined],
    ['(12.5)', '-12.5', undefined],
    ['-5', '-5', '-5'],
    ['+5', '5', '5'],
    ['−5', '-5', '-5'],
    ['1 234 567', '1234567', '1234567'],
    ["1'234.5", '1234.5', undefined],
    ['۱۲۳٫۵', '123.5', '123.5'],
    ['EUR 12', '12', '12'],
    ['1e3', '1000', '1000'],
    ['.5', '0.5', undefined],
    [',5', undefined, '0.5'],
    ['', undefined, undefined],
    ['-', undefined, undefined],
    ['12abc', undefined, undefined],
    ['1,2,3', undefined, undefined],
    ['1 2', undefined, undefined],
  ])('%j with a point is %j, with a comma %j', (cell, point, comma) => {
    expect([readNumber(cell, '.'), readNumber(cell, ',')]).toEqual([point, comma])
  })
  it.each([
    [['1.5', '2'], '.'],
    [['1,5', '2'], ','],
    [['1,234', '5,678'], undefined],
    [['1.234,5'], ','],
    [[], undefined],
  ] as const)('the mark of %j', (cells, mark) => {
    expect(detectDecimal(cells)).toBe(mark)
  })
  it.each([
    ['1100.04', 1_000_000, '1100040000'],
    ['0.1', 3, '0.3'],
    ['-2.5', -2, '5'],
    ['12345678901234567890.123', 10, '123456789012345678901.23'],
    ['0', -1, '0'],
  ] as const)('%s × %d', (plain, factor, product) => {
    expect(multiply(plain, factor)).toBe(product)
  })
})

describe('guard', () => {
  it.each([
    '=1+1',
    '+cmd',
    '-2+3',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '|calc',
    '＝1+1',
    '＋1',
    '－1',
    '＠x',
    "'=1",
    "''=1",
    ' =1',
    '+49 30 1234',
  ])('%j is guarded', (text) => {
    expect(guard(text)).toBe(`'${text}`)
    expect(unguard(guard(text))).toBe(text)
  })
  it.each(['-5', '+5', '-5.5', '1+1', 'a=b', '', "O'Neil", "'quoted'", '12'])('%j is left alone', (text) => {
    expect(guard(text)).toBe(text)
    expect(unguard(text)).toBe(text)
  })
})

describe('mapping', () => {
  // The schema is for editors, the reader is what counts: both must say the same of each of these.
  const require = createRequire(join(root, 'core/package.json'))
  const Ajv = require('ajv/dist/2020') as {
    default: new (options: object) => { compile(schema: object): (value: unknown) => boolean }
  }
  const schema = JSON.parse(
    readFileSync(join(root, 'runtime/src/records/import/mapping.schema.json'), 'utf8'),
  ) as object
  const valid = new Ajv.default({ allErrors: true }).compile(schema)
  const cases: readonly (readonly [string, unknown, boolean])[] = [
    ['an empty one', {}, true],
    ['a column', { columns: [{ column: 'A', field: 'a' }] }, true],
    [
      'everything',
      {
        $schema: 'x',
        description: 'd',
        entity: 'e',
        key: ['a', 'b'],
        mode: 'update',
        format: 'csv',
        encoding: 'utf-8',
        delimiter: ';',
        auto: true,
        date: 'iso',
        calendar: 'persian',
        timeZone: 'Asia/Tehran',
        decimal: ',',
        columns: [
          {
            column: 'A',
            field: 'a',
            values: { x: 1 },
            default: null,
            skipEmpty: true,
            match: 'b.c',
            target: 't',
            create: true,
            date: 'dd/MM/yyyy',
            calendar: 'buddhist',
            timeZone: 'UTC',
            decimal: '.',
            factor: 10,
          },
        ],
      },
      true,
    ],
    ['a constant', { columns: [{ value: false, field: 'a' }] }, true],
    ['a template', { columns: [{ template: '{a} {b}', field: 'a' }] }, true],
    ['one key', { key: 'a' }, true],
    ['a list', [], false],
    ['an unknown member', { kee: 'a' }, false],
    ['a column without a field', { columns: [{ column: 'A' }] }, false],
    ['a column without a source', { columns: [{ field: 'a' }] }, false],
    ['a column with two sources', { columns: [{ column: 'A', value: 1, field: 'a' }] }, false],
    ['a key of numbers', { key: [1] }, false],
    ['no key at all', { key: [] }, false],
    ['a mode that is none', { mode: 'merge' }, false],
    ['a long delimiter', { delimiter: '::' }, false],
    ['a calendar that is none', { calendar: 'mayan' }, false],
    ['a factor of nothing', { columns: [{ column: 'A', field: 'a', factor: 0 }] }, false],
    ['values as a list', { columns: [{ column: 'A', field: 'a', values: [] }] }, false],
  ]
  it.each(cases)('%s', (_, mapping, good) => {
    const read = () => readMapping(mapping)
    if (good) expect(read).not.toThrow()
    else expect(read).toThrow(Problem)
    expect(valid(mapping)).toBe(good)
  })
  it('every mistake is told at once, with its place', () => {
    const caught = ((): Problem => {
      try {
        readMapping({ kee: 1, columns: [{ column: 'a' }, { column: 'b', field: 'b', date: 3 }] })
      } catch (error) {
        return error as Problem
      }
      throw new Error('accepted')
    })()
    expect(caught.problems.map(({ pointer }) => pointer)).toEqual(['/kee', '/columns/0', '/columns/1/date'])
  })
})
