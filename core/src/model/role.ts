// The kind `role`: what the people who have it may do.
import { eachOf, withNames } from '../base/part.ts'
import { Problem } from '../base/problem.ts'
import * as validate from '../schemas/validate.js'
import type { RoleDefinition } from './definition.ts'
import { by, type Kind } from './kind.ts'
import { definitionProblem, expressionProblems, findEntity, findField } from './lookups.ts'
import type { Role } from './model.ts'
import { labelFromName } from './names.ts'
import { typeOf } from '../types/index.ts'

/** Fields that nobody can be kept from: a record cannot be addressed or changed without them. */
const always: ReadonlySet<string> = new Set(['id', 'version'])

export const roleKind: Kind<RoleDefinition> = {
  name: 'role',
  validator: validate.role,
  parts: { grants: by('entity'), fields: (grant) => `${String(grant['entity'])}.${String(grant['field'])}` },
  check(definition, context) {
    const grants = definition.grants ?? []
    const ofEntities = grants.flatMap((grant, i): Problem[] => {
      const twice =
        grants.findIndex((one) => one.entity === grant.entity) < i
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
      if (grant.entity === '*')
        return grant.rule === undefined
          ? twice
          : [...twice, definitionProblem(['grants', i, 'rule'], 'A rule needs one entity, not *')]
      const entity = findEntity(context.model, grant.entity, ['grants', i, 'entity'])
      if (entity instanceof Problem) return [...twice, entity]
      return [...twice, ...expressionProblems(grant.rule, grant.entity, ['grants', i, 'rule'], context)]
    })
    const fields = definition.fields ?? []
    const ofFields = fields.flatMap((grant, i): Problem[] => {
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
      return fields.findIndex((one) => one.entity === grant.entity && one.field === grant.field) < i
        ? [definitionProblem(['fields', i, 'field'], `The role speaks twice of "${grant.entity}.${grant.field}"`)]
        : []
    })
    return [...ofEntities, ...ofFields]
  },
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
            ...(rule && { rule: naming.expression(entity, rule, at('rule', 'rule')) }),
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
    grants: definition.grants ?? [],
    fields: definition.fields ?? [],
    privileges: definition.privileges ?? [],
  }),
}
