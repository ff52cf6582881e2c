// The one error value: in HTTP answers, forms, plans and workflows alike (RFC 9457 with code, pointer, hint, problems).
// The table below is the closed list of codes; nothing else in the product invents one.

/** Every problem code with its HTTP status and its title. The family is the part before the dot. */
export const problemCodes = {
  'request.malformed': { status: 400, title: 'The request is malformed' },
  'request.syntax': { status: 400, title: 'An expression or query option cannot be read' },
  'request.unknown': { status: 400, title: 'A name in the request is not known' },
  'request.type': { status: 400, title: 'A value has the wrong type' },
  'request.unsupported': { status: 501, title: 'This is not supported' },
  'request.precondition': { status: 412, title: 'What the request depends on cannot be promised' },
  'request.method': { status: 405, title: 'This method is not allowed here' },
  'request.accept': { status: 406, title: 'This content type cannot be answered' },
  'request.media': { status: 415, title: 'This content type is not accepted' },
  'request.range': { status: 416, title: 'There is no such part' },
  'auth.required': { status: 401, title: 'Sign in first' },
  'auth.invalid': { status: 401, title: 'The credentials are not valid' },
  'auth.factor': { status: 403, title: 'A second factor is needed' },
  'auth.stale': { status: 403, title: 'Confirm that it is you' },
  'access.denied': { status: 403, title: 'You may not do this' },
  'missing.record': { status: 404, title: 'There is no such record' },
  'missing.path': { status: 404, title: 'There is nothing at this address' },
  'missing.changes': { status: 410, title: 'The changes since then are not known any more' },
  'missing.definition': { status: 404, title: 'There is no such definition' },
  'conflict.duplicate': { status: 409, title: 'A record with this key exists already' },
  'conflict.reference': { status: 409, title: 'Other records still refer to this one' },
  'conflict.revision': { status: 409, title: 'The model has changed in the meantime' },
  'conflict.version': { status: 409, title: 'A record has changed since it was looked at' },
  'conflict.stale': { status: 412, title: 'The record was changed by someone else' },
  'conflict.dependency': { status: 424, title: 'Something this depends on failed' },
  'conflict.held': { status: 409, title: 'A legal hold forbids this' },
  'conflict.locked': { status: 409, title: 'This is in use right now' },
  'check.invalid': { status: 422, title: 'Some values are not valid' },
  'check.required': { status: 422, title: 'A required value is missing' },
  'check.reference': { status: 422, title: 'A referenced record does not exist' },
  'check.definition': { status: 422, title: 'The definition is not valid' },
  'limit.size': { status: 413, title: 'The request is too large' },
  'limit.depth': { status: 400, title: 'The request is nested too deeply' },
  'limit.rate': { status: 429, title: 'Too many requests' },
  'limit.cost': { status: 413, title: 'The query costs too much' },
  'limit.time': { status: 413, title: 'The request took too long' },
  'plan.blocked': { status: 422, title: 'The change cannot be applied' },
  'plan.changed': { status: 409, title: 'The plan is not the one that was reviewed' },
  'plan.confirm': { status: 422, title: 'The change loses data and needs a reviewed plan' },
  'plan.undo': { status: 409, title: 'The change cannot be undone' },
  'plugin.failed': { status: 500, title: 'A plugin failed' },
  'script.failed': { status: 422, title: 'A script failed' },
  'step.failed': { status: 422, title: 'A workflow step failed' },
  'internal.unexpected': { status: 500, title: 'Something went wrong on our side' },
  'internal.unavailable': { status: 503, title: 'The service is not available right now' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof problemCodes

export interface ProblemDetails {
  /** What happened here, in one sentence for the person who caused it. */
  readonly detail?: string
  /** JSON pointer (RFC 6901) into the body or definition that was sent. */
  readonly pointer?: string
  /** 0-based character position in the text named by `target`. */
  readonly position?: number
  /** What was looked at: a query option, a field, a row. */
  readonly target?: string
  /** What to do about it. */
  readonly hint?: string
  /** The single problems, when several were found at once. */
  readonly problems?: readonly Problem[]
  /** Values for a translated message; never record values. */
  readonly params?: Readonly<Record<string, string | number>>
}

/** The one error value. Expected failure is returned; it is thrown only at the border of a stage. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly title: string
  readonly pointer?: string
  readonly position?: number
  readonly target?: string
  readonly hint?: string
  readonly problems: readonly Problem[]
  readonly params?: Readonly<Record<string, string | number>>

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    const { status, title } = problemCodes[code]
    super(details.detail ?? title)
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.title = title
    this.pointer = details.pointer
    this.position = details.position
    this.target = details.target
    this.hint = details.hint
    this.problems = details.problems ?? []
    this.params = details.params
  }
}

/** One problem from many: itself when there is one, else a summary that carries all. */
export function gather(code: ProblemCode, problems: readonly Problem[], detail?: string): Problem {
  const only = problems.length === 1 ? problems[0] : undefined
  return only ?? new Problem(code, { detail: detail ?? `${problems.length} problems were found`, problems })
}

/** The value itself; a problem in its place is thrown. For the border of a stage. throws: Problem */
export function must<T>(value: T | Problem): T {
  if (value instanceof Problem) throw value
  return value
}
