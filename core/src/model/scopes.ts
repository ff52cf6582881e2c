// What stands in a grant in the place of a depth: a scope, by which people from outside reach records over the contact (and its
// account) their user record leads to. Most scopes are sugar for a rule; `parent` follows the rights on another record
// (access/rule.ts). Decides how a grant with scopes becomes grants without, and back.
import type { RoleDefinition } from './definition.ts'
import { operations, type Depth, type Grant, type GrantScope, type Operation } from './model.ts'

export type GrantDefinition = NonNullable<RoleDefinition['grants']>[number]

/** The operations of a grant that have a scope, with it. */
export function scopesIn(grant: GrantDefinition): readonly (readonly [Operation, GrantScope])[] {
  return operations.flatMap((operation) => {
    const reach = grant[operation]
    return typeof reach === 'object' ? [[operation, reach] as const] : []
  })
}

/** The grants a defined one comes to: one with its depths, and one for each scope. */
export function grantsFrom(grant: GrantDefinition): Grant[] {
  const { entity, rule, reports } = grant
  const depths: Partial<Record<Operation, Depth>> = {}
  const scoped = new Map<string, Grant>()
  for (const operation of operations) {
    const reach = grant[operation]
    if (reach === undefined) continue
    if (typeof reach === 'string') depths[operation] = reach
    else if (reach.scope === 'global') depths[operation] = 'all'
    else {
      const condition = conditionOf(entity, reach)
      const own = rule === undefined ? condition : `(${condition}) && (${rule})`
      const key = JSON.stringify(reach)
      scoped.set(key, { entity, rule: own, scope: reach, ...scoped.get(key), [operation]: 'all' })
    }
  }
  const plain: Grant = {
    entity,
    ...depths,
    ...(rule === undefined ? {} : { rule }),
    ...(reports === undefined ? {} : { reports }),
  }
  return [...(Object.keys(depths).length > 0 ? [plain] : []), ...scoped.values()]
}

/** The grants as a role defines them, one for each entity, from what they came to. law: definedGrants(d).flatMap(grantsFrom) gives the same. */
export function definedGrants(grants: readonly Grant[]): GrantDefinition[] {
  return [...Map.groupBy(grants, ({ entity }) => entity)].map(([entity, parts]) => {
    const reaches = parts.flatMap((part) =>
      operations.flatMap((one) => (part[one] === undefined ? [] : [[one, part.scope ?? part[one]] as const])),
    )
    const [rule] = parts.flatMap((part) => (part.scope ? ownRule(entity, part.scope, part.rule) : part.rule) ?? [])
    const reports = parts.find((part) => part.reports !== undefined)?.reports
    return {
      entity,
      ...Object.fromEntries(reaches),
      ...(rule !== undefined && { rule }),
      ...(reports !== undefined && { reports: [...reports] }),
    }
  })
}

/** The rule that was written beside a scope. */
function ownRule(entity: string, scope: GrantScope, rule = ''): string | undefined {
  const before = `(${conditionOf(entity, scope)}) && (`
  return rule.startsWith(before) ? rule.slice(before.length, -1) : undefined
}

/**
 * The condition on records of an entity that a scope stands for. Membership in a list of one, because nobody's contact is not
 * the same as no contact: it is never true of nothing.
 */
export function conditionOf(entity: string, { scope, through = '' }: GrantScope): string {
  switch (scope) {
    case 'global':
      return 'true'
    case 'self':
      return entity === 'user' ? 'id in [me()]' : "id in [my('contact')]"
    case 'contact':
      return `${through} in [my('contact')]`
    case 'account':
      return `${through} in [my('contact.account')]`
    case 'parent':
      return `${through} != null`
  }
}
