// `peyvand import <entity> <file>`: records from a file. Shows progress, writes what failed into an error file. With --list and
// --undo it looks back: import-undo.ts.
import { createWriteStream, openAsBlob, type WriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { errorHeader, errorLine, type FailedRow } from '../../records/import/errors.ts'
import { hasOption, textOption, WrongUse, type Call, type Command } from '../command.ts'
import { openDoor, problemFrom, problemOf } from '../door.ts'
import type { Output } from '../output.ts'

export const importCommand: Command = {
  name: 'import',
  summary: 'Import records from a CSV, TSV or JSON file',
  details: [
    'Columns are matched to fields by name or by label in any language, or as a mapping file says (docs/import.md).',
    'With a key, rows of records that exist update them; rows that change nothing are not written.',
    'A row that fails is written to the error file with its row number, column and reason; the others are imported.',
    'Every import is kept with who, when and what: --list shows them, --undo takes one back.',
  ],
  arguments: [
    { name: 'entity', optional: true, help: 'Name of the entity, such as account; or its links: account/tags.' },
    { name: 'file', optional: true, help: 'The file.' },
  ],
  options: {
    map: { value: 'file', help: 'Mapping file (JSON).' },
    key: { value: 'field', help: 'Field that says which record a row is; several with commas.' },
    mode: { value: 'mode', help: 'upsert (default with a key), create or update.' },
    encoding: { value: 'name', help: 'Encoding of the file; found out when absent.' },
    delimiter: { value: 'char', help: 'Character between cells; found out when absent.' },
    errors: { value: 'file', help: 'Where to write rows that failed, as CSV.' },
    sheet: { value: 'name', help: 'Sheet of a workbook; the first when absent.' },
    'dry-run': { help: 'Read and check everything, write nothing.' },
    list: { help: 'List the imports there were, the newest first.' },
    undo: { value: 'id', help: 'Take an import back: delete what it created, give what it changed its old values.' },
  },
  remote: true,
  async run(call) {
    const undo = textOption(call, 'undo')
    if (undo !== undefined || hasOption(call, 'list')) {
      if (call.arguments.length > 0) throw new WrongUse('--list and --undo stand alone, without an entity and a file.')
      const { listImports, undoImport } = await import('./import-undo.ts')
      return undo === undefined ? listImports(call) : undoImport(call, undo)
    }
    if (call.arguments.length < 2) throw new WrongUse('An import needs an entity and a file.')
    const form = await buildForm(call)
    const door = await openDoor(call)
    try {
      const answer = await door.fetch(
        `/api/import/${call.arguments[0]!.split('/').map(encodeURIComponent).join('/')}`,
        {
          method: 'POST',
          body: form,
          headers: { accept: 'application/x-ndjson' },
        },
      )
      if (!answer.ok) throw await problemOf(answer)
      const told = await listen(answer, call)
      showSummary(told, call)
      return {
        result: {
          ...told.summary,
          ...(told.shown.length > 0 && !told.errorFile ? { errors: told.shown as unknown as JsonValue } : {}),
        },
        failed: Number(told.summary['failed']) > 0,
      }
    } finally {
      await door.close()
    }
  },
}

/** The upload: everything that is said about the file, then the file, read from the disk as it is sent. */
async function buildForm(call: Call): Promise<FormData> {
  const [, file] = call.arguments
  const form = new FormData()
  const map = textOption(call, 'map')
  if (map !== undefined) form.set('mapping', await readText(map))
  for (const name of ['key', 'mode', 'encoding', 'delimiter', 'sheet']) {
    const value = textOption(call, name)
    if (value !== undefined) form.set(name, value === '\\t' ? '\t' : value)
  }
  if (hasOption(call, 'dry-run')) form.set('dryRun', 'true')
  const blob = await openFile(file!)
  form.set('file', blob, basename(file!))
  return form
}

async function openFile(file: string): Promise<Blob> {
  try {
    return await openAsBlob(file)
  } catch {
    throw new WrongUse(`The file "${file}" cannot be read.`)
  }
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new WrongUse(`The mapping file "${file}" cannot be read.`)
  })
}

interface Told {
  summary: JsonObject
  readonly shown: FailedRow[]
  readonly errorFile?: string
}

const mostShown = 10

/** Follows the answer line by line: progress to the terminal, failed rows into the error file. */
async function listen(answer: Response, call: Call): Promise<Told> {
  const errorFile = textOption(call, 'errors')
  const told: Told = { summary: {}, shown: [], ...(errorFile === undefined ? {} : { errorFile }) }
  const started = performance.now()
  let file: JsonObject = {}
  let sink: WriteStream | undefined
  for await (const line of createInterface({
    input: Readable.fromWeb(answer.body as ReadableStream<Uint8Array>),
    crlfDelay: Infinity,
  })) {
    const { kind, ...said } = JSON.parse(line) as JsonObject
    if (kind === 'file') file = said
    else if (kind === 'progress') showProgress(said, started, call.output)
    else if (kind === 'failed') {
      const row = said as unknown as FailedRow
      if (told.shown.length < mostShown) told.shown.push(row)
      if (errorFile === undefined) continue
      const columns = file['columns'] as string[]
      sink ??= await openSink(errorFile, errorHeader(columns))
      if (!sink.write(errorLine(row, columns, file['format'] === 'csv'))) await once(sink, 'drain')
    } else if (kind === 'problem') throw problemFrom(said)
    else told.summary = said
  }
  if (sink) await new Promise((done) => sink.end(done))
  if (Object.keys(told.summary).length === 0)
    throw new Problem('internal.unavailable', {
      detail: 'The server broke off in the middle of the import.',
      hint: 'Run it again: with a key, what is there already is not written twice.',
    })
  return told
}

async function openSink(file: string, header: string): Promise<WriteStream> {
  const sink = createWriteStream(file)
  await once(sink, 'open').catch(() => {
    throw new WrongUse(`The error file "${file}" cannot be written.`)
  })
  sink.write(`\uFEFF${header}`)
  return sink
}

function showProgress(counts: JsonObject, started: number, output: Output): void {
  const rows = Number(counts['rows'])
  const speed = Math.round(rows / Math.max((performance.now() - started) / 1000, 0.001))
  output.progress(
    `${rows.toLocaleString('en')} rows (${speed.toLocaleString('en')} rows/s), ${Number(counts['failed']).toLocaleString('en')} failed`,
  )
}

function showSummary({ summary, shown, errorFile }: Told, { output }: Call): void {
  const count = (name: string) => Number(summary[name]).toLocaleString('en')
  const ignored = Array.isArray(summary['ignored']) ? summary['ignored'] : []
  output.line(
    `${summary['dryRun'] === true ? 'Dry run, nothing was written. ' : ''}${count('rows')} rows of ${plainText(summary['entity'])} in ${plainText(summary['seconds'])} s: ${count('created')} created, ${count('updated')} updated, ${count('unchanged')} unchanged, ${count('failed')} failed`,
  )
  if (typeof summary['import'] === 'string') output.line(`peyvand import --undo ${summary['import']} takes it back`)
  if (ignored.length > 0) output.line(`Columns that were not used: ${ignored.map(plainText).join(', ')}`)
  if (shown.length === 0) return
  if (errorFile !== undefined) return output.note(`The rows that failed are in ${errorFile}`)
  for (const { row, errors } of shown)
    for (const { column, reason, hint } of errors)
      output.note(`row ${row}${column ? `, ${column}` : ''}: ${reason}${hint ? `. ${hint}` : ''}`)
  if (Number(summary['failed']) > shown.length)
    output.note(
      `… and ${(Number(summary['failed']) - shown.length).toLocaleString('en')} more; --errors <file> writes all of them to a file`,
    )
}
