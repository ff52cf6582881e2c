// Whether a write may be at all, before the database is asked: rights on the entity and its fields, and rules that the new
// record alone can answer. What needs stored records is left to the statement.
import { Problem } from '../base/problem.ts'
import { unknownName } from '../expression/scope.ts'
import { holds } from '../expression/evaluate.ts'
import { reaches } from '../expression/visit.ts'
import type { Operation } from '../model/model.ts'
import type { WriteOperation } from '../query/write-plan.ts'
import { mayField, readableWire } from './field.ts'
import { changesOwner, type Write } from './owner.ts'
import { ruleOf } from './rule.ts'

/** The right that each way of writing asks for. */
export const needs: Readonly<Record<WriteOperation, Operation>> = {
  create: 'create',
  update: 'write',
  delete: 'delete',
  upsert: 'write',
}

/** What forbids a write whatever the database holds; else whether nothing of the create rule is left to ask it. */
export function checkRights(write: Write): Problem | boolean {
  const { model, actor, entity, operation } = write
  const doing = needs[operation]
  if (ruleOf(model, actor, entity, doing) === undefined) return denied(write, doing === 'write' ? 'change' : doing)
  if (changesOwner(write) && ruleOf(model, actor, entity, 'assign') === undefined) return denied(write, 'assign')
  const problem = checkColumns(write)
  if (problem) return problem
  return operation === 'create' && meetsCreateRule(write)
}

/** The create rule of a new record: what forbids it, else whether nothing is left to ask the database. */
export function meetsCreateRule(write: Write): Problem | boolean {
  const held = inMemory(write)
  return held === false ? denied(write, 'create these') : held === true
}

function denied({ entity }: Write, doing: string): Problem {
  return new Problem('access.denied', {
    detail: `You may not ${doing} "${entity.entitySet}"`,
    target: entity.entitySet,
  })
}

/** Columns that may not be read do not exist; those that may not be written are refused. */
function checkColumns({
  model,
  actor,
  entity,
  wire,
  given,
  update,
  insert,
  operation,
  values,
}: Write): Problem | undefined {
  const readable = readableWire(model, actor, entity.id)
  for (const name of given ?? Object.keys(values ?? (operation === 'create' ? insert : update))) {
    const property = wire.properties.get(name)
    if (!property || !readable.properties.has(name)) return unknownName(readable, name, name)
    if (!mayField(model, actor, entity, property.field, 'write'))
      return new Problem('access.denied', {
        detail: `You may not write "${property.field.name}"`,
        target: name,
        pointer: `/${name}`,
      })
  }
  return undefined
}

/** Whether a new record meets the create rule, when the record itself is enough to tell. */
function inMemory(write: Write): boolean | undefined {
  const { model, actor, entity, insert, ownerGiven, now } = write
  const rule = ruleOf(model, actor, entity, 'create')
  if (rule === null || rule === undefined) return true
  if (ownerGiven || reaches(rule)) return undefined
  return holds(rule, insert, { actor, now })
}
