// The multipart form of a batch: parts with one HTTP message each, and change sets, which are multipart themselves and
// atomic. Text in, text out; line ends may be CRLF or LF.
import { Problem } from '@peyvand/core/base/problem.ts'
import { randomUUID } from 'node:crypto'
import type { BatchAnswer, BatchRequest } from './batch-run.ts'

interface Part {
  readonly headers: Readonly<Record<string, string>>
  readonly content: string
}

/** Reads a multipart batch. */
export function readMultipart(text: string, contentType: string): BatchRequest[] | Problem {
  const parts = split(text, contentType)
  if (parts instanceof Problem) return parts
  const requests: BatchRequest[] = []
  const ids = new Set<string>()
  for (const [i, part] of parts.entries()) {
    const type = part.headers['content-type'] ?? ''
    const changes = /^multipart\/mixed\b/i.test(type) ? split(part.content, type) : undefined
    if (changes instanceof Problem) return changes
    for (const each of changes ?? [part]) {
      const request = readRequest(each, requests.length, changes ? `changeset ${i + 1}` : undefined)
      if (request instanceof Problem) return request
      if (ids.has(request.id)) return wrong(`The Content-ID "${request.id.slice(0, 60)}" is used twice`)
      if (changes && /^get$/i.test(request.method)) return wrong('A change set cannot hold a GET')
      ids.add(request.id)
      requests.push(request)
    }
  }
  return requests
}

function wrong(detail: string): Problem {
  return new Problem('request.malformed', { detail, target: 'body' })
}

/** Far more than any BATCH_LIMIT that makes sense. */
const mostParts = 2_000

/** The parts between the boundaries. */
function split(text: string, contentType: string): Part[] | Problem {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType)
  if (!boundary) return wrong('The multipart has no boundary')
  const mark = `--${boundary[1] ?? boundary[2]!}`
  // Counted before anything is made of the text: what is too much costs next to nothing.
  if (occursMore(`\n${mark}`, mostParts + 1, text))
    return new Problem('limit.size', { detail: `A batch may have ${mostParts} parts at most`, target: 'body' })
  const pieces = `\n${text.replaceAll('\r\n', '\n')}`.split(`\n${mark}`)
  if (pieces.length < 2) return wrong('The boundary does not occur in the body')
  const parts: Part[] = []
  for (const piece of pieces.slice(1)) {
    if (piece.startsWith('--')) return parts
    parts.push(readPart(piece.replace(/^[ \t]*\n/, '')))
  }
  return wrong('The body ends before its last boundary')
}

function occursMore(word: string, most: number, text: string): boolean {
  let count = 0
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) if (++count > most) return true
  return false
}

/** Headers up to the first empty line, and what follows. */
function readPart(text: string): Part {
  const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n')
  const head = end < 0 ? text : text.slice(0, end)
  const headers: Record<string, string> = {}
  for (const line of head.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { headers, content: end < 0 ? '' : text.slice(end + (end === 0 ? 1 : 2)) }
}

function readRequest({ headers, content }: Part, count: number, group: string | undefined): BatchRequest | Problem {
  if (!/^application\/http\b/i.test(headers['content-type'] ?? ''))
    return wrong('A part must be application/http, or multipart/mixed for a change set')
  const message = content.replace(/^\n+/, '')
  const cut = message.indexOf('\n')
  const [, method, url] =
    /^([A-Za-z]{1,20}) (\S{1,8192})(?: HTTP\/\d(?:\.\d)?)?$/.exec((cut < 0 ? message : message.slice(0, cut)).trim()) ??
    []
  if (method === undefined || url === undefined)
    return wrong('A part must begin with a line like "GET accounts HTTP/1.1"')
  const inner = readPart(cut < 0 ? '' : message.slice(cut + 1))
  const body = inner.content.replace(/\n$/, '')
  return {
    id: headers['content-id'] ?? inner.headers['content-id'] ?? `part ${count + 1}`,
    method,
    url,
    headers: inner.headers,
    ...(body === '' ? {} : { body }),
    ...(group === undefined ? {} : { group }),
    dependsOn: [],
  }
}

/** The answers as multipart; a failed change set is one answer. */
export function writeMultipart(answers: readonly BatchAnswer[]): { boundary: string; body: string } {
  const boundary = `batch_${randomUUID()}`
  const parts: string[] = []
  for (let at = 0; at < answers.length;) {
    const { group } = answers[at]!.request
    let end = at + 1
    if (group !== undefined) while (answers[end]?.request.group === group) end++
    const set = answers.slice(at, end)
    const failed = set.find(({ failedGroup }) => failedGroup)
    parts.push(group === undefined || failed ? message(failed ?? set[0]!) : changeSet(set))
    at = end
  }
  return { boundary, body: joined(boundary, parts) }
}

function joined(boundary: string, parts: readonly string[]): string {
  return `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`
}

function changeSet(answers: readonly BatchAnswer[]): string {
  const boundary = `changeset_${randomUUID()}`
  return `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${joined(boundary, answers.map(message))}`
}

function message({ request: { id }, status, headers, body }: BatchAnswer): string {
  const named = /^part \d+$/.test(id) ? '' : `Content-ID: ${id}\r\n`
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n${named}\r\nHTTP/1.1 ${status} ${reason(status)}\r\n${lines.join('')}\r\n${body}`
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  424: 'Failed Dependency',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
}

function reason(status: number): string {
  return reasons[status] ?? 'Status'
}
