// A file out of a request: the raw body, or the `file` part of a form. It is handed on as it arrives and never stored here.
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { Problem } from '@peyvand/core/base/problem.ts'

export interface Upload {
  /** Texts that came before the file in a form. */
  readonly fields: Readonly<Record<string, string>>
  readonly bytes: AsyncIterable<Uint8Array>
  /** What a form says of the file; for a raw body the headers of the request do. */
  readonly name?: string
  readonly type?: string
}

export interface UploadLimits {
  /** Largest file; Infinity when whoever reads it counts. unit: bytes. */
  readonly file: number
  /** Largest text beside the file. unit: bytes. */
  readonly field: number
}

/** The upload of a request. throws: Problem when there is no file in it. */
export async function readUpload(request: Request, limits: UploadLimits): Promise<Upload> {
  const type = request.headers.get('content-type') ?? ''
  if (request.body === null) throw noFile()
  const bytes = bytesOf(request.body)
  if (!type.startsWith('multipart/form-data')) return { fields: {}, bytes: limited(bytes, limits.file) }
  return readForm(bytes, type, limits)
}

/** A body as a stream of Node. Whoever reads it hears of its errors; when it was refused unread, they are nobody's. */
export function bytesOf(body: NonNullable<Request['body']>): Readable {
  return Readable.fromWeb(body as ReadableStream<Uint8Array>).on('error', () => undefined)
}

function noFile(): Problem {
  return new Problem('request.malformed', {
    detail: 'There is no file in the request',
    target: 'file',
    hint: 'Send it as the body, or as the part "file" of a form after all other parts',
  })
}

function readForm(body: Readable, type: string, limits: UploadLimits): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = Object.create(null)
    const form = openForm(type, limits)
    const fail = (error: unknown) =>
      reject(
        error instanceof Problem
          ? error
          : new Problem('request.malformed', { detail: 'The form cannot be read', target: 'body' }),
      )
    form.on('field', (name, value, _, cut) => {
      if (cut)
        return fail(
          new Problem('limit.size', { detail: `"${name.slice(0, 100)}" is longer than ${limits.field} bytes` }),
        )
      fields[name] = value
    })
    form.on('file', (part, stream, name, _encoding, type) => {
      if (part === 'file') resolve({ fields, name, type, bytes: whole(stream, form, body, limits.file) })
      else stream.resume()
    })
    form.on('error', fail)
    form.on('finish', () => reject(noFile()))
    body.on('error', fail)
    body.pipe(form)
  })
}

function openForm(type: string, limits: UploadLimits): BusboyInstance {
  try {
    const most = Number.isFinite(limits.file) ? { fileSize: limits.file } : {}
    return new Busboy({
      headers: { 'content-type': type },
      limits: { fieldSize: limits.field, fields: 20, files: 2, parts: 25, ...most },
    })
  } catch {
    throw new Problem('request.malformed', { detail: 'The form has no boundary', target: 'content-type' })
  }
}

/** A file part to its end. A form that breaks off in the middle is an error, not the end of the file. */
async function* whole(
  stream: BusboyFileStream,
  form: BusboyInstance,
  body: Readable,
  most: number,
): AsyncGenerator<Uint8Array> {
  const broken = (error: unknown) => stream.destroy(error instanceof Error ? error : undefined)
  form.on('error', broken)
  body.on('error', broken)
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } finally {
    body.unpipe(form)
    body.resume()
  }
  if (stream.truncated) throw tooLarge(most)
}

async function* limited(bytes: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const chunk of bytes) {
    length += chunk.length
    if (length > most) throw tooLarge(most)
    yield chunk
  }
}

function tooLarge(most: number): Problem {
  return new Problem('limit.size', {
    detail: `The file is larger than ${most} bytes`,
    hint: 'Split it, import it on the command line, or raise IMPORT_LIMIT',
  })
}
