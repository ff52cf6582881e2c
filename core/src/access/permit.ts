// Whether a write may be at all, before the database is asked: rights on the entity and its fields, and rules that the new
// record alone can answer. What needs stored records is left to the statement.
import { Problem } from '../base/problem.ts'
import { unknownName } from '../expression/scope.ts'
import { holds } from '../expression/evaluate.ts'
import { reaches } from '../expression/visit.ts'
import type { Entity, FieldOperation, Model, Operation } from '../model/model.ts'
import type { Property } from '../model/wire.ts'
import type { WriteOperation } from '../query/write-plan.ts'
import { isMasked } from '../types/mask.ts'
import type { Actor } from './actor.ts'
import { appendRule } from './append.ts'
import { mayField, namedWire, readableWire } from './field.ts'
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
  const choice = operation === 'create' && write.chosen === true ? refusedChoice(model, actor, entity) : undefined
  if (choice !== undefined) return choice
  if (changesOwner(write) && ruleOf(model, actor, entity, 'assign') === undefined) return denied(write, 'assign')
  const problem = checkColumns(write)
  if (problem) return problem
  if (operation === 'create') return meetsCreateRule(write)
  return appendRule(write) === undefined ? denied(write, 'link') : false
}

/** The create rule of a new record: what forbids it, else whether nothing is left to ask the database. */
export function meetsCreateRule(write: Write): Problem | boolean {
  if (appendRule(write) === undefined) return denied(write, 'link')
  const held = inMemory(write)
  return held === false ? denied(write, 'create these') : held === true
}

/**
 * Why the id of a new record is not the actor's to choose: it is only where no record is hidden from them. An id that could not
 * be taken would tell that there is such a record, and one that is free again would bring what was told of the old one.
 */
export function refusedChoice(model: Model, actor: Actor, entity: Entity): Problem | undefined {
  if (ruleOf(model, actor, entity, 'read') === null) return undefined
  return new Problem('access.denied', {
    detail: `You may not choose the id of a new record of "${entity.entitySet}"`,
    target: 'id',
    pointer: '/id',
    hint: 'Leave the id to the server. Who sees every record of an entity can choose',
  })
}

function denied({ entity }: Write, doing: string): Problem {
  return new Problem('access.denied', {
    detail: `You may not ${doing} "${entity.entitySet}"`,
    target: entity.entitySet,
  })
}

/** Columns that may not be read do not exist; those that may not be written are refused. */
function checkColumns(write: Write): Problem | undefined {
  const { model, actor, entity, operation, values = {} } = write
  const readable = readableWire(model, actor, entity.id)
  const named = namedWire(model, actor, entity.id)
  for (const name of givenColumns(write)) {
    const property = named.properties.get(name)
    if (!property) return unknownName(readable, name, name)
    if (!readable.properties.has(name) && isMasked(values[name])) return maskedValue(property)
    const closed = doings[operation].filter((doing) => !mayField(model, actor, entity, property.field, doing))
    if (closed.length > 0 && closed.length === doings[operation].length)
      return new Problem('access.denied', {
        detail: `You may not write "${property.field.name}"`,
        target: name,
        pointer: `/${name}`,
      })
  }
  return undefined
}

/** What is done to the fields that a way of writing names; an upsert does one of the two. */
const doings: Readonly<Record<WriteOperation, readonly FieldOperation[]>> = {
  create: ['create'],
  update: ['update'],
  upsert: ['update', 'create'],
  delete: [],
}

/** Whether no field that was given is closed to one of the things an upsert may come to. */
export function opensAll(write: Write, doing: FieldOperation): boolean {
  const { model, actor, entity, wire } = write
  if (write.operation !== 'upsert' || actor.system) return true
  return givenColumns(write).every((name) => {
    const property = wire.properties.get(name)
    return property === undefined || mayField(model, actor, entity, property.field, doing)
  })
}

function givenColumns({ given, values, operation, insert, update }: Write): readonly string[] {
  return given ?? Object.keys(values ?? (operation === 'create' ? insert : update))
}

function maskedValue({ name, field }: Property): Problem {
  return new Problem('check.invalid', {
    detail: `The value of "${field.name}" is what is shown masked, not a value`,
    target: name,
    pointer: `/${name}`,
    hint: 'Leave it out: what is not given stays as it is',
  })
}

/** Whether a new record meets the create rule, when the record itself is enough to tell. */
function inMemory(write: Write): boolean | undefined {
  const { model, actor, entity, insert, ownerGiven, now } = write
  const rules = [ruleOf(model, actor, entity, 'create'), appendRule(write)].filter((rule) => rule !== null)
  if (rules.length === 0) return true
  if (ownerGiven || rules.some((rule) => rule === undefined || reaches(rule))) return undefined
  return rules.every((rule) => rule !== undefined && holds(rule, insert, { actor, now }))
}
