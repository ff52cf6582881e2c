// What a person may do, decided record by record and field by field from the definitions of their roles. The naive twin of the
// engine's access: slow, plain, and written from docs/concepts.md alone.
import type { Plain } from './condition.ts'
import { test } from './evaluate.ts'
import type { Held, Person } from './person.ts'
import type { Part, Rec, State } from './state.ts'
import type { Operation } from './operation.ts'
import type { Grant, Mask, Role, Scope } from './world.ts'

/** What a share can give away. */
const shareable: readonly string[] = ['read', 'write', 'delete', 'assign', 'share', 'append', 'append_to']

function grantsIn({ grants }: Role, entity: string, operation: Operation): Grant[] {
  return grants.filter((grant) => (grant.entity === '*' || grant.entity === entity) && grant[operation] !== undefined)
}

/** Whether some role names an operation on an entity at all. */
export function names(person: Person, operation: Operation, entity: string): boolean {
  return person.roles.some(({ role }) => grantsIn(role, entity, operation).length > 0)
}

/** Whether some role opens an entity for an operation: a scope over a parent does only where some such parent can be read. */
export function opens(person: Person, operation: Operation, entity: string, way: readonly string[] = []): boolean {
  const step = `${operation} ${entity}`
  if (way.includes(step)) return false
  const leads = (depth: Grant[Operation]): boolean => {
    if (typeof depth !== 'object' || depth.scope !== 'parent') return true
    const targets = person.shape.part(entity, depth.through!)!.targets!
    return targets.some((target) => opens(person, 'read', target, [...way, step]))
  }
  return person.roles.some(({ role }) => grantsIn(role, entity, operation).some((grant) => leads(grant[operation])))
}

/** Whether a person may do an operation on a record, as it is. */
export function reaches(
  state: State,
  person: Person,
  operation: Operation,
  rec: Rec,
  way: readonly string[] = [],
): boolean {
  // A parent's rights may follow from those of its own parent. A way that leads back to where it was adds nothing.
  const step = `${operation} ${rec.entity}`
  if (way.includes(step)) return false
  return person.roles.some((held) =>
    grantsIn(held.role, rec.entity, operation).some((grant) =>
      grantReaches(state, { person, held, operation, way: [...way, step] }, grant, rec),
    ),
  )
}

/** Whether no record of an entity can be hidden from a person: some grant reads all, without a rule. */
export function seesAll(person: Person, entity: string): boolean {
  const { owned } = person.shape.things.get(entity)!
  return person.roles.some(({ role }) =>
    grantsIn(role, entity, 'read').some(({ read, rule }) => {
      if (rule !== undefined) return false
      return typeof read === 'object' ? read.scope === 'global' : read === 'all' || !owned
    }),
  )
}

interface Asked {
  readonly person: Person
  readonly held: Held
  readonly operation: Operation
  /** What was asked before on the way here: operation and entity. */
  readonly way: readonly string[]
}

function grantReaches(state: State, asked: Asked, grant: Grant, rec: Rec): boolean {
  const { person, operation } = asked
  if (grant.rule !== undefined && test(grant.rule, rec, { state, person }) !== true) return false
  const depth = grant[operation]!
  if (typeof depth === 'object') return inScope(state, asked, depth, rec)
  if (!state.world.things.get(rec.entity)!.owned || depth === 'all') return true
  return within(asked, grant, rec) || isShared(state, person, operation, rec)
}

/** Whether a depth, or `reports` beside it, reaches a record with an owner. */
function within({ person, held, operation }: Asked, grant: Grant, { owner, unit }: Rec): boolean {
  if (owner !== null && person.owners.has(owner)) return true
  if (owner !== null && grant.reports?.includes(operation) === true && person.reports.has(owner)) return true
  if (unit === null) return false
  if (grant[operation] === 'unit') return held.units.has(unit)
  return grant[operation] === 'unit_tree' && held.tree.has(unit)
}

function isShared(state: State, person: Person, operation: Operation, rec: Rec): boolean {
  if (!shareable.includes(operation)) return false
  return state.shares.some(
    ({ entity, record, to, rights, over }) =>
      !over && entity === rec.entity && record === rec.id && person.receivers.has(to) && rights.includes(operation),
  )
}

function inScope(state: State, { person, way }: Asked, { scope, through }: Scope, rec: Rec): boolean {
  if (scope === 'global') return true
  const own = state.find('user', person.id)
  const contactId = (own?.values['contact'] ?? null) as string | null
  if (scope === 'self') return rec.entity === 'user' ? rec.id === person.id : contactId !== null && rec.id === contactId
  const value = through === 'id' ? rec.id : rec.values[through!]
  if (scope === 'parent') {
    const { targets = [] } = state.world.part(rec.entity, through!)!
    const target = targets.length > 1 ? (rec.values[`${through}_type`] as string | null) : targets[0]!
    const parent = value == null || target == null ? undefined : state.find(target, value as string)
    return parent !== undefined && reaches(state, person, 'read', parent, way)
  }
  const contact = contactId === null ? undefined : state.find('contact', contactId)
  const wanted = scope === 'contact' ? contact?.id : contact?.values['account']
  return wanted != null && value === wanted
}

// ---- fields ---------------------------------------------------------------------------------------------------------

type Doing = 'read' | 'create' | 'update'
const opener: Readonly<Record<Doing, Operation>> = { read: 'read', create: 'create', update: 'write' }
const order: readonly Mask[] = ['all', 'initials', 'last4', 'domain']

/** A field is closed when every role that opens the entity for the operation closes it. */
export function isClosed(person: Person, entity: string, field: string, doing: Doing): boolean {
  if (field === 'id') return false
  const roles = person.roles.filter(({ role }) => grantsIn(role, entity, opener[doing]).length > 0)
  return roles.length > 0 && roles.every(({ role }) => closes(role, entity, field, doing))
}

function closes({ fields }: Role, entity: string, field: string, doing: Doing): boolean {
  return fields.some((each) => {
    if (each.entity !== entity || each.field !== field) return false
    if (doing === 'read') return each.read === false && each.mask === undefined
    return (each[doing] ?? each.write) === false
  })
}

/** How a person sees a field: in clear, not at all, or masked. */
export function sightOf(state: State, person: Person, entity: string, part: Part): 'clear' | 'hidden' | Mask {
  if (isClosed(person, entity, part.name, 'read')) return 'hidden'
  if (!seesSources(state, person, entity, part)) return 'hidden'
  const masks = person.roles
    .filter(({ role }) => grantsIn(role, entity, 'read').length > 0 && !closes(role, entity, part.name, 'read'))
    .map(
      ({ role }) =>
        role.fields.find((each) => each.entity === entity && each.field === part.name && each.mask !== undefined)?.mask,
    )
  if (masks.length === 0 || masks.includes(undefined)) return 'clear'
  return order.findLast((mask) => masks.includes(mask))!
}

/** What is worked out of something closed or masked is closed. */
function seesSources(state: State, person: Person, entity: string, { calc, gather }: Part): boolean {
  const clear = (of: string, name: string): boolean => {
    const part = state.world.part(of, name)
    return part === undefined || sightOf(state, person, of, part) === 'clear'
  }
  if (calc !== undefined && 'twice' in calc) return clear(entity, calc.twice)
  if (calc !== undefined) {
    const { part, target } = state.world.lookup(entity, calc.through)!
    return clear(entity, part.name) && (target === entity || names(person, 'read', target)) && clear(target, calc.field)
  }
  if (gather === undefined) return true
  const { entity: from, via, field, filter } = gather
  const asked = filter?.op === 'is' ? [filter.path.at(-1)!] : []
  return (
    (from === entity || names(person, 'read', from)) &&
    [via, ...(field === undefined ? [] : [field]), ...asked].every((name) => clear(from, name))
  )
}

/** A value as a mask shows it. */
export function masked(value: Plain, mask: Mask): string | null {
  if (value === null) return null
  const text = String(value)
  switch (mask) {
    case 'all':
      return '•••••'
    case 'last4':
      return text.length >= 8 ? `•••••${text.slice(-4)}` : '•••••'
    case 'initials':
      return text.replaceAll(/\S+/g, (run) => `${run[0]!}.`)
    case 'domain':
      return `•••••${text.includes('@') ? text.slice(text.lastIndexOf('@')) : ''}`
  }
}
