// Which formulas are kept in a column of the table, and what that column is called. A formula that nobody looks for by an
// index or by words costs nothing to write and stays in the select; one that is indexed, unique, part of a key or searched is
// kept, which takes that nothing but the record itself decides what it gives.
import { hash48 } from '../base/hash.ts'
import { dependsOf, nodesIn, reaches } from '../expression/visit.ts'
import type { Expression } from '../expression/tree.ts'
import { typeOf } from '../types/index.ts'
import type { Entity, Field } from './model.ts'
import { isSearched } from './search.ts'

/** Physical name of the column of a kept formula: stable over renames. */
export function storedName(field: Field): string {
  return `_formula_${hash48(field.id)}`
}

/** What of the definition asks for the formula to be kept: the setting, for messages; undefined when nothing does. */
export function keptFor(entity: Entity, field: Field): 'indexed' | 'unique' | 'searchable' | 'key' | undefined {
  if (field['unique'] === true) return 'unique'
  if (field['indexed'] === true) return 'indexed'
  if (isSearched(entity, field)) return 'searchable'
  return entity.keys.some(({ fields }) => fields.includes(field.name)) ? 'key' : undefined
}

/** Whether what a formula gives is kept; `formula` is only asked for when the definition wants it. */
export function isKept(entity: Entity, field: Field, formula: () => Expression): boolean {
  return keptFor(entity, field) !== undefined && keepProblem(formula()) === undefined
}

/** Why what an expression gives cannot be kept beside the record; undefined when it can. */
export function keepProblem(expression: Expression): string | undefined {
  const depends = dependsOf(expression)
  if (depends) return `depends on ${depends === 'moment' ? 'the time' : 'who asks'}`
  if (reaches(expression)) return 'reads other records'
  const moving = movingField(expression)
  return moving === undefined ? undefined : `reads "${moving}", which changes without the record being written`
}

/** Lookups are cleared by the database when their record goes; version and unit follow from the write itself. */
function movingField(expression: Expression): string | undefined {
  for (const node of nodesIn(expression)) {
    if (node.op !== 'property') continue
    const { field, formula, name } = node.property
    const moving = formula === undefined ? (isMoving(field) ? name : undefined) : movingField(formula)
    if (moving !== undefined) return moving
  }
  return undefined
}

function isMoving(field: Field): boolean {
  return typeOf(field).link !== undefined || (field.system === true && field.name === 'version')
}
