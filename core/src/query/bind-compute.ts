// `$compute` → values by name. A later one may use an earlier one; each use of a name is a copy of its expression, which the
// budget of copies bounds.
import { Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import type { Scope } from '../expression/scope.ts'
import type { ComputeSyntax } from './syntax.ts'
import type { BoundComputed } from './tree.ts'

/** Binds computed values; `scope` may know earlier ones. throws: Problem */
export function bindComputes(values: readonly ComputeSyntax[], scope: Scope): BoundComputed[] {
  const bound: BoundComputed[] = []
  for (const { value, name, position } of values) {
    const inner = computedScope(scope, bound)
    if (inner.computed?.has(name) || isTaken(name, scope))
      throw new Problem('request.malformed', {
        detail: `"${name}" is there already`,
        target: scope.target,
        position,
        hint: 'Choose another name behind "as"',
      })
    const expression = bindExpression(value, inner)
    if (expression instanceof Problem) throw expression
    bound.push({ name, value: expression })
  }
  return bound
}

function isTaken(name: string, { root, closed }: Scope): boolean {
  return closed !== true && (root.shown.has(name) || root.navigations.has(name))
}

/** The scope in which computed values are names too. */
export function computedScope(scope: Scope, values: readonly BoundComputed[]): Scope {
  if (values.length === 0) return scope
  return {
    ...scope,
    computed: new Map([...(scope.computed ?? []), ...values.map(({ name, value }) => [name, value] as const)]),
  }
}
