// Which methods an address allows: 405 with `Allow`, and the answer to OPTIONS.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { DataRequest } from '../data.ts'
import { problemAnswer } from '../problem.ts'

export const readMethods = ['GET', 'HEAD']

/** The answer to a method that is not allowed (or OPTIONS); undefined when it is. */
export function only({ method, version }: DataRequest, allowed: readonly string[]): Response | undefined {
  if (allowed.includes(method)) return undefined
  const allow = [...new Set([...allowed, 'OPTIONS'])].join(', ')
  if (method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow, 'odata-version': version } })
  const problem = new Problem('request.method', {
    detail: `${method} is not allowed here`,
    target: 'method',
    hint: `Allowed: ${allow}`,
  })
  return problemAnswer(problem, 'odata', { allow, 'odata-version': version })
}
