// Who is told of records whose reads are kept by way of a webhook: the other server, each time a message is about to leave, and who
// looks at a delivery. Both are reads by somebody and are noted as such; nothing leaves that could not be written down.
import { parseCel } from '@peyvand/core/expression/parse-cel.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { notedOf } from '../records/select.ts'
import { noteRead } from '../records/told.ts'
import { selected, type Asking } from './sight.ts'

/** Notes that whoever asks is told a body of a webhook. throws: when it cannot be written down. */
export async function noteTold(asking: Asking, body: string): Promise<void> {
  const entities = touched(asking)
  if (entities.length > 0)
    await noteRead(asking.context, entities, { body, path: 'webhooks', webhook: asking.hook.name })
}

/** The entities a webhook tells of, in whatever clause, whose reads are noted. */
function touched(asking: Asking): readonly Entity[] {
  const { hook, entity, context } = asking
  if (![...context.model.entities.values()].some(({ auditReads }) => auditReads)) return []
  const select = selected(asking)
  const filter = hook.filter === undefined ? undefined : parseCel(hook.filter, 'filter')
  if (filter instanceof Error) return [entity].filter(({ auditReads }) => auditReads)
  const noted = notedOf(context, entity, { ...(filter && { filter }), ...(select && { select }) })
  // What was told before a right was taken away was told all the same.
  return noted instanceof Error ? [entity].filter(({ auditReads }) => auditReads) : noted
}
