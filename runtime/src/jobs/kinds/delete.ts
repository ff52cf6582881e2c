// The job that deletes a record with more others than one transaction takes along.
import { deleteInParts } from '../../records/cascade/large-delete.ts'
import { cascadeKind } from '../cascade.ts'

export const deleteJob = cascadeKind('delete', (platform, context, { target }, task) =>
  deleteInParts(platform, context, target, task),
)
