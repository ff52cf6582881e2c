// Amounts in the base currency by the rates of now: asked for here, done by a job.
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { parseOData } from '@peyvand/core/expression/parse-odata.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { enqueueRecompute } from '../../jobs/kinds/recompute.ts'
import type { Operation } from '../operation.ts'
import { entityNamed } from './merge_records.ts'

export const operation: Operation = {
  name: 'recompute_amounts',
  kind: 'action',
  doc: 'Works out amounts in the base currency anew, by the exchange rates as they are now; a job does it with your rights',
  parameters: {
    entity: { schema: { type: 'string', maxLength: 48 }, doc: 'Name of the entity', required: true },
    filter: {
      schema: { type: 'string', minLength: 1, maxLength: 4000 },
      doc: 'Which records, as an OData filter: the drafts, say, since closed records keep the rate they were made with',
      required: true,
    },
  },
  result: { schema: { type: 'object', required: ['job'], properties: { job: { type: 'string', format: 'uuid' } } } },
  async run({ context, parameters }) {
    const entity = entityNamed(context, parameters['entity'] as string)
    if (ruleOf(context.model, context.actor, entity, 'write') === undefined)
      throw new Problem('access.denied', { detail: `You may not change "${entity.entitySet}"`, target: 'entity' })
    const filter = parameters['filter'] as string
    must(parseOData(filter, 'filter'))
    return { job: await enqueueRecompute(context.database, context, { entity, filter }) }
  },
}
