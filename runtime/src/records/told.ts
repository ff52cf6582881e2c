// Noting who was told which records, of entities whose reads are kept: one event for each such entity and answer, written before
// the answer goes out. Decides what of an answer is kept: ids, never values, and nothing of what was looked for.
import { isJsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { note } from '../audit/note.ts'
import type { Context } from '../context.ts'

/** An answer: its JSON text, or the same parsed; and where it was asked for. */
export interface Answer {
  readonly body: string | JsonValue | undefined
  /** The address below the service root; only its first name is kept. */
  readonly path?: string
  /** The field whose content goes out beside what the answer says. */
  readonly content?: string
  /** Name of the webhook it goes to, or went to. */
  readonly webhook?: string
}

/** Ids that one event names at most; the rest is only counted. */
const mostIds = 5_000

/** Notes that an answer told of these entities. throws: when it cannot be written down, so that nothing is answered. */
export async function noteRead(
  context: Context,
  entities: readonly Entity[],
  { body, path, content, webhook }: Answer,
): Promise<void> {
  const { actor, database, schema, requestId } = context
  if (actor.system === true) return
  const value = typeof body === 'string' ? parsed(body) : (body ?? null)
  const ids = idsIn(value)
  if (value === null) return
  for (const entity of entities)
    await note(
      { database, schema },
      {
        kind: 'read',
        outcome: 'accepted',
        actor: actor.user,
        via: actor.via,
        entity: entity.id,
        records: ids.slice(0, mostIds),
        request: requestId,
        detail: {
          at: /^\w*/.exec(path ?? '')![0],
          ids: ids.length,
          ...(content === undefined ? {} : { content }),
          ...(webhook === undefined ? {} : { webhook }),
        },
      },
    )
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}

/** Every id in an answer, of whatever it shows. */
function idsIn(value: JsonValue): string[] {
  const found = new Set<string>()
  const walk = (each: JsonValue): void => {
    if (Array.isArray(each)) return each.forEach(walk)
    if (!isJsonObject(each)) return
    const { id } = each
    if (typeof id === 'string' && isUuid(id)) found.add(id)
    for (const inner of Object.values(each)) if (typeof inner === 'object') walk(inner)
  }
  walk(value)
  return [...found]
}
