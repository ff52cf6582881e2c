// Single lines of core/src/access, each changed so that the product gives more or less than it should. `pnpm oracle --mutate` shows
// that the oracle notices every one of them; a line that is not there any more fails the run, so the table stays true.

export interface Mutation {
  /** In core/src/access. */
  readonly file: string
  /** The line, or a part of it that stands once in the file. */
  readonly line: string
  readonly instead: string
  readonly breaks: string
  /** Seed of a world that shows it soon. Where worlds are drawn otherwise one day, those behind it are looked at too. */
  readonly world?: number
}

export const mutations: readonly Mutation[] = [
  {
    file: 'reach.ts',
    line: "all: grants.some(({ depth }) => depth === 'all'),",
    instead: 'all: grants.length > 0,',
    breaks: 'every depth reaches all records',
  },
  {
    file: 'reach.ts',
    line: "if (depth !== 'unit' && depth !== 'unit_tree') continue",
    instead: "if (depth !== 'unit') continue",
    breaks: 'the units below are not reached',
  },
  {
    file: 'reach.ts',
    line: "const from = actor.ranges?.has(role.name) ? role.name : ''",
    instead: "const from = ''",
    breaks: 'a role that is assigned for a unit counts from the own one',
  },
  {
    file: 'reach.ts',
    line: 'if (reports) return among(owner,',
    instead: 'if (!reports) return among(owner,',
    breaks: 'records of people below are reached without the grant saying so',
  },
  {
    file: 'reach.ts',
    line: '...(hasShares(actor, entity.id) && isShareRight(operation)',
    instead: "...(hasShares(actor, entity.id) && operation === 'read'",
    breaks: 'shares give nothing but reading',
  },
  {
    file: 'rule.ts',
    line: "parts.push(within === null ? rule : join('and', [within, rule]))",
    instead: 'parts.push(within === null ? rule : within)',
    breaks: 'the rule of a grant is forgotten where its depth is limited',
  },
  {
    file: 'rule.ts',
    line: 'if (plain !== undefined && isWithin(reach, plain)) continue',
    instead: 'if (plain !== undefined) continue',
    breaks: 'grants with a rule add nothing beside one without',
  },
  {
    file: 'trim.ts',
    line: 'if (rule !== undefined) rules.set(entity, rule)',
    instead: 'if (rule !== undefined) rules.set(entity, null)',
    breaks: 'no row rule in any statement that reads',
  },
  {
    file: 'field.ts',
    line: 'return closing.length > 0 ? closing : undefined',
    instead: 'return undefined',
    breaks: 'closed fields are open',
  },
  {
    file: 'field.ts',
    line: 'if (!grant) return undefined',
    instead: 'if (!grant) continue',
    breaks: 'a field that one role closes is closed although another one opens it',
    world: 11,
  },
  {
    file: 'permit.ts',
    line: "if (ruleOf(model, actor, entity, 'read') === null) return undefined",
    instead: 'return undefined',
    breaks: 'anybody chooses ids, and learns which are taken',
    world: 2,
  },
  {
    file: 'field.ts',
    line: '(entity.id === from.id || grantsOf(model, actor, entity,',
    instead: '(entity.id !== from.id || grantsOf(model, actor, entity,',
    breaks: 'what is worked out of an entity that may not be read is shown',
  },
  {
    file: 'permit.ts',
    line: 'if (closed.length > 0 && closed.length === doings[operation].length)',
    instead: 'if (closed.length > 1 && closed.length === doings[operation].length)',
    breaks: 'fields that are closed to writing are written',
    world: 19,
  },
  {
    file: 'write-plan.ts',
    line: "may: both(append, changesOwner(write) ? both(before, rule('assign') ?? null) : before),",
    instead: 'may: both(append, before),',
    breaks: 'records are given away by who may only change them',
    world: 16,
  },
  {
    file: 'write-plan.ts',
    line: "mayBecome: before !== null && operation !== 'delete' && readsAny(before, update) ? before : null,",
    instead: 'mayBecome: null,',
    breaks: 'a change carries a record out of what may be changed',
    world: 11,
  },
  {
    file: 'write-plan.ts',
    line: 'mayCreate: checked ? null : create === undefined ? never : both(append, create),',
    instead: 'mayCreate: checked ? null : create === undefined ? never : create,',
    breaks: 'a new record leads anywhere without the right to append',
    world: 5,
  },
  {
    file: 'append.ts',
    line: 'return adds ? [[target, rule ?? never]] : []',
    instead: 'return []',
    breaks: 'records are appended to without the right',
    world: 4,
  },
  {
    file: 'owner.ts',
    line: "const kind = entity.name === 'team' ?",
    instead: "const kind = entity.name === 'queue' ?",
    breaks: 'teams that only give access own records',
    world: 10,
  },
  {
    file: 'intersect.ts',
    line: 'if (rules.includes(undefined)) return []',
    instead: 'if (rules.every((rule) => rule === undefined)) return []',
    breaks: 'a link needs a right on one of its ends only',
    world: 5,
  },
  {
    file: 'grant.ts',
    line: 'const named = [...new Set(roles)].sort()',
    instead: 'const named = [...new Set(roles)].sort().slice(0, 1)',
    breaks: 'statements of one person are taken for those of another with other roles',
    world: 8,
  },
  {
    file: 'values.ts',
    line: 'return peopleOf(actor)',
    instead: 'return ownersOf(actor)',
    breaks: 'nobody reaches records of the people below',
    world: 2,
  },
]
