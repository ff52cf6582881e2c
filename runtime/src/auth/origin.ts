// Whether a state-changing request that carries a cookie was sent by our own pages. Decides on Sec-Fetch-Site and Origin;
// requests with an API key need no such proof, for no browser adds that header by itself.
import { Problem } from '@peyvand/core/base/problem.ts'

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A problem when another site made the caller's browser send this. `base` is the public address, if one is set. */
export function checkOrigin(
  request: { readonly method: string; readonly headers: Pick<Headers, 'get'> },
  base: string | undefined,
): Problem | undefined {
  if (reading.has(request.method)) return undefined
  const site = request.headers.get('sec-fetch-site')
  if (site === 'same-origin' || site === 'none') return undefined
  const origin = request.headers.get('origin')
  // Neither header: not a browser of today. A cookie that such a program holds was given to it by its owner.
  if (origin === null) return site === null ? undefined : foreign()
  const host = URL.canParse(origin) ? new URL(origin).host : undefined
  const own = [request.headers.get('host'), base === undefined ? undefined : new URL(base).host]
  return host !== undefined && own.includes(host) ? undefined : foreign()
}

function foreign(): Problem {
  return new Problem('access.denied', { detail: 'The request was sent from another site' })
}
