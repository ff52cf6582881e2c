// Which rollups a person means who names an entity, a field of it, or nothing.
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { rollupsIn, type Rollup } from '@peyvand/core/model/rollups.ts'

/** Names of an entity and one of its fields; all rollups without them. */
export interface RollupsNamed {
  readonly entity?: string
  readonly field?: string
}

/** The rollups of these names. throws: Problem. */
export function rollupsNamed(model: Model, { entity: name, field }: RollupsNamed): readonly Rollup[] {
  if (name === undefined) {
    if (field === undefined) return rollupsIn(model)
    throw new Problem('check.required', { detail: `Say which entity has the field "${field}"`, pointer: '/entity' })
  }
  const entity = model.entities.get(name)
  if (entity === undefined)
    throw new Problem('request.unknown', {
      detail: `There is no entity "${name}"`,
      hint: suggest(name, model.entities.keys()),
      pointer: '/entity',
    })
  const all = rollupsIn(model, entity.id)
  if (field === undefined) return all
  const one = all.filter((rollup) => rollup.field.name === field)
  if (one.length > 0) return one
  throw new Problem('request.unknown', {
    detail: `The entity "${name}" has no rollup "${field}"`,
    hint: suggest(
      field,
      all.map((rollup) => rollup.field.name),
    ),
    pointer: '/field',
  })
}
