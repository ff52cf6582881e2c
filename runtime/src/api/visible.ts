// Which records a caller may read, for those who are told of changes. Where rights do not depend on the row nothing is asked;
// else the caller's own trimmed query answers, so that there is no second idea of who sees what.
import { prepareRead, type ReadRow } from '@peyvand/core/access/read.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Context } from '../context.ts'

const mostAtOnce = 100

/** The records among these that the caller may read; `all` where every record of the entity is the caller's to read. */
export async function visibleRecords(
  context: Context,
  entityName: string,
  ids: readonly string[],
): Promise<ReadonlySet<string> | 'all'> {
  const { model, actor } = context
  const entity = model.entities.get(entityName)
  const rule = entity && ruleOf(model, actor, entity, 'read')
  if (rule === null) return 'all'
  const seen = new Set<string>()
  if (entity === undefined || rule === undefined) return seen
  for (let i = 0; i < ids.length; i += mostAtOnce)
    for (const id of await ask(context, entity.entitySet, ids.slice(i, i + mostAtOnce))) seen.add(id)
  return seen
}

async function ask(
  { model, actor, database, schema }: Context,
  entitySet: string,
  ids: readonly string[],
): Promise<string[]> {
  const query = `$select=id&$filter=${encodeURIComponent(`id in (${ids.join(',')})`)}`
  const read = prepareRead({
    model,
    actor,
    path: entitySet,
    query,
    pageSize: mostAtOnce,
    maxPageSize: mostAtOnce,
    schema,
  })
  if (read instanceof Problem) return []
  const { rows } = await database.query<ReadRow>(read.statement)
  return (JSON.parse(rows[0]?.body ?? '[]') as { id: string }[]).map(({ id }) => id)
}
