// Whether an expression in a definition (a filter, a row rule) can be read and bound to its entity.
import { Problem } from '@peyvand/core/base/problem.ts'
import { bindExpression } from '@peyvand/core/expression/bind.ts'
import { parseCel } from '@peyvand/core/expression/parse-cel.ts'
import type { CheckExpression } from '@peyvand/core/model/kind.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'

/** The problem of a CEL condition over an entity, or undefined. */
export const checkExpression: CheckExpression = (text, entity, model, use) => {
  const syntax = parseCel(text)
  if (syntax instanceof Problem) return syntax
  const root = model.entities.get(entity)
  if (root === undefined) return undefined
  const wire = (id: string) => wireOf(model, model.entityById.get(id)!)
  const people = use === 'rule' ? model.entities.get('user') : undefined
  const asker = people && { asker: wireOf(model, people) }
  const bound = bindExpression(syntax, { root: wireOf(model, root), wire, ...asker }, 'boolean')
  return bound instanceof Problem ? bound : undefined
}
