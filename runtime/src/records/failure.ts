// What a failed statement means to the caller: SQLSTATEs become problems that name fields and keys, never values, tables
// or SQL. What is not listed here is our own fault and stays an error.
import { namedWire, readableWire } from '@peyvand/core/access/field.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { target } from '@peyvand/core/plan/target.ts'
import type { Context } from '../context.ts'
import { DatabaseError, isModelChanged } from '../db/error.ts'
import type { Platform } from '../platform.ts'

export type Doing = 'read' | 'create' | 'update' | 'delete'

const timedOut = new Set(['57014', '25P03'])
const unavailable = /^(08|53|57P)/
const badValue = new Set([
  '22001',
  '22003',
  '22007',
  '22008',
  '22P02',
  '22P03',
  '22P05',
  '22021',
  '22023',
  '22012',
  '2202E',
  '22026',
  '22P06',
  '2201B',
  '22025',
])
const tooComplex = new Set(['54000', '54001', '54011', '54023'])

/** The problem a failed statement stands for, or undefined when the failure is not the caller's. */
export function problemOf(
  thrown: unknown,
  doing: Doing,
  { model, actor }: Pick<Context, 'model' | 'actor'>,
  entity: Entity | undefined,
): Problem | undefined {
  if (thrown instanceof Problem) return thrown
  if (!(thrown instanceof DatabaseError)) return undefined
  const { code } = thrown
  const known = entity && namedWire(model, actor, entity.id).properties
  const column = thrown.column !== undefined && known?.has(thrown.column) === false ? undefined : thrown.column
  if (code === '23505') {
    // What is written beside the record, by a merge or a cascade, has keys of its own.
    const holder = (thrown.table === undefined ? undefined : model.entities.get(thrown.table)) ?? entity
    const told = duplicate((holder && violatedKey(thrown, model, holder)) ?? ['id'], { model, actor }, holder)
    return holder === undefined || holder.id === entity?.id ? told : elsewhere(told, holder)
  }
  if (code === '23503' || code === '23001')
    return doing === 'delete' ? stillReferenced(thrown, model) : missingReference(thrown, model, entity)
  if (code === '23502')
    return new Problem('check.required', { detail: `"${column ?? ''}" must have a value`, ...at(column) })
  if (code === '23514')
    return new Problem('check.invalid', { detail: 'A value is outside of what the field allows', ...at(column) })
  if (timedOut.has(code))
    return new Problem('limit.time', {
      detail: 'The database took too long',
      hint: 'Narrow the filter, sort by an indexed field or ask for fewer records',
    })
  if (badValue.has(code))
    return new Problem(doing === 'read' ? 'request.type' : 'check.invalid', {
      detail: 'A value is outside of what the database can hold or compare',
    })
  if (tooComplex.has(code)) return new Problem('limit.depth', { detail: 'The query is too complex' })
  if (code === '55P03' || code === '40P01' || code === '40001')
    return new Problem('conflict.locked', { detail: 'Someone else is changing this right now', hint: 'Try again' })
  if (unavailable.test(code))
    return new Problem('internal.unavailable', { detail: 'The database is not available right now' })
  return undefined
}

/**
 * Runs work on the context's model. When a statement fails in a way a newer schema explains, the whole preparation is done
 * again on the newest model, at most twice. throws: Problem for what the caller caused, else the error itself.
 */
export async function onNewestModel<T>(
  platform: Platform,
  context: Context,
  doing: Doing,
  entity: string | undefined,
  work: (context: Context) => Promise<T>,
): Promise<T> {
  let current = context
  for (let retries = 0; ; retries++) {
    try {
      return await work(current)
    } catch (thrown) {
      if (retries < 2 && isModelChanged(thrown)) {
        const model = await platform.refresh()
        if (model.revision !== current.model.revision) {
          current = { ...context, model }
          continue
        }
      }
      throw (
        problemOf(thrown, doing, current, entity === undefined ? undefined : current.model.entities.get(entity)) ??
        thrown
      )
    }
  }
}

/** Columns of the key that a failed statement violated, sorted; undefined when it failed otherwise. */
export function violatedKey(thrown: unknown, model: Model, entity: Entity): readonly string[] | undefined {
  if (!(thrown instanceof DatabaseError) || thrown.code !== '23505') return undefined
  const index = target(model)
    .get(entity.id)
    ?.indexes.find(({ name }) => name === thrown.constraint)
  if (index === undefined) return ['id']
  const kept = new Map([...wireOf(model, entity).properties.values()].map(({ name, stored }) => [stored, name]))
  return index.columns.map((column) => kept.get(column) ?? column).sort()
}

/** Of a key with a field that the caller may not read in clear no more is told than that it is taken. */
function duplicate(
  columns: readonly string[],
  { model, actor }: Pick<Context, 'model' | 'actor'>,
  entity: Entity | undefined,
): Problem {
  const known = entity && readableWire(model, actor, entity.id).properties
  if (known !== undefined && !columns.every((name) => known.has(name)))
    return new Problem('conflict.duplicate', { detail: 'A record with the same key exists already' })
  const names = columns.join(', ')
  return new Problem('conflict.duplicate', {
    detail: `A record with the same ${names} exists already`,
    target: names,
    pointer: pointer(columns[0]!),
    params: { key: names },
  })
}

/** A double that is not of the record that was asked for: a pointer into the request would lead nowhere. */
function elsewhere({ message, params }: Problem, { entitySet }: Entity): Problem {
  return new Problem('conflict.duplicate', { detail: `In "${entitySet}": ${message}`, target: entitySet, params })
}

function missingReference(error: DatabaseError, model: Model, entity: Entity | undefined): Problem {
  const foreignKey =
    entity &&
    target(model)
      .get(entity.id)
      ?.foreignKeys.find(({ name }) => name === error.constraint)
  if (foreignKey === undefined) return new Problem('check.reference', { detail: 'A referenced record does not exist' })
  return new Problem('check.reference', {
    detail: `The record that "${foreignKey.column}" refers to does not exist`,
    ...at(foreignKey.column),
  })
}

function stillReferenced(error: DatabaseError, model: Model): Problem {
  const entity = error.table === undefined ? undefined : model.entities.get(error.table)
  if (entity === undefined) return new Problem('conflict.reference')
  return new Problem('conflict.reference', {
    detail: `Records of "${entity.entitySet}" still refer to this one`,
    target: entity.entitySet,
    hint: 'Delete or change them first',
  })
}

function at(field: string | undefined): { target?: string; pointer?: string } {
  return field === undefined ? {} : { target: field, pointer: pointer(field) }
}
