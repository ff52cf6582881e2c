// What one person may do under two sets of rights: which records they gain or lose, as conditions over the records, and which
// fields and abilities. Counting is the runtime's work.
import { sql, type Sql } from '../expression/fragment.ts'
import { toSql } from '../expression/sql.ts'
import type { Expression } from '../expression/tree.ts'
import { rightsOf } from '../model/rights.ts'
import type { Entity, FieldOperation, Model, Operation } from '../model/model.ts'
import { newBuild, newFrame, scopeOf } from '../query/frame.ts'
import type { Actor } from './actor.ts'
import { opens, ruleOf } from './rule.ts'

/** Somebody's rights at one time; nobody's where there is no actor. */
export interface Holding {
  readonly model: Model
  readonly actor: Actor | undefined
}

/** Rights that are a matter of single records. */
export const recordRights = [
  'read',
  'write',
  'delete',
  'assign',
  'share',
  'append',
  'append_to',
  'export',
  'run',
] as const satisfies readonly Operation[]

/** Rights that are asked of the entity as a whole. */
export const entityRights = ['create', 'import', 'bulk'] as const satisfies readonly Operation[]

/** The records somebody may do something to: all, none, or those of a condition over the alias `"t0"`. */
export type Extent = 'all' | 'none' | Sql

/** What an operation reaches of the records of an entity: what cannot be seen cannot be worked with. */
export function extentOf({ model, actor }: Holding, entity: Entity, operation: Operation, schema: string): Extent {
  if (actor === undefined) return 'none'
  const rules = [...new Set(['read', operation] as const)].map((right) => ruleOf(model, actor, entity, right))
  if (rules.includes(undefined)) return 'none'
  const conditions = rules.filter((rule): rule is Expression => rule !== null && rule !== undefined)
  if (conditions.length === 0) return 'all'
  const build = newBuild(model, schema, new Map())
  const frame = newFrame(build, entity.id)
  return conditions
    .map((condition) => sql`(${toSql(condition, scopeOf(build, [frame], 'all'), true)})`)
    .reduce((one, other) => sql`${one} and ${other}`)
}

/** How a field stands to somebody. */
export type Standing = 'open' | 'masked' | 'closed'

export interface FieldChange {
  readonly entity: string
  readonly field: string
  readonly doing: FieldOperation
  readonly before: Standing
  readonly after: Standing
}

/** The fields that open or close to somebody, of entities that they may work with before and after. */
export function fieldChanges(before: Holding, after: Holding): FieldChange[] {
  return pairsOf(before.model, after.model).flatMap(([was, is]) => {
    const doings = (['read', 'create', 'update'] as const).filter(
      (doing) => isAble(before, was, operationOf(doing)) && isAble(after, is, operationOf(doing)),
    )
    return is.fields.flatMap((field) => {
      if (!was.fields.some(({ name }) => name === field.name)) return []
      return doings.flatMap((doing): FieldChange[] => {
        const [from, to] = [standing(before, was, field.name, doing), standing(after, is, field.name, doing)]
        return from === to ? [] : [{ entity: is.name, field: field.name, doing, before: from, after: to }]
      })
    })
  })
}

/** The same entities on both sides, by id. */
export function pairsOf(before: Model, after: Model): (readonly [Entity, Entity])[] {
  return [...before.entities.values()].flatMap((was) => {
    const is = after.entityById.get(was.id)
    return is === undefined || was.intersect === true ? [] : [[was, is] as const]
  })
}

function standing({ model, actor }: Holding, entity: Entity, field: string, doing: FieldOperation): Standing {
  const { hidden, locked, unset, masks } = rightsOf(model, actor!, entity)
  if (hidden.has(field)) return 'closed'
  if (doing === 'read') return masks.has(field) ? 'masked' : 'open'
  return (doing === 'update' ? locked : unset).has(field) ? 'closed' : 'open'
}

/** What reading, setting or changing a field is done by. */
function operationOf(doing: FieldOperation): Operation {
  return doing === 'update' ? 'write' : doing
}

/** Whether somebody may do what is asked of the entity as a whole. */
export function isAble({ model, actor }: Holding, entity: Entity, operation: Operation): boolean {
  return actor !== undefined && opens(model, actor, entity, operation)
}
