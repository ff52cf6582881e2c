// What people, teams, queues and units are called in an answer about access, as whoever asks may read them: others have no name.
import type { Named } from '@peyvand/core/answer/access.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { namesOf } from '../records/names.ts'

/** Names something of an entity. */
export type Naming = (entity: string, id: Id) => Named

const mostAtOnce = 100

/**
 * What `write` makes with the names of all that it names. It is called twice: once to learn what it names, which is then read
 * at once, and once to name it.
 */
export async function withNames<T>(platform: Platform, context: Context, write: (name: Naming) => T): Promise<T> {
  const wanted = new Map<string, Set<Id>>()
  write((entity, id) => {
    wanted.set(entity, (wanted.get(entity) ?? new Set()).add(id))
    return { id, name: null }
  })
  const names = new Map<Id, string>()
  for (const [entity, ids] of wanted) {
    const list = [...ids]
    for (let i = 0; i < list.length; i += mostAtOnce) {
      const found = await namesOf(platform, context, entity, list.slice(i, i + mostAtOnce))
      for (const [id, name] of Object.entries(found)) names.set(id, name)
    }
  }
  return write((_entity, id) => ({ id, name: names.get(id) ?? null }))
}
