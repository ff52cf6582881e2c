// Do workbooks keep what was put into them, stay small in memory, and refuse what is made to do harm? What goes out is opened by
// a reader of zip files and looked at; what comes in is made here, as spreadsheets make it and as attackers do.
import { deflateRawSync } from 'node:zlib'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { Problem } from '@peyvand/core/base/problem.ts'
import { openTable } from '@peyvand/runtime/records/import/rows.ts'
import { dateText, serialOf, showsDate } from '@peyvand/runtime/records/workbook/serial.ts'
import { isCut } from '@peyvand/runtime/records/workbook/cut.ts'
import { openArchive } from '@peyvand/runtime/records/workbook/archive.ts'
import { openSheet } from '@peyvand/runtime/records/workbook/read.ts'
import { columnName, columnPlace, textIn, xmlText } from '@peyvand/runtime/records/workbook/text.ts'
import type { Cell } from '@peyvand/runtime/records/workbook/sheet.ts'
import { writeBook } from '@peyvand/runtime/records/workbook/write.ts'
import { zipOf } from '../support/zip.ts'

const stream = (bytes: Uint8Array): AsyncIterable<Uint8Array> => Readable.from([bytes])
async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}
const pagesOf = async function* (rows: readonly (readonly Cell[])[]) {
  yield rows
}
const textCell = (text: string): Cell => ({ as: 'text', text })

const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const rels =
  '<Relationships><Relationship Id="r1" Target="worksheets/a.xml"/><Relationship Id="r2" Target="/xl/worksheets/b.xml"/></Relationships>'
/** A workbook as a spreadsheet makes it; `parts` are put in or over. */
const book = (sheet: string, parts: Record<string, string> = {}): Record<string, string> => ({
  'xl/workbook.xml': `<workbook ${main} xmlns:r="r"><workbookPr/><sheets><sheet name="Data" sheetId="1" r:id="r1"/><sheet name="فروش" sheetId="2" r:id="r2"/></sheets></workbook>`,
  'xl/_rels/workbook.xml.rels': rels,
  'xl/worksheets/a.xml': `<worksheet ${main}><sheetData>${sheet}</sheetData></worksheet>`,
  'xl/worksheets/b.xml': `<worksheet ${main}><sheetData><row r="1"><c r="A1" t="str"><v>other</v></c></row></sheetData></worksheet>`,
  ...parts,
})
const read = async (bytes: Uint8Array, sheet?: string) => {
  const opened = await openSheet(stream(bytes), sheet)
  const rows: unknown[][] = []
  for await (const { number, record } of opened.rows) rows.push([number, ...record])
  return { ...opened, rows }
}
const refusal = async (bytes: Uint8Array): Promise<Problem> =>
  read(bytes).then(
    () => expect.fail('it was read'),
    (error: unknown) => error as Problem,
  )

describe('texts and days', () => {
  it.each(['plain', '<&>"\'', '_x0041_', '\u0001\u001f\r\n\t', ' spaces ', 'سلام «پیوند»', '😀', '=1+1', '_x005F_', ''])(
    '%j comes back',
    (text) => {
      const unescaped = xmlText(text).replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
      expect(textIn(unescaped)).toBe(text)
    },
  )
  it.each([
    ['1900-03-01', 61],
    ['2024-02-29', 45_351],
    ['9999-12-31', 2_958_465],
    ['2026-11-25T18:30:00.000Z', 46_351.770_833_333_336],
  ])('%s is %d', (text, serial) => {
    expect(serialOf(text)).toBeCloseTo(serial, 9)
    expect(dateText(serialOf(text)!, false)).toBe(text.replace('.000Z', ''))
  })
  it('what no spreadsheet has is no number', () => {
    expect([serialOf('1899-12-31'), serialOf('1600-01-01'), serialOf('+012000-01-01')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect([dateText(0.5, false), dateText(-1, false), dateText(3e6, false)]).toEqual([
      '12:00:00',
      undefined,
      undefined,
    ])
    expect(dateText(0, true)).toBe('1904-01-01')
  })
  it.each([
    [14, undefined, true],
    [0, undefined, false],
    [164, 'yyyy\\-mm\\-dd', true],
    [165, '[$-fa-IR,16]dddd d mmmm yyyy', true],
    [166, '#,##0.00 "days"', false],
    [167, '[Red]0.00', false],
    [168, '[h]:mm', true],
    [169, 'General" d"', false],
  ])('format %d %s shows a date: %s', (id, code, shows) => expect(showsDate(id, code)).toBe(shows))
  it('columns have letters', () => {
    for (const place of [0, 25, 26, 701, 702, 16_383]) expect(columnPlace(`${columnName(place)}7`)).toBe(place)
  })
})

describe('written and read again', () => {
  const cells: Cell[] = [
    textCell('007'),
    textCell('=HYPERLINK("http://x")'),
    textCell('line\nbreak\r\u0007 & <tag>'),
    { as: 'number', text: '-12.5' },
    { as: 'number', text: '12345678901234567890.25' },
    { as: 'date', text: '2024-02-29' },
    { as: 'date', text: '1600-01-01' },
    { as: 'moment', text: '2026-11-25T18:30:00.123Z' },
    { as: 'truth', value: true },
    undefined,
    textCell('پایان'),
  ]
  it('every kind of cell', async () => {
    const bytes = await collect(
      writeBook({ name: "[bad]/'name*", head: cells.map((_, i) => `c${i}`) }, pagesOf([cells])),
    )
    const { rows, sheets } = await read(bytes)
    expect(sheets).toEqual(["bad 'name"])
    expect(rows[1]!.slice(1)).toEqual([
      '007',
      '=HYPERLINK("http://x")',
      'line\nbreak\r\u0007 & <tag>',
      -12.5,
      '12345678901234567890.25',
      '2024-02-29',
      '1600-01-01',
      '2026-11-25T18:30:00.123',
      true,
      '',
      'پایان',
    ])
  })
  it('nothing in it is a formula', async () => {
    const bad = ['=1', '+1+1', '-1+1', '@x', '\t=1', '|cmd', '＝1', "'=1"].map(textCell)
    const bytes = await collect(
      writeBook({ name: '=x', head: ['=1', '@', ...bad.map((_, i) => `h${i}`)] }, pagesOf([bad])),
    )
    const { rows, name } = await read(bytes)
    expect(name).toBe('x')
    expect(rows[1]!.slice(1)).toEqual(bad.map((cell) => (cell as { text: string }).text))
    expect(bytes.includes('<f>')).toBe(false)
  })
  it('a text longer than a cell is cut, says so, and is known again', async () => {
    const long = ['x'.repeat(32_767), 'x'.repeat(32_768), '😀'.repeat(50_000)].map(textCell)
    const bytes = await collect(writeBook({ name: 'x', head: ['a', 'b', 'c'] }, pagesOf([long])))
    const [, whole, one, wide] = (await read(bytes)).rows[1] as string[]
    expect(whole).toBe('x'.repeat(32_767))
    for (const [cut, sign, length] of [
      [one!, 'x', 32_768],
      [wide!, '😀', 100_000],
    ] as const) {
      const [, kept, more] = /^(.*)…\[\+(\d+) ✂\]$/u.exec(cut)!
      expect(cut.length).toBeLessThanOrEqual(32_767)
      expect(kept!.replaceAll(sign, '')).toBe('')
      expect(kept!.length + Number(more)).toBe(length)
    }
    expect([whole, one, wide].map((text) => isCut(text!))).toEqual([false, true, true])
    expect(isCut('a note that ends like …[+12 ✂]')).toBe(false)
  })
})

describe('with more rows than a sheet holds', () => {
  const named = { name: "It's many", head: ['name', 'place'] }
  /** Rows in pages of seven. */
  const many = async function* (count: number) {
    for (let from = 0; from < count; from += 7)
      yield Array.from({ length: Math.min(7, count - from) }, (_, i) => [textCell(`r${from + i}`), textCell('x')])
  }
  const written = (count: number, most?: number) => collect(writeBook(named, many(count), most))
  /** The workbook with a part of it changed, as a spreadsheet would save it. */
  const changed = async (bytes: Buffer, part: string, change: (text: string) => string) => {
    const archive = await openArchive(stream(bytes))
    const paths = ['xl/workbook.xml', 'xl/_rels/workbook.xml.rels', 'xl/styles.xml']
    const sheets = Array.from({ length: 9 }, (_, i) => `xl/worksheets/sheet${i + 1}.xml`)
    const parts: Record<string, string> = {}
    for (const path of [...paths, ...sheets].filter((each) => archive.has(each)))
      parts[path] = await text(await archive.read(path, 1_000_000))
    await archive.close()
    return zipOf({ ...parts, [part]: change(parts[part]!) })
  }

  it.each([
    [0, 1],
    [9, 1],
    [10, 2],
    [18, 2],
    [19, 3],
    [40, 5],
  ])('%d rows, nine a sheet, are %d sheets that are read as one', async (count, sheets) => {
    const found = await read(await written(count, 10))
    expect(found.sheets).toEqual(
      Array.from({ length: sheets }, (_, i) => (i === 0 ? "It's many" : `It's many (${i + 1})`)),
    )
    expect(found.rows).toEqual([
      [1, 'name', 'place'],
      ...Array.from({ length: count }, (_, i) => [i + 2, `r${i}`, 'x']),
    ])
  })
  it('a sheet of its own is read when it is asked for, and a sheet somebody copied is no more of the table', async () => {
    const bytes = await written(25, 10)
    expect((await read(bytes, "It's many (3)")).rows).toHaveLength(8)
    const copied = await changed(await written(5, 10), 'xl/workbook.xml', (xml) =>
      xml.replace('</sheets>', `<sheet name="It's many (2)" sheetId="2" r:id="rId1"/></sheets>`),
    )
    expect((await read(copied)).rows).toHaveLength(6)
  })
  it('they are found when they were renamed, moved or deleted', async () => {
    const bytes = await written(25, 10)
    const renamed = await changed(bytes, 'xl/workbook.xml', (xml) =>
      xml
        .replaceAll('many (2)', 'middle')
        .replace('name="It\'s many"', 'name="Start"')
        .replace("'It''s many'!", 'Start!'),
    )
    expect((await read(renamed)).rows).toEqual((await read(bytes)).rows)
    const less = await changed(bytes, 'xl/workbook.xml', (xml) =>
      xml.replace(/<sheet name="It's many \(2\)"[^>]*>/, '').replace("'It''s many (2)'!$A$1", '#REF!$A$1'),
    )
    expect((await read(less)).rows.map(([, name]) => name)).toEqual([
      'name',
      ...Array.from({ length: 9 }, (_, i) => `r${i}`),
      ...Array.from({ length: 7 }, (_, i) => `r${i + 18}`),
    ])
  })
  it('other columns in one of them are refused', async () => {
    const other = await changed(await written(25, 10), 'xl/worksheets/sheet2.xml', (xml) =>
      xml.replace('>place<', '>where<'),
    )
    expect(await refusal(other)).toMatchObject({
      code: 'request.malformed',
      message: 'The sheet "It\'s many (2)" continues "It\'s many" and has other columns.',
    })
  })
  it('they fit into a name that is as long as it may be', async () => {
    const long = await collect(writeBook({ name: 'n'.repeat(40), head: ['a'] }, many(12), 10))
    expect((await read(long)).sheets).toEqual(['n'.repeat(31), `${'n'.repeat(27)} (2)`])
  })
  it('whoever reads no further ends the pages, and what fails in them breaks the workbook off', async () => {
    let ended = false
    const endless = async function* () {
      try {
        for (;;) yield Array.from({ length: 500 }, (_, i) => [textCell(`${i}${Math.random()}`), textCell('x')])
      } finally {
        ended = true
      }
    }
    const pieces = writeBook(named, endless(), 1_000)
    for (let i = 0; i < 5; i++) await pieces.next()
    await pieces.return(undefined)
    expect(ended).toBe(true)
    const failing = async function* () {
      yield [[textCell('a')]]
      throw new Error('the database went away')
    }
    await expect(collect(writeBook(named, failing(), 2))).rejects.toThrow('the database went away')
    await expect(collect(writeBook(named, failing(), 10))).rejects.toThrow('the database went away')
  })
})

describe('as spreadsheets make them', () => {
  it('shared and rich texts, formulas by their results, gaps, dates by format', async () => {
    const sheet =
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="str"><v>when</v></c></row><row r="2"/>' +
      '<row r="5"><c r="B5"><f>1+1</f><v>2</v></c><c r="C5" t="e"><v>#N/A</v></c><c r="D5" s="1"><v>45351</v></c></row>' +
      '<row><c><v>0.30000000000000004</v></c><c t="b"><v>0</v></c></row>'
    const bytes = zipOf(
      book(sheet, {
        'xl/sharedStrings.xml':
          '<sst><si><t>Name</t></si><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>kana</t></rPh></si></sst>',
        'xl/styles.xml':
          '<styleSheet><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
      }),
    )
    expect((await read(bytes)).rows).toEqual([
      [1, 'Name', 'two runs', '', 'when'],
      [5, '', 2, '#N/A', '2024-02-29'],
      [6, 0.3, false],
    ])
  })
  it('any sheet by its name; an unknown one is told with those there are', async () => {
    const bytes = zipOf(book('<row r="1"><c t="str"><v>first</v></c></row>'))
    expect((await read(bytes)).rows).toEqual([[1, 'first']])
    expect((await read(bytes, 'فروش')).rows).toEqual([[1, 'other']])
    await expect(read(bytes, 'none')).rejects.toMatchObject({ code: 'request.unknown', hint: 'It has: Data, فروش' })
  })
  it('is a table like any other file', async () => {
    const bytes = zipOf(book('<row r="2"><c t="str"><v>name</v></c></row><row r="3"><c t="str"><v>A</v></c></row>'))
    const table = await openTable(stream(bytes), {})
    expect(table).toMatchObject({ format: 'xlsx', sheet: 'Data', sheets: ['Data', 'فروش'], columns: ['name'] })
    expect(table.sample).toMatchObject([{ number: 3, cells: { name: 'A' } }])
    await table.close()
  })
})

describe('made to do harm', () => {
  const plain = book('<row r="1"><c t="str"><v>x</v></c></row>')
  it('a part that unpacks to a hundred times a thousand is refused before it is read', async () => {
    const zeros = Buffer.alloc(40 * 1024 * 1024, 32)
    const bomb = zipOf({ ...plain, 'xl/worksheets/a.xml': zeros })
    expect(bomb.length).toBeLessThan(200_000)
    expect(await refusal(bomb)).toMatchObject({ code: 'limit.size' })
  })
  it('a part that lies about its length is refused while it is read', async () => {
    const lie = zipOf(
      { ...plain, 'xl/worksheets/a.xml': Buffer.alloc(40 * 1024 * 1024, 32) },
      { claimed: { 'xl/worksheets/a.xml': 100 } },
    )
    expect((await refusal(lie)).status).toBeLessThan(500)
  })
  it('entities are not expanded, types not declared', async () => {
    const laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    const evil = zipOf({
      ...plain,
      'xl/worksheets/a.xml': `${laughs}<worksheet><sheetData><row><c t="str"><v>&b;</v></c></row></sheetData></worksheet>`,
    })
    expect(await refusal(evil)).toMatchObject({ code: 'request.malformed' })
    const outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><workbook/>'
    expect(await refusal(zipOf({ ...plain, 'xl/workbook.xml': outside }))).toMatchObject({ code: 'request.malformed' })
  })
  it('GHSA-2wfh-rcwf-wh23: too many parts, two of one name, names that climb, cut files, other files', async () => {
    const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`p${i}`, '']))
    expect(await refusal(zipOf({ ...plain, ...many }))).toMatchObject({ code: 'limit.size' })
    expect(await refusal(zipOf({ ...plain, 'XL/workbook.xml': '' }))).toMatchObject({ code: 'request.malformed' })
    expect(await refusal(zipOf({ ...plain, '../../etc/passwd': 'x' }))).toMatchObject({ code: 'request.malformed' })
    const whole = zipOf(plain)
    for (const at of [4, 40, whole.length >> 1, whole.length - 5])
      expect(await refusal(whole.subarray(0, at))).toMatchObject({ code: 'request.malformed' })
    expect(
      await refusal(Buffer.concat([Buffer.from('PK\u0003\u0004'), deflateRawSync(Buffer.alloc(1_000))])),
    ).toMatchObject({ status: 400 })
    const picture = Buffer.from([
      0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0xff,
    ])
    await expect(openTable(stream(picture), {})).rejects.toMatchObject({
      code: 'request.unsupported',
      message: expect.stringContaining('neither text nor a workbook'),
    })
    await expect(openTable(stream(Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0, 0])), {})).rejects.toMatchObject({
      code: 'request.unsupported',
    })
  })
  it('a row without an end is not held', async () => {
    const cell = `<c t="str"><v>${'x'.repeat(30_000)}</v></c>`
    const noise = Array.from({ length: 40 }, (_, i) => cell.replaceAll('x', String(i % 10))).join('')
    expect(await refusal(zipOf(book(`<row r="1">${noise}</row>`)))).toMatchObject({ code: 'limit.size' })
  })
})
