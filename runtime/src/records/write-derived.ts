// A change from which other values of the record follow: they are worked out from what is stored, so the record must still be that
// when it is written. What follows from what is derive.ts's.
import { createHash } from 'node:crypto'
import type { Written } from '@peyvand/core/access/write.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { seenOf } from './cascade/allowed.ts'
import { writeOne, type Write, type WriteOptions } from './write-one.ts'

/** The tag of no record: the one that comes about meanwhile is another one. */
const noVersion = '"0"'

const isAny = (ifMatch: string | undefined) => ifMatch === undefined || ifMatch.trim() === '*'

/** Writes such a change, once more when another one comes in between. `wanted`: the columns it takes. throws: Problem */
export async function writeDerived(
  platform: Platform,
  context: Context,
  entity: Entity,
  write: Write,
  wanted: readonly string[],
  options: WriteOptions,
): Promise<Written> {
  for (let tries = 0; ; tries++) {
    const stored = await storedValues(context, entity, write.id, wanted)
    // Of a record that the caller does not see nothing is worked out: what is said against the change is said all the same.
    const known =
      stored === undefined
        ? { ...options, ifMatch: noVersion, asGiven: true }
        : { ...options, ifMatch: isAny(options.ifMatch) ? `"${stored.version}"` : options.ifMatch }
    try {
      return await writeOne(platform, context, entity, { ...write, values: { ...write.values } }, known, stored?.values)
    } catch (thrown) {
      if (!isAny(options.ifMatch) || tries >= 3 || !(thrown instanceof Problem) || thrown.code !== 'conflict.stale')
        throw thrown
    }
  }
}

/** Stored values the server needs to work out others, closed ones too; undefined when the record is not there for the caller. */
async function storedValues(
  context: Context,
  entity: Entity,
  id: Id,
  columns: readonly string[],
): Promise<{ version: string; values: Record<string, Value> } | undefined> {
  if ((await seenOf(context, entity, [id])) === 0) return undefined
  const names = [...columns, 'version'].map((name) => `"${name}"::text as "${name}"`).join(', ')
  const text = `select ${names} from "${context.schema}"."${entity.name}" where "id" = $1::uuid`
  // Named by all of its text: cut to length, two sets of columns could share a name.
  const name = `stored_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`
  const { rows } = await context.database.query<Record<string, string | null>>({ text, values: [id], name })
  const row = rows[0]
  if (row === undefined) return undefined
  const { version, ...values } = row
  return { version: version!, values }
}
