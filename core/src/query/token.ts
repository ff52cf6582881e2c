// `$skiptoken`: where a page ended. Carries the sort values of its last record and how many records `$top` still allows,
// as opaque text; whoever changes it only moves a position inside what they may read anyway.
import { Problem } from '../base/problem.ts'

export interface PageToken {
  /** What is left of `$top`, when one was given. */
  readonly left: number | null
  readonly keys: readonly (string | null)[]
}

/** The token after a page. `keys` is the JSON list the statement gives in its column `next`. */
export function writeToken(left: number | null, keys: string): string {
  const bytes = new TextEncoder().encode(`[${left},${keys.slice(1)}`)
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Reads a token, or says that it is none of ours. */
export function readToken(text: string): PageToken | Problem {
  const broken = new Problem('request.malformed', {
    detail: 'The page token cannot be read',
    target: '$skiptoken',
    hint: 'Use @odata.nextLink as it was given',
  })
  if (!/^[\w-]{2,8000}$/.test(text)) return broken
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const parts: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))),
    )
    if (!Array.isArray(parts) || parts.length < 2 || parts.length > 12) return broken
    const [left, ...keys] = parts as unknown[]
    if (left !== null && !(Number.isSafeInteger(left) && (left as number) >= 0)) return broken
    if (!keys.every((key) => key === null || typeof key === 'string')) return broken
    return { left: left as number | null, keys }
  } catch {
    return broken
  }
}
