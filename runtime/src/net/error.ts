// Why a call to another server failed, and how much of that is told: who may not administer learns that it failed and nothing
// else, for the difference between refused, closed and silent is a map of the network behind us.
import { Problem } from '@peyvand/core/base/problem.ts'

export type OutgoingReason = 'refused' | 'unreachable' | 'late' | 'large' | 'redirects'

/** A call that came to nothing. */
export class OutgoingError extends Error {
  readonly reason: OutgoingReason

  constructor(reason: OutgoingReason, message: string) {
    super(message)
    this.name = 'OutgoingError'
    this.reason = reason
  }
}

/** What a caller is told of a call that failed. `knows`: they administer this installation. */
export function outgoingProblem(thrown: unknown, knows: boolean): Problem {
  if (!knows || !(thrown instanceof OutgoingError))
    return new Problem('internal.unavailable', {
      detail: 'The other server could not be called',
      hint: 'An administrator can see why',
    })
  return new Problem('internal.unavailable', {
    detail: thrown.message,
    hint: thrown.reason === 'refused' ? 'What lies inside is named in OUTGOING_ALLOW' : 'Try again in a moment',
  })
}
