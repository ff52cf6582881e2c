// Many records made, changed or upserted from bodies: which record each row means, and all problems of all rows. How they are
// written is write.ts's.
import { refusedChoice } from '@peyvand/core/access/permit.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import { within } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { onNewestModel } from '../failure.ts'
import { newId } from '../id.ts'
import { readInput } from '../input.ts'
import type { Meant } from '../key.ts'
import { allOf, type Item, type Outcome } from './item.ts'
import { meaningOf, noSuch, versionOf, type ManyOptions } from './meaning.ts'
import { writeItems } from './write.ts'

/** Creates (or changes, or upserts) records from bodies. throws: Problem with all problems when atomic. */
export function createMany(
  platform: Platform,
  context: Context,
  entityName: string,
  rows: readonly unknown[],
  options: ManyOptions,
): Promise<(Outcome | Problem)[]> {
  return onNewestModel(platform, context, 'create', entityName, async (current) => {
    const entity = current.model.entities.get(entityName)
    if (entity === undefined)
      throw new Problem('missing.path', { detail: `There is no entity "${entityName}" any more` })
    const meant = await meaningOf(current, entity, rows, options)
    const items = rows.map((row, i) => readItem(current, entity, row, options, meant === undefined ? 'new' : meant[i]))
    const outcomes = await writeItems(platform, current, entity, items, options.atomic).catch((thrown: unknown) => {
      throw thrown instanceof Problem ? within(options.pointer ?? '', thrown) : thrown
    })
    const problems = outcomes.flatMap((each, i) =>
      each instanceof Problem ? [within(`${options.pointer ?? ''}/${i}`, each)] : [],
    )
    if (options.atomic && problems.length > 0) throw allOf(problems)
    return outcomes.map((each, i) => (each instanceof Problem ? within(`${options.pointer ?? ''}/${i}`, each) : each))
  })
}

function readItem(
  context: Context,
  entity: Entity,
  row: unknown,
  { key, update }: ManyOptions,
  meant: Meant | 'new',
): Item | Problem {
  if (!isJsonObject(row)) return new Problem('request.malformed', { detail: 'A row is a JSON object', pointer: '' })
  if (meant instanceof Problem) return meant
  const ifMatch = meant === 'new' ? undefined : versionOf(row)
  if (meant === undefined && (update === true || ifMatch !== undefined)) return noSuch()
  const isNew = meant === undefined || meant === 'new'
  const own = isUuid(row['id']) ? row['id'] : undefined
  // Who does not see every record cannot make one by its id: whether it is hidden must not show.
  if (meant === undefined && key?.join() === 'id' && refusedChoice(context.model, context.actor, entity))
    return noSuch()
  const id = isNew ? own : meant
  const input = readInput(context, entity, row, isNew ? 'create' : 'update', id)
  if (input instanceof Problem) return input
  return isNew
    ? { operation: 'create', id: id ?? newId(), chosen: own !== undefined, ...input }
    : { operation: 'update', id: meant, ifMatch, ...input }
}
