// Several prepared writes of one kind as one statement. What each of them may do was judged when it was prepared; the statement
// asks the rest of the database for all of them and does those that nothing stands against (query/write-gathered.ts).
import { render } from '../expression/fragment.ts'
import type { Model } from '../model/model.ts'
import type { Compiled } from '../query/tree.ts'
import { gatheredInsertSql, gatheredUpdateSql } from '../query/write-gathered.ts'
import { requestColumn } from '../query/write-many.ts'
import { inputName } from '../query/write-plan.ts'
import { writerOf } from './actor.ts'
import { cached, keep, newCache, type Cache } from './cache.ts'
import { valuesOf, type ReadyStatement } from './values.ts'
import type { Alike, Values } from './write.ts'

const plans = new WeakMap<Model, Cache<Compiled>>()

/** The statement of writes of the same kind, each of another record. Its rows are those of writes that were done, by id. */
export function gatherWrites(some: readonly Alike[], now: string): ReadyStatement {
  const { kind, write, plan } = some[0]!
  const { model, actor, operation, own } = write
  const creates = operation === 'create'
  let cache = plans.get(model)
  if (!cache) plans.set(model, (cache = newCache(500)))
  const compiled =
    cached(cache, kind) ??
    keep(
      cache,
      kind,
      render(creates ? gatheredInsertSql(plan(), new Set(Object.keys(own))) : gatheredUpdateSql(plan())),
    )
  const input: Record<string, unknown> = { records: JSON.stringify(some.map(recordOf)), '@writer': writerOf(actor) }
  if (creates) for (const name of Object.keys(own)) input[inputName('insert', name)] = own[name]
  const values = valuesOf(compiled.parameters, { literals: [], actor, now, input }) as unknown[]
  return { text: compiled.text, name: compiled.name, values }
}

/** What is a write's own: the id, its values and its request. */
function recordOf({ write: { id, operation, values, update, requestId } }: Alike): Values {
  return { id, ...(operation === 'create' ? values : update), [requestColumn.column]: requestId }
}
