// How a Problem leaves the building: the OData error envelope under /api/data, RFC 9457 everywhere else. Same codes in
// both. Whatever is thrown that is not a Problem becomes `internal.unexpected` without a word about its inside.
import { Problem } from '@peyvand/core/base/problem.ts'

/** Of more than so many problems the first are told; their number stands in the message. */
const mostProblems = 500

export type ProblemShape = 'odata' | 'problem'

/** The envelope a path speaks. */
export function shapeOf(path: string): ProblemShape {
  return path.startsWith('/api/data') ? 'odata' : 'problem'
}

/** A Problem for anything that was thrown. */
export function asProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem('internal.unexpected')
}

/** The answer for a problem: status, content type, body, and `Allow`, `Retry-After` or `WWW-Authenticate` where they belong. */
export function problemAnswer(problem: Problem, shape: ProblemShape, headers: Record<string, string> = {}): Response {
  const body = JSON.stringify(shape === 'odata' ? odataError(problem) : problemDetails(problem))
  const type = shape === 'odata' ? 'application/json' : 'application/problem+json'
  const extra: Record<string, string> = { 'content-type': type, 'cache-control': 'no-store', ...headers }
  if (shape === 'odata') extra['odata-version'] ??= '4.01'
  // What is left of a body that is too large is not waited for.
  if (problem.code === 'limit.size') extra['connection'] ??= 'close'
  if (problem.status === 401) extra['www-authenticate'] ??= 'Bearer'
  if (problem.status === 429 || problem.status === 503) extra['retry-after'] ??= '1'
  return new Response(body, { status: problem.status, headers: extra })
}

/** The OData envelope: `{"error":{code,message,target,details,innererror:{position,hint,pointer}}}`. */
export function odataError(problem: Problem): { error: object } {
  const details = problem.problems.slice(0, mostProblems).map((each) => ({
    code: each.code,
    message: each.message,
    target: targetOf(each),
    ...whole(inner(each)),
  }))
  return {
    error: {
      code: problem.code,
      message: problem.message,
      target: targetOf(problem),
      details: details.length > 0 ? details : undefined,
      ...whole(inner(problem)),
    },
  }
}

/** RFC 9457 members plus code, pointer, position, target, hint and the single problems. */
export function problemDetails(problem: Problem): object {
  return {
    type: `urn:peyvand:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    code: problem.code,
    detail: problem.message === problem.title ? undefined : problem.message,
    pointer: problem.pointer,
    position: problem.position,
    target: problem.target,
    hint: problem.hint,
    params: problem.params,
    problems:
      problem.problems.length > 0
        ? problem.problems.slice(0, mostProblems).map((each) => problemDetails(each))
        : undefined,
  }
}

function targetOf(problem: Problem): string | undefined {
  return problem.target ?? problem.pointer?.split('/').slice(1).join('/')
}

function inner(problem: Problem): object {
  return { position: problem.position, pointer: problem.pointer, hint: problem.hint, params: problem.params }
}

function whole(values: object): { innererror?: object } {
  return Object.values(values).some((value) => value !== undefined) ? { innererror: values } : {}
}
