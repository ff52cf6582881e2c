// What settings of computed fields speak of: the entity and kind of a formula's expression, and what a rollup can be made of.
import { wireOf } from '@peyvand/core/model/wire.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { types } from '@peyvand/core/types/index.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { labelOf } from '../texts/text.ts'
import { draft } from './draft.ts'
import type { FieldDefinition } from './edit.ts'
import type { Wanted } from './expression/check.ts'

/** The entity an expression of a field speaks of and what it must be; undefined while that is not known. */
export function expressionOver(
  name: string,
  field: FieldDefinition,
  entity: Entity,
): { readonly entity: Entity; readonly wanted: Wanted } | undefined {
  const type = types.get(field.type)
  const formula = name === 'expression' ? type?.formula?.(field as unknown as Field) : undefined
  const gathered =
    name === 'filter' && type?.rollup ? draft.model.entities.get(textIn(field, 'entity') ?? '') : undefined
  if (formula === undefined && gathered === undefined) return undefined
  void import('./expression/editor.ts')
  if (gathered) return { entity: gathered, wanted: condition }
  const { kind, scale, length } = formula!
  const key = `${kind} ${scale} ${length}`
  let wanted = formulas.get(key)
  if (!wanted) formulas.set(key, (wanted = { kind, formula: { scale, length } }))
  return { entity, wanted }
}

/** The same object each time, so that nothing is checked again without need. */
const condition: Wanted = { kind: 'boolean' }
const formulas = new Map<string, Wanted>()

/** Every entity, tables of links too. */
export function everyEntity(): { value: string; label: string; icon: string }[] {
  return [...draft.model.entities.values()].map(({ name, label, icon }) => ({
    value: name,
    label: labelOf(label, name),
    icon: icon ?? 'table',
  }))
}

/** What a rollup can be made of: entities, then the lookups and fields of the one it gathers. */
export function pickable(
  name: string,
  field: FieldDefinition,
  entity: Entity,
): { value: string; label: string; icon?: string }[] | undefined {
  if (types.get(field.type)?.rollup === undefined) return undefined
  const { model } = draft
  if (name === 'entity') return everyEntity()
  if (name !== 'via' && name !== 'field') return undefined
  const gathered = model.entities.get(textIn(field, 'entity') ?? '')
  // Besides the lookups that point here, the collections of records that are linked many with many.
  const linked = [...(model.entities.has(entity.name) ? wireOf(model, entity).navigations.values() : [])]
    .filter(({ hop, target }) => name === 'via' && hop !== undefined && target === gathered?.id)
    .map((one) => ({ value: one.name, label: one.name, icon: 'link' }))
  const own = (gathered?.fields ?? [])
    .filter((one) => name === 'field' || types.get(one.type)?.link?.(one).targets.includes(entity.name) === true)
    .map((one) => ({ value: one.name, label: labelOf(one.label, one.name), icon: types.get(one.type)?.icon }))
    .map(({ icon: picture, ...option }) => (picture === undefined ? option : { ...option, icon: picture }))
  return [...own, ...linked]
}
