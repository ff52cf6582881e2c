// `peyvand export <entity>`: records as CSV, a workbook, JSON or JSON lines, to a file or to standard output, page by page.
import { createWriteStream } from 'node:fs'
import { Readable, Transform, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { exportFormats } from '../../records/export.ts'
import { hasOption, textOption, WrongUse, type Command } from '../command.ts'
import { openDoor, problemOf } from '../door.ts'

export const exportCommand: Command = {
  name: 'export',
  summary: 'Export records as CSV, a workbook (xlsx), JSON or JSON lines',
  details: [
    'Without a view: every field that can be imported again, by name, so that import and export are the inverse of each other.',
    'With a view: its columns, filter and order. Cells that a spreadsheet would run as a formula get an apostrophe in front,',
    'which the import takes off again.',
  ],
  arguments: [{ name: 'entity', help: 'Name of the entity, such as account; or its links: account/tags.' }],
  options: {
    view: { value: 'name', help: 'A view of the entity.' },
    format: {
      value: 'csv|xlsx|json|ndjson',
      help: 'csv (default), xlsx, json (one list) or ndjson (an object a line).',
    },
    out: { value: 'file', help: 'File to write; standard output when absent.' },
    labels: { help: 'Labels as column names, and what people see as values: names of records, labels of options.' },
    language: { value: 'tag', help: 'Language of labels, such as fa. Default: en.' },
    bom: { help: 'Byte-order mark, for spreadsheets that need it to see UTF-8.' },
  },
  remote: true,
  async run(call) {
    const format = textOption(call, 'format') ?? 'csv'
    if (!exportFormats.some((each) => each === format))
      throw new WrongUse(`There is no format "${format}".`, `It is ${exportFormats.join(', ')}.`)
    const out = textOption(call, 'out')
    if (out === undefined && format === 'xlsx' && process.stdout.isTTY)
      throw new WrongUse('A workbook is nothing to read on a terminal: name a file with --out.')
    if (out === undefined && call.output.json)
      throw new WrongUse('--json prints what was done: name a file with --out for the records.')
    const query = new URLSearchParams({ format })
    const view = textOption(call, 'view')
    if (view !== undefined) query.set('view', view)
    for (const name of ['labels', 'bom']) if (hasOption(call, name)) query.set(name, 'true')
    const door = await openDoor(call)
    try {
      const language = textOption(call, 'language')
      const answer = await door.fetch(
        `/api/export/${call.arguments[0]!.split('/').map(encodeURIComponent).join('/')}?${query}`,
        {
          headers: language === undefined ? {} : { 'accept-language': language },
        },
      )
      if (!answer.ok) throw await problemOf(answer)
      let bytes = 0
      const count = new Transform({
        transform(chunk: Buffer, _, done) {
          bytes += chunk.length
          call.output.progress(`${Math.round(bytes / 1024).toLocaleString('en')} KB`)
          done(null, chunk)
        },
      })
      await pipeline(Readable.fromWeb(answer.body as ReadableStream<Uint8Array>), count, openTarget(out), {
        end: out !== undefined,
      })
      if (out !== undefined) call.output.line(`Wrote ${out} (${bytes.toLocaleString('en')} bytes)`)
      return { result: { entity: call.arguments[0]!, format, file: out ?? null, bytes } }
    } finally {
      await door.close()
    }
  },
}

function openTarget(out: string | undefined): Writable {
  return out === undefined ? process.stdout : createWriteStream(out)
}
