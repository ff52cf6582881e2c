// The answer with a file's content: its type and name so that no browser runs it, ranges, and whether the reader has it
// already. The body is a stream; nothing of it is kept in memory.
import { Readable } from 'node:stream'
import { Problem } from '@peyvand/core/base/problem.ts'
import { noFile, type FoundFile } from '../files/find.ts'
import { disposition } from '../files/name.ts'
import { contentKey, thumbnailKey, type Range } from '../files/storage.ts'
import { sizeFor, thumbnailOf } from '../files/thumbnail.ts'
import { isPicture } from '../files/picture.ts'
import type { Platform } from '../platform.ts'
import { problemAnswer, type ProblemShape } from './problem.ts'

export interface FileWish {
  readonly method: string
  readonly header: (name: string) => string | undefined
  /** `size` of the address: the small version. */
  readonly size?: string | undefined
  /** `download` of the address: to be saved whatever it is. */
  readonly download: boolean
  /** How this part of the service speaks of problems. */
  readonly shape: ProblemShape
}

interface Content {
  readonly key: string
  readonly type: string
  readonly length: number
  readonly etag: string
}

/** What a browser may show by itself. Everything else, HTML and SVG before all, is offered for saving only. */
const shown = /^(image\/(jpeg|png|webp|gif|avif)|application\/pdf)$/

/** Answers with a file that the caller may read. throws: Problem. */
export async function serveFile(platform: Platform, file: FoundFile, wish: FileWish): Promise<Response> {
  const content = wish.size === undefined ? whole(file) : await small(platform, file, wish.size)
  const headers = headersOf(file, content, wish.download)
  if (hasIt(wish.header('if-none-match'), content.etag)) return new Response(null, { status: 304, headers })
  const wanted = isFresh(wish.header('if-range'), content.etag) ? wish.header('range') : undefined
  const range = readRange(wanted, content.length)
  if (range === 'unsatisfiable') {
    const problem = new Problem('request.range', { detail: `The file has ${content.length} bytes`, target: 'Range' })
    return problemAnswer(problem, wish.shape, {
      'content-range': `bytes */${content.length}`,
      'accept-ranges': 'bytes',
    })
  }
  const length = range === undefined ? content.length : range.end - range.start + 1
  headers['content-length'] = String(length)
  if (range !== undefined) headers['content-range'] = `bytes ${range.start}-${range.end}/${content.length}`
  const status = range === undefined ? 200 : 206
  if (wish.method === 'HEAD' || length === 0) return new Response(null, { status, headers })
  const stream = await platform.files.get(content.key, range)
  if (stream === undefined) throw noFile()
  return new Response(Readable.toWeb(stream) as unknown as BodyInit, { status, headers })
}

function whole({ hash, type, size }: FoundFile): Content {
  return { key: contentKey(hash), type, length: size, etag: `"${hash.slice(0, 32)}"` }
}

async function small({ files, config }: Platform, file: FoundFile, wanted: string): Promise<Content> {
  const pixels = /^\d{1,5}$/.test(wanted) ? Number(wanted) : 0
  if (pixels < 1)
    throw new Problem('request.type', { detail: '"size" is a whole number of pixels from 1', target: 'size' })
  if (!isPicture(file.type) || file.thumbnails.length === 0)
    throw new Problem('request.unsupported', { detail: 'This file has no small versions', target: 'size' })
  const size = sizeFor(pixels, file.thumbnails)
  const length = await thumbnailOf(files, file.hash, size, config.picturePixels)
  return {
    key: thumbnailKey(file.hash, size),
    type: 'image/webp',
    length,
    etag: `"${file.hash.slice(0, 32)}-${size}"`,
  }
}

function headersOf(file: FoundFile, content: Content, download: boolean): Record<string, string> {
  const inline = shown.test(content.type) && !download
  return {
    'content-type': content.type.startsWith('text/') ? `${content.type};charset=utf-8` : content.type,
    'content-disposition': disposition(inline ? 'inline' : 'attachment', file.name),
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'private, no-cache',
    'accept-ranges': 'bytes',
    etag: content.etag,
  }
}

function tagsIn(header: string): string[] {
  return header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
}

function hasIt(header: string | undefined, etag: string): boolean {
  return header !== undefined && (header.trim() === '*' || tagsIn(header).includes(etag))
}

/** Whether a part may be sent: the reader's other parts are of this very content. Dates are never known to be. */
function isFresh(ifRange: string | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange.trim() === etag
}

/** The one range that is asked for. Several, or what cannot be read, are answered with the whole file, as RFC 9110 allows. */
export function readRange(header: string | undefined, length: number): Range | 'unsatisfiable' | undefined {
  const found = /^bytes=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? '')
  if (found === null || (found[1] === '' && found[2] === '')) return undefined
  if (found[1] === '') {
    const last = Number(found[2])
    return last === 0 || length === 0 ? 'unsatisfiable' : { start: Math.max(0, length - last), end: length - 1 }
  }
  const start = Number(found[1])
  const end = found[2] === '' ? length - 1 : Math.min(Number(found[2]), length - 1)
  if (found[2] !== '' && Number(found[2]) < start) return undefined
  return start >= length ? 'unsatisfiable' : { start, end }
}
