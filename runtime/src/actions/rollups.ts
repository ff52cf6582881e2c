// What the operations on rollups have in common: who may ask, and which rollups are meant.
import { rollupsIn } from '@peyvand/core/model/rollups.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { plainText } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Operation } from './operation.ts'

/** The one parameter: without it, every rollup is meant. */
export const ofEntity: Operation['parameters'] = {
  entity: { schema: { type: 'string', maxLength: 48 }, doc: 'Only the rollups of this entity.' },
}

/** Whoever may change the model may look after its rollups. */
export const customizersOnly: NonNullable<Operation['refuses']> = ({ model, actor }) =>
  hasPrivilege(model, actor, 'customize')
    ? undefined
    : new Problem('access.denied', { detail: 'You may not look after rollups' })

/** The rollups that are meant. throws: Problem for an entity that there is not. */
export function rollupsAsked({ context, parameters }: Parameters<Operation['run']>[0]): ReturnType<typeof rollupsIn> {
  const named = parameters['entity']
  const entity = typeof named === 'string' ? context.model.entities.get(named) : undefined
  if (named !== undefined && entity === undefined)
    throw new Problem('request.unknown', { detail: `There is no entity "${plainText(named)}"`, pointer: '/entity' })
  return rollupsIn(context.model, entity?.id)
}
