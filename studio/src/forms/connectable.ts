// Which records can be connected; small, so that a form knows before the panel is loaded.
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { current } from '../data/model.ts'

/** The entities a record of that kind can be connected with; undefined where connections do not lead to it. */
export function connectable(entity: Entity): readonly Entity[] | undefined {
  const field = current()
    .entities.get('connection')
    ?.fields.find(({ name }) => name === 'record2')
  const targets = field && targetsOf(field)
  if (!targets?.includes(entity.name) || !current().rights.get('connection')) return undefined
  return targets.flatMap((name) => current().entities.get(name) ?? [])
}

/** The entities a field of links leads to. */
export const targetsOf = (field: Field): readonly string[] => typeOf(field).link?.(field).targets ?? []
