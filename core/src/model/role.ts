// The kind `role`: what the people who have it may do.
import { eachOf, withNames } from '../base/part.ts'
import { selfLookup } from '../expression/bind-hierarchy.ts'
import { hierarchyTests } from '../expression/tree.ts'
import { Problem } from '../base/problem.ts'
import * as validate from '../schemas/validate.js'
import type { RoleDefinition } from './definition.ts'
import { by, type CheckContext, type Kind, type Sides } from './kind.ts'
import { definitionProblem, expressionProblems, findEntity, findField, findPath } from './lookups.ts'
import type { Entity, Grant, GrantScope, Model, Role } from './model.ts'
import { labelFromName } from './names.ts'
import type { Naming, Spot } from './naming.ts'
import { conditionOf, grantsFrom, scopesIn, type GrantDefinition } from './scopes.ts'
import { Ids } from './sense.ts'
import { wireOf } from './wire.ts'
import { typeOf } from '../types/index.ts'

/** Fields that nobody can be kept from: a record cannot be addressed or changed without them. */
const always: ReadonlySet<string> = new Set(['id', 'version'])

export const roleKind: Kind<RoleDefinition> = {
  name: 'role',
  validator: validate.role,
  parts: { grants: by('entity'), fields: (grant) => `${String(grant['entity'])}.${String(grant['field'])}` },
  check: (definition, context) => [
    ...(definition.grants ?? []).flatMap((grant, i, all) => grantProblems(grant, i, all, context)),
    ...(definition.fields ?? []).flatMap((grant, i, all) => fieldProblems(grant, i, all, context)),
  ],
  names(role, naming) {
    const { grants, fields } = role
    return withNames(role, {
      ...(grants && {
        grants: eachOf(grants, (grant, i) => {
          const { entity, rule } = grant
          if (entity === '*') return grant
          const at = (property: string, use: string) => ({ place: ['grants', i, property], use })
          return withNames(grant, {
            entity: naming.named('entity', entity, at('entity', 'grant')),
            ...(rule && { rule: namedRule(naming, entity, rule, at('rule', 'rule')) }),
            ...Object.fromEntries(
              scopesIn(grant).map(([operation, scope]) => [
                operation,
                scope.through === undefined
                  ? scope
                  : withNames(scope, { through: naming.path(entity, scope.through, at(operation, 'scope')) }),
              ]),
            ),
          })
        }),
      }),
      ...(fields && {
        fields: eachOf(fields, (grant, i) => {
          const member = naming.member(grant, { place: ['fields', i, 'field'], use: 'profile' })
          return member && withNames(grant, { entity: member.entity, field: member.field })
        }),
      }),
    })
  },
  build: (definition): Role => ({
    id: definition.id ?? `role/${definition.name}`,
    name: definition.name,
    label: definition.label ?? labelFromName(definition.name),
    ...(definition.description !== undefined && { description: definition.description }),
    grants: (definition.grants ?? []).flatMap(grantsFrom),
    fields: definition.fields ?? [],
    privileges: definition.privileges ?? [],
    ...(definition.secondFactor === true && { secondFactor: true }),
  }),
  guard: {
    senses: (model, sides) =>
      [...model.roles.values()].map((role) => ({ id: role.id, name: role.name, text: openedBy(model, role, sides) })),
    says: (name) => `What the role "${name}" opens, and its name, is changed`,
  },
}

/** What of a grant for every entity speaks of one. */
function needsEntity(grant: GrantDefinition, i: number): Problem[] {
  const scoped = scopesIn(grant).find(([, { scope }]) => scope !== 'global')
  return [
    ...(grant.rule === undefined ? [] : [definitionProblem(['grants', i, 'rule'], 'A rule needs one entity, not *')]),
    ...(scoped ? [definitionProblem(['grants', i, scoped[0]], `A scope needs one entity, not *`)] : []),
  ]
}

/** What is wrong with a scope: a way it needs and has not, or one that leads nowhere. */
function scopeProblems(
  entity: Entity,
  scope: GrantScope,
  place: readonly (string | number)[],
  context: CheckContext,
): Problem[] {
  const { through } = scope
  const leads = scope.scope !== 'global' && scope.scope !== 'self'
  if (!leads)
    return through === undefined
      ? []
      : [definitionProblem([...place, 'through'], `The scope "${scope.scope}" leads through nothing`, 'Leave it out')]
  if (through === undefined)
    return [definitionProblem(place, `The scope "${scope.scope}" needs "through", a lookup of "${entity.name}"`)]
  // The record itself: an account is of its own account.
  const itself = through === 'id' && scope.scope !== 'parent'
  const field = itself ? undefined : findPath(context.model, entity, through, [...place, 'through'])
  if (field instanceof Problem) return [field]
  if (field !== undefined && typeOf(field).link === undefined)
    return [definitionProblem([...place, 'through'], `"${through}" is not a lookup`)]
  return expressionProblems(conditionOf(entity.name, scope), entity.name, [...place, 'through'], context, 'rule')
}

const asked = /\bmy\(\s*(['"])([\w.]+)\1\s*\)/g

/** A rule with the paths it asks of the record and of the asker's own. */
function namedRule(naming: Naming, entity: string, rule: string, spot: Spot): string {
  return naming
    .expression(entity, rule, spot)
    .replace(
      asked,
      (_, quote: string, path: string) => `my(${quote}${naming.path('user', path, spot) ?? path}${quote})`,
    )
}

/** What is wrong with the grant for an entity. */
function grantProblems(
  grant: GrantDefinition,
  i: number,
  all: readonly GrantDefinition[],
  context: CheckContext,
): Problem[] {
  const twice =
    all.findIndex((one) => one.entity === grant.entity) < i
      ? [definitionProblem(['grants', i, 'entity'], `The role has two grants for "${grant.entity}"`)]
      : []
  const idle = grant.reports?.find((operation) => grant[operation] === undefined)
  if (idle !== undefined)
    twice.push(
      definitionProblem(
        ['grants', i, 'reports'],
        `The grant does not allow to ${idle} at all`,
        `Say "${idle}" with a depth too`,
      ),
    )
  if (grant.entity === '*') return [...twice, ...needsEntity(grant, i)]
  const entity = findEntity(context.model, grant.entity, ['grants', i, 'entity'])
  if (entity instanceof Problem) return [...twice, entity]
  return [
    ...twice,
    ...expressionProblems(grant.rule, grant.entity, ['grants', i, 'rule'], context, 'rule'),
    ...scopesIn(grant).flatMap(([operation, scope]) => scopeProblems(entity, scope, ['grants', i, operation], context)),
  ]
}

type FieldGrant = NonNullable<RoleDefinition['fields']>[number]

/** What is wrong with what is said of a field. */
function fieldProblems(grant: FieldGrant, i: number, all: readonly FieldGrant[], context: CheckContext): Problem[] {
  const entity = findEntity(context.model, grant.entity, ['fields', i, 'entity'])
  if (entity instanceof Problem) return [entity]
  const field = findField(entity, grant.field, ['fields', i, 'field'])
  if (field instanceof Problem) return [field]
  const masks = typeOf(field).masks ?? {}
  // A mask that is not put on would show what the admin believes hidden.
  if (grant.mask !== undefined && masks[grant.mask] === undefined)
    return [
      definitionProblem(
        ['fields', i, 'mask'],
        `"${grant.entity}.${grant.field}" cannot be masked with "${grant.mask}"`,
        Object.keys(masks).length > 0
          ? `Its type has: ${Object.keys(masks).join(', ')}`
          : 'Close it with "read": false, without a mask',
      ),
    ]
  if (grant.mask !== undefined && always.has(grant.field))
    return [definitionProblem(['fields', i, 'field'], `"${grant.field}" is open to everybody`)]
  return all.findIndex((one) => one.entity === grant.entity && one.field === grant.field) < i
    ? [definitionProblem(['fields', i, 'field'], `The role speaks twice of "${grant.entity}.${grant.field}"`)]
    : []
}

/**
 * What a role opens and closes, by ids. One that loses what it opened because that is gone from the model is what it was; what it
 * closes may not get lost: it could come back open. It is known by its name where it is assigned: another name is another role.
 */
function openedBy(model: Model, { name: own, grants, fields, privileges, secondFactor }: Role, sides: Sides): string {
  const opened = grants.flatMap((grant) => {
    const id = grant.entity === '*' ? '*' : model.entities.get(grant.entity)?.id
    return id === '*' || sides.after.entityById.has(id!) ? [JSON.stringify([id, ...reached(model, grant, sides)])] : []
  })
  const closed = fields.map(({ entity: name, field: part, ...grant }) => {
    const entity = model.entities.get(name)
    return JSON.stringify([entity?.id, entity?.fields.find((field) => field.name === part)?.id, grant])
  })
  const all = [opened.sort(), closed.sort(), [...privileges].sort(), secondFactor === true ? ['second factor'] : []]
  return all.every(({ length }) => length === 0) ? '' : JSON.stringify([own, ...all])
}

/** What a grant says, what the fields are that it asks for, and what of its entities decides how far it reaches. */
function reached(model: Model, { entity, rule, scope, ...depths }: Grant, { before, after }: Sides): unknown[] {
  const ids = new Ids(model)
  const spot = { place: [], use: 'rule' }
  const asks = rule === undefined ? undefined : namedRule(ids, entity, rule, spot)
  const leads = scope?.through === undefined ? scope : { ...scope, through: ids.path(entity, scope.through) }
  const some = entity === '*' ? [...model.entities.values()] : [model.entities.get(entity)!]
  // Records without owners are everyone's; what is only added to is nobody's to change.
  const depends = { owner: Object.values(depths).some((depth) => depth !== 'all'), changes: isChanging(depths) }
  const shapes = some
    .filter(({ id }) => before.entityById.has(id) && after.entityById.has(id))
    .map(({ id, ownership, appendOnly }) => [
      id,
      depends.owner ? ownership : '',
      depends.changes && appendOnly === true ? 'append only' : '',
    ])
  const shared = [...model.entities.values()].filter(({ id }) => before.entityById.has(id) && after.entityById.has(id))
  return [depths, asks, leads, ids.read, shapes.map((shape) => shape.join(' ')).sort(), treesIn(model, rule, shared)]
}

const asksTree = new RegExp(`\\b(?:${hierarchyTests.join('|')})\\s*\\(`)

/** Which lookup makes the tree of each entity, where a rule asks for a place in one: it is found by its name, not said. */
function treesIn(model: Model, rule: string | undefined, some: readonly Entity[]): string[] {
  if (rule === undefined || !asksTree.test(rule)) return []
  return some.map((entity) => `${entity.id} ${selfLookup(wireOf(model, entity))?.field.id ?? ''}`).sort()
}

function isChanging({ write, delete: removal, assign }: Partial<Grant>): boolean {
  return [write, removal, assign].some((depth) => depth !== undefined)
}
