// The zip file a workbook is: its parts by name, each read as a stream that ends at its limit. Zip bombs are refused by what
// they unpack to, not by what they say; names are only ever compared, never used as paths.
import { createWriteStream } from 'node:fs'
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem } from '@peyvand/core/base/problem.ts'
import { fromFd, type Entry, type ZipFile } from 'yauzl'

export interface Archive {
  has(name: string): boolean
  /** A part unpacked. throws: Problem when it is not there, longer than `most` bytes, or damaged. */
  read(name: string, most: number): Promise<Readable>
  close(): Promise<void>
}

/** unit: parts of a workbook */
const mostParts = 10_000
/** A part may be this many times as long as it is packed, once it is longer than `free`. */
const mostRatio = 250
/** unit: bytes */
const free = 16 * 1_048_576

/** Opens an archive that comes as a stream. It is kept in a file that nobody else sees while it is open. throws: Problem. */
export async function openArchive(bytes: AsyncIterable<Uint8Array>): Promise<Archive> {
  const file = await spool(bytes)
  try {
    const zip = await opened(file.fd)
    const parts = await partsOf(zip)
    return {
      has: (name) => parts.has(name.toLowerCase()),
      read: (name, most) => readPart(zip, parts, name, most),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error instanceof Problem ? error : damaged()
  }
}

async function spool(bytes: AsyncIterable<Uint8Array>): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'peyvand-workbook-'))
  try {
    const path = join(folder, 'file')
    await pipeline(bytes, createWriteStream(path, { mode: 0o600 }))
    return await open(path, 'r')
  } finally {
    // What is open stays readable; nothing is left behind, however the process ends.
    await rm(folder, { recursive: true, force: true })
  }
}

function opened(fd: number): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromFd(fd, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    )
  })
}

function partsOf(zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  if (zip.entryCount > mostParts)
    throw new Problem('limit.size', { detail: `The file has more than ${mostParts} parts`, target: 'file' })
  return new Promise((resolve, reject) => {
    const parts = new Map<string, Entry>()
    zip.on('entry', (entry: Entry) => {
      const name = entry.fileName.toLowerCase()
      if (parts.has(name)) return reject(damaged())
      parts.set(name, entry)
      zip.readEntry()
    })
    zip.on('end', () => resolve(parts))
    zip.on('error', reject)
    zip.readEntry()
  })
}

async function readPart(
  zip: ZipFile,
  parts: ReadonlyMap<string, Entry>,
  name: string,
  most: number,
): Promise<Readable> {
  const entry = parts.get(name.toLowerCase())
  if (entry === undefined) throw damaged()
  if (entry.isEncrypted())
    throw new Problem('request.unsupported', {
      detail: 'The workbook is locked with a password.',
      target: 'file',
      hint: 'Save it without one',
    })
  const length = Math.min(most, Math.max(free, entry.compressedSize * mostRatio))
  if (entry.uncompressedSize > length) throw tooLong(length)
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, part) => (error ? reject(damaged()) : resolve(part)))
  })
  return bounded(stream, length)
}

/** A stream that breaks off when it gets longer than it may. */
function bounded(stream: Readable, most: number): Readable {
  let length = 0
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      length += chunk.length
      done(length > most ? tooLong(most) : null, chunk)
    },
  })
  stream.on('error', () => counted.destroy(damaged()))
  counted.on('close', () => stream.destroy())
  return stream.pipe(counted)
}

/** What a file is answered with that is no workbook, or a broken one. */
export function damaged(): Problem {
  return new Problem('request.malformed', {
    detail: 'The workbook cannot be read: it is damaged, or no .xlsx file.',
    target: 'file',
    hint: 'Open it in a spreadsheet and save it again as .xlsx or CSV',
  })
}

function tooLong(most: number): Problem {
  return new Problem('limit.size', {
    detail: `A part of the workbook unpacks to more than ${most} bytes`,
    target: 'file',
    hint: 'Save the sheet as CSV: that has no such limit',
  })
}
