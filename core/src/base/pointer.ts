// JSON pointers (RFC 6901). Decides how a place inside a document is written, and how a problem moves into a larger one.
import { Problem } from './problem.ts'

/** The pointer made of these parts: `/entity/vehicle/fields/3`. */
export function pointer(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The same problem, seen from the document that `prefix` leads into. */
export function within(prefix: string, problem: Problem): Problem {
  return moved(problem, (place) => prefix + place)
}

/** The same problem with its pointer, and those of the problems in it, led elsewhere. */
export function moved(problem: Problem, lead: (pointer: string) => string): Problem {
  return new Problem(problem.code, {
    detail: problem.message,
    pointer: lead(problem.pointer ?? ''),
    position: problem.position,
    target: problem.target,
    hint: problem.hint,
    problems: problem.problems.map((inner) => moved(inner, lead)),
    params: problem.params,
  })
}
