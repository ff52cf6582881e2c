// What the importer needs of the records: finding many by a value, creating many, changing many — all with the caller's
// rights, each in as few statements as there are batches. Kept apart so that run.ts reads as the story of an import.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Value, ValueKind } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import type { Context } from '../../context.ts'
import { may } from '@peyvand/core/access/grant.ts'
import type { Platform } from '../../platform.ts'
import { writeItems } from '../bulk.ts'
import { newId } from '../id.ts'
import { selectPage, selecting } from '../select.ts'

export type Values = Readonly<Record<string, Value>>

/** Values by column; `given` are those the file gave, without defaults. */
export interface Writing {
  readonly values: Values
  readonly given: readonly string[]
}

export interface Store {
  /** Records whose property (or path) has one of the values, with the wanted properties. Numbers come as their text. */
  find(
    entity: Entity,
    path: readonly string[],
    values: readonly string[],
    select: readonly (readonly string[])[],
  ): Promise<JsonObject[]>
  /** Creates records in one transaction; a Problem per record that failed, and then the others are there all the same. */
  create(entity: Entity, records: readonly (Writing & { readonly id?: string })[]): Promise<(string | Problem)[]>
  /** Changes records in one transaction, like create. */
  update(entity: Entity, changes: readonly (Writing & { readonly id: string })[]): Promise<(string | Problem)[]>
}

/** unit: records. More than this for one batch of lookups means that the matched field says nothing. */
const mostFound = 200_000

/** The records of a query "path in (values)", through the caller's rights. */
export async function findIn(
  context: Context,
  entity: Entity,
  path: readonly string[],
  values: readonly string[],
  select: readonly (readonly string[])[],
): Promise<JsonObject[]> {
  const kind = kindAt(context.model, entity, path)
  const items = values.map((value): Syntax => ({ op: 'literal', kind, value, position: 0 }))
  const where: Syntax = {
    op: 'call',
    name: 'in',
    args: [
      { op: 'path', names: path, position: 0 },
      { op: 'list', items, position: 0 },
    ],
    position: 0,
  }
  return (await selectPage(context, entity, { ...selecting(select), filter: where }, mostFound)).records
}

function kindAt(model: Model, entity: Entity, [name, ...rest]: readonly string[]): ValueKind {
  const wire = wireOf(model, entity)
  if (rest.length === 0) return wire.properties.get(name!)!.kind
  return kindAt(model, model.entityById.get(wire.navigations.get(name!)!.target)!, rest)
}

/** The records of the platform, as the caller may read and write them. throws: Problem when the caller may not import. */
export function openStore(platform: Platform, context: Context, entity: Entity): Store {
  if (!may(context.model, context.actor, entity, 'import'))
    throw new Problem('access.denied', { detail: `You may not import "${entity.entitySet}"`, target: entity.entitySet })
  return {
    find: (...asked) => findIn(context, ...asked),
    create: (of, records) =>
      writeAll(
        platform,
        context,
        of,
        'create',
        records.map((each) => ({ ...each, id: each.id ?? newId() })),
      ),
    update: (of, changes) => writeAll(platform, context, of, 'update', changes),
  }
}

type Item = Writing & { readonly id: string }

/** Writes records row by row: one that fails leaves the others alone. */
async function writeAll(
  platform: Platform,
  context: Context,
  entity: Entity,
  operation: 'create' | 'update',
  items: readonly Item[],
): Promise<(string | Problem)[]> {
  const copies = items.map(({ id, values, given }) => ({ operation, id, values: { ...values }, given }))
  const outcomes = await writeItems(platform, context, entity, copies, false)
  return outcomes.map((each) => (each instanceof Problem ? each : each.id))
}
