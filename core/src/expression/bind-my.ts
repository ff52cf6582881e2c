// `my('contact.account')`: a value of the asker's own user record. Only rules of roles may ask it, for only what they ask is known
// of whoever asks (access/asked.ts); it comes into statements as a parameter.
import { propertyOf, problem, unknownName, walk, type Scope } from './scope.ts'
import type { Expression, Syntax } from './tree.ts'

/** Binds a value of the asker's own. throws: Problem */
export function bindMy({ args, position }: Extract<Syntax, { op: 'call' }>, scope: Scope): Expression {
  const { asker } = scope
  if (asker === undefined)
    throw problem('request.unknown', scope, position, '"my" is known in rules of roles only', 'Use me(), my_unit() …')
  const [path] = args
  if (args.length !== 1 || path?.op !== 'literal' || typeof path.value !== 'string' || path.slot !== undefined)
    throw problem('request.type', scope, position, '"my" takes a path over the record of a user', "Write my('contact')")
  const names = path.value.split('.')
  const last = names.at(-1)!
  const { wire } = walk(names.slice(0, -1), asker, scope, path.position)
  const property = propertyOf(wire, last)
  if (property === undefined) throw unknownName(wire, last, scope.target, path.position)
  return {
    op: 'call',
    function: 'my',
    args: [{ op: 'literal', kind: 'text', value: path.value }],
    kind: property.kind,
  }
}
