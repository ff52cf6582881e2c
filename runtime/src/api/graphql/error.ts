// Problems as GraphQL errors: the sentence for people in `message`, our code and all that says where and what to do in
// `extensions`. What GraphQL itself finds wrong (an unknown field, a missing variable) gets one of our codes too.
import { GraphQLError } from 'graphql'
import { Problem, type ProblemCode } from '@peyvand/core/base/problem.ts'
import { observeError } from '../../observe.ts'
import { problemDetails } from '../problem.ts'

/** The error for anything that was thrown. Nothing of our own faults is told. */
export function errorOf(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown
  if (thrown instanceof Problem) return problemError(thrown)
  observeError('graphql', thrown)
  return problemError(new Problem('internal.unexpected'))
}

function problemError(problem: Problem): GraphQLError {
  const {
    type: _type,
    title: _title,
    detail: _detail,
    ...extensions
  } = problemDetails(problem) as Record<string, unknown>
  return new GraphQLError(problem.message, { extensions })
}

/** The answer's form of an error. */
export function shownError(error: GraphQLError): object {
  const { originalError } = error
  // A value that a scalar refused comes as an error of its own inside.
  const known = originalError instanceof Problem ? problemError(originalError) : undefined
  const found = known ?? error
  const code: ProblemCode = 'request.malformed'
  const { locations, path } = error
  const extensions =
    found.extensions['code'] === undefined ? { status: 400, code: codeOf(error) ?? code } : found.extensions
  return {
    message: found.message,
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
    extensions,
  }
}

/** The code of what GraphQL's own rules say. */
function codeOf({ message }: GraphQLError): ProblemCode | undefined {
  if (message.startsWith('Syntax Error')) return 'request.syntax'
  if (/^(?:Cannot query field|Unknown |Variable "\$\w+" is not defined)|is not defined by type/.test(message))
    return 'request.unknown'
  if (/got invalid value|cannot represent|Expected value of type|of type .* used in position/.test(message))
    return 'request.type'
  return undefined
}

/** The status an answer has that is nothing but errors. */
export function statusOf(errors: readonly GraphQLError[]): number {
  const status = errors[0]?.extensions['status']
  return typeof status === 'number' ? status : 400
}
