// What the operations on rollups have in common: who may ask, and which rollups are meant.
import type { Rollup } from '@peyvand/core/model/rollups.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { enqueueRollups } from '../jobs/rollups.ts'
import { rollupsNamed, type RollupsNamed } from '../records/rollup-names.ts'
import type { Operation } from './operation.ts'

type Call = Parameters<Operation['run']>[0]

/** Without parameters every rollup is meant. */
export const ofEntity: Operation['parameters'] = {
  entity: { schema: { type: 'string', maxLength: 48 }, doc: 'Only the rollups of this entity.' },
  field: { schema: { type: 'string', maxLength: 48 }, doc: 'Only this rollup of the entity.' },
}

/** What asking for a job gives. */
export const jobAsked: Operation['result'] = {
  schema: {
    type: 'object',
    required: ['rollups', 'job'],
    properties: { rollups: { type: 'integer' }, job: { type: 'string', format: 'uuid' } },
  },
}

/** Whoever may change the model may look after its rollups. */
export const customizersOnly: NonNullable<Operation['refuses']> = ({ model, actor }) =>
  hasPrivilege(model, actor, 'customize')
    ? undefined
    : new Problem('access.denied', { detail: 'You may not look after rollups' })

function namesIn({ parameters: { entity, field } }: Call): RollupsNamed {
  return {
    ...(typeof entity === 'string' ? { entity } : {}),
    ...(typeof field === 'string' ? { field } : {}),
  }
}

/** The rollups that are meant. throws: Problem for an entity or a rollup that there is not. */
export function rollupsAsked(call: Call): readonly Rollup[] {
  return rollupsNamed(call.context.model, namesIn(call))
}

/** Has a job look after the rollups that are meant. throws: Problem. */
export async function askJob(
  call: Call,
  kind: Parameters<typeof enqueueRollups>[2],
): Promise<{ rollups: number; job: string }> {
  const { length } = rollupsAsked(call)
  return { rollups: length, job: await enqueueRollups(call.context.database, call.context, kind, namesIn(call)) }
}
