// Which pages of other origins may read what the API answers to a key (CORS_ORIGINS). Cookies never count for them: no answer
// allows credentials, so a session is of no use to anybody's page but our own. Sign-in is open to no other origin at all.
import type { IncomingMessage, ServerResponse } from 'node:http'

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const sent = [
  'accept',
  'accept-language',
  'authorization',
  'content-disposition',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'odata-isolation',
  'odata-maxversion',
  'odata-version',
  'prefer',
  'range',
  'x-request-id',
].join(', ')
const shown = [
  'content-disposition',
  'content-range',
  'etag',
  'location',
  'odata-entityid',
  'odata-version',
  'preference-applied',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'x-request-id',
].join(', ')
/** How long a browser keeps what it was told. unit: seconds */
const kept = '600'

/** Puts the headers of a foreign page's request on its answer. Gives true when nothing is left to answer (a preflight). */
export type Cors = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean

/** The rules for some origins; `*` stands for every one. */
export function openCors(origins: readonly string[]): Cors {
  const [all, some] = [origins.includes('*'), new Set(origins)]
  return (incoming, outgoing) => {
    if (origins.length === 0 || !isOpen(incoming.url ?? '')) return false
    const { origin } = incoming.headers
    if (!all) outgoing.setHeader('Vary', 'Origin')
    if (origin === undefined || !(all || some.has(origin))) return false
    outgoing.setHeader('Access-Control-Allow-Origin', all ? '*' : origin)
    if (incoming.method !== 'OPTIONS' || incoming.headers['access-control-request-method'] === undefined) {
      outgoing.setHeader('Access-Control-Expose-Headers', shown)
      return false
    }
    outgoing.writeHead(204, {
      'access-control-allow-methods': methods,
      'access-control-allow-headers': sent,
      'access-control-max-age': kept,
    })
    outgoing.end()
    return true
  }
}

function isOpen(url: string): boolean {
  return url.startsWith('/api/') && !url.startsWith('/api/auth')
}
