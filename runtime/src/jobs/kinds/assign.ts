// The job that gives a record to a new owner with more others than one transaction takes along.
import { assignInParts } from '../../records/cascade/large-assign.ts'
import type { Owner } from '../../records/cascade/owner.ts'
import { changeRecord } from '../../records/write.ts'
import { cascadeKind } from '../cascade.ts'

export const assignJob = cascadeKind('assign', (platform, context, { target, payload }, task) => {
  const owner = payload['owner'] as unknown as Owner
  const last: Parameters<typeof assignInParts>[2]['last'] = (one, inside) =>
    changeRecord(
      one,
      inside,
      target.entity.name,
      { id: target.id },
      { ...owner },
      {
        purpose: 'update',
        creates: false,
        returning: 'nothing',
        alone: true,
      },
    )
  return assignInParts(platform, context, { target, owner, last }, task)
})
