// Whether a write decides who may do what, so that an administrator is first told who gains and loses by it.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { mayAdminister } from '../data/model.ts'

/** By entity the columns that count; all do where none is named. */
const decisive: Readonly<Record<string, readonly string[]>> = {
  role_assignment: [],
  team_member: [],
  queue_member: [],
  team: ['kind'],
  user: ['unit_id', 'manager_id', 'state', 'kind'],
  business_unit: ['parent_id'],
}

/** Whether a write is to be asked about before it is made. Who is new has no access yet. */
export function movesAccess(entity: Entity, op: 'create' | 'update' | 'delete', changes: JsonObject = {}): boolean {
  const columns = Object.hasOwn(decisive, entity.name) ? decisive[entity.name]! : undefined
  if (columns === undefined || !mayAdminister()) return false
  if (columns.length === 0 || op === 'delete') return true
  return op === 'update' && columns.some((column) => column in changes)
}
