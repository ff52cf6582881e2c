// Works rollups out anew, whatever is stored.
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { rollupsIn } from '@peyvand/core/model/rollups.ts'
import { plainText } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { rebuildInParts } from '../../meta/rollup.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'rollup_rebuild',
  kind: 'action',
  doc: 'Works out rollups anew for every record, and says how many were other than they should be.',
  parameters: {
    entity: { schema: { type: 'string', maxLength: 48 }, doc: 'Only the rollups of this entity.' },
  },
  result: { schema: { type: 'object' } },
  refuses: ({ model, actor }) =>
    hasPrivilege(model, actor, 'customize')
      ? undefined
      : new Problem('access.denied', { detail: 'You may not rebuild rollups' }),
  async run({ context, parameters }) {
    const named = parameters['entity']
    const entity = typeof named === 'string' ? context.model.entities.get(named) : undefined
    if (named !== undefined && entity === undefined)
      throw new Problem('request.unknown', { detail: `There is no entity "${plainText(named)}"`, pointer: '/entity' })
    const rollups = rollupsIn(context.model, entity?.id)
    return { rollups: rollups.length, changed: await rebuildInParts(context.database, context, rollups) }
  },
}
