// One chunk of records inside of a transaction: created by few statements where rights allow it, else written by single ones that
// go out together.
import { prepareCreateMany } from '@peyvand/core/access/write-many.ts'
import { prepareWrite, type WriteRow } from '@peyvand/core/access/write.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { touchedRollups } from '@peyvand/core/model/rollups.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'
import { holdsFiles, takeFiles } from '../attach.ts'
import { derives } from '../derive.ts'
import { fillNumbers, takesNumbers } from '../number.ts'
import type { Touched } from '../rollup.ts'
import { followStored } from './follow.ts'
import type { Item } from './item.ts'

/** What was wrong with each item; the others are written. */
export async function writeChunk(
  session: Session,
  context: Context,
  entity: Entity,
  given: readonly Item[],
  touched: Touched,
): Promise<(Problem | undefined)[]> {
  // Copies where values come in: when the transaction is tried again or in halves, numbers are others.
  const completes = takesNumbers(entity) || holdsFiles(entity) || derives(entity)
  const items = completes ? given.map((item) => ({ ...item, values: { ...item.values } })) : given
  const creates = items.filter(({ operation }) => operation === 'create')
  await fillNumbers(
    session,
    context.schema,
    entity,
    creates.map(({ values }) => values),
  )
  const problems = new Map<Item, Problem>(await takeFiles(session, context, entity, items))
  for (const [item, problem] of await followStored(session, context, entity, items)) problems.set(item, problem)
  const sound = (item: Item) => !problems.has(item)
  const together = await createTogether(session, context, entity, creates.filter(sound), touched)
  const single = (together === undefined ? items : items.filter(({ operation }) => operation !== 'create')).filter(
    sound,
  )
  for (const [item, problem] of together ?? []) problems.set(item, problem)
  await Promise.all(
    single.map(async (item) => {
      const problem = await writeOne(session, context, entity, item, touched)
      if (problem) problems.set(item, problem)
    }),
  )
  return items.map((item) => problems.get(item))
}

/** Creates records by few statements; gives those that were left out, or undefined when they have to come one by one. */
async function createTogether(
  session: Session,
  { model, actor, schema, requestId }: Context,
  entity: Entity,
  items: readonly Item[],
  touched: Touched,
): Promise<Map<Item, Problem> | undefined> {
  const prepared = prepareCreateMany({
    model,
    actor,
    entity,
    schema,
    requestId,
    now: new Date().toISOString(),
    records: items,
  })
  if (prepared === undefined) return undefined
  const problems = [...prepared.refused]
  const over = touchedRollups(model, entity, 'create', [])
  for (const each of prepared.statements) {
    problems.push(...each.problems((await session.query<WriteRow>(each.statement)).rows))
    for (const record of over.length > 0 ? each.records : []) touched.add(over, record)
  }
  return new Map(problems.map(([place, problem]) => [items[place]!, problem]))
}

async function writeOne(
  session: Session,
  { model, actor, schema, requestId }: Context,
  entity: Entity,
  { operation, id, chosen, values, given, ifMatch }: Item,
  touched: Touched,
): Promise<Problem | undefined> {
  const now = new Date().toISOString()
  const prepared = prepareWrite({
    model,
    actor,
    schema,
    requestId,
    now,
    operation,
    entity,
    id,
    chosen,
    values,
    given,
    ifMatch,
    returning: 'nothing',
  })
  if (prepared instanceof Problem) return prepared
  const { rows } = await session.query<WriteRow>(prepared.statement)
  const written = prepared.outcome(rows[0])
  if (written instanceof Problem) return written
  touched.addRow(touchedRollups(model, entity, operation, Object.keys(values)), rows[0]!)
  return undefined
}
