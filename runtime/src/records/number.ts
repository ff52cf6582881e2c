// Numbers from counters: each counter is a row that is counted up in the transaction of the record that takes the number, so
// there is no gap and no number twice. Decides how the next numbers are taken; how they look is the type's.
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Session } from '../db/database.ts'
import type { Values } from './input.ts'

const known = new WeakMap<Entity, readonly Field[]>()

function numbered(entity: Entity): readonly Field[] {
  let fields = known.get(entity)
  if (fields === undefined)
    known.set(entity, (fields = entity.fields.filter((field) => typeOf(field).counter !== undefined)))
  return fields
}

/** Whether records of an entity take numbers. */
export function takesNumbers(entity: Entity): boolean {
  return numbered(entity).length > 0
}

/** Whether a new record with these values takes a number. */
export function hasNumbers(entity: Entity, values: Values): boolean {
  return numbered(entity).some((field) => values[field.name] == null)
}

/** Gives each of the new records the numbers it does not bring itself. */
export async function fillNumbers(
  session: Session,
  schema: string,
  entity: Entity,
  records: readonly Values[],
): Promise<void> {
  const now = new Date()
  for (const field of numbered(entity)) {
    const open = records.filter((values) => values[field.name] == null)
    if (open.length === 0) continue
    const counter = typeOf(field).counter!(field, now)
    const text = `insert into "${schema}"."_counter" as "c" ("id", "value") values ($1::text, $2::bigint) on conflict ("id") do update set "value" = "c"."value" + excluded."value" returning "value"`
    const { rows } = await session.query<{ value: string }>({
      text,
      values: [`${field.id}/${counter.scope}`, open.length],
      name: 'peyvand_number',
    })
    const first = Number(rows[0]!.value) - open.length + 1
    open.forEach((values, i) => {
      values[field.name] = counter.print(first + i)
    })
  }
}
