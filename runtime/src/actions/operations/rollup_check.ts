// Are the stored rollups what they should be?
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { rollupsIn } from '@peyvand/core/model/rollups.ts'
import { plainText } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { checkRollups } from '../../meta/rollup.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'rollup_check',
  kind: 'function',
  doc: 'Compares stored rollups with what they should be and names the records that differ.',
  parameters: {
    entity: { schema: { type: 'string', maxLength: 48 }, doc: 'Only the rollups of this entity.' },
  },
  result: { schema: { type: 'object' } },
  refuses: ({ model, actor }) =>
    hasPrivilege(model, actor, 'customize')
      ? undefined
      : new Problem('access.denied', { detail: 'You may not check rollups' }),
  async run({ context, parameters }) {
    const named = parameters['entity']
    const entity = typeof named === 'string' ? context.model.entities.get(named) : undefined
    if (named !== undefined && entity === undefined)
      throw new Problem('request.unknown', { detail: `There is no entity "${plainText(named)}"`, pointer: '/entity' })
    const rollups = rollupsIn(context.model, entity?.id)
    const differences = await checkRollups(context.database, context, rollups)
    return { rollups: rollups.length, differences: differences.map((each) => ({ ...each })) }
  },
}
