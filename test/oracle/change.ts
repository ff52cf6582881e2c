// What a write should come to: every reason against it, decided record by record, and, when there is none, the records as they are
// afterwards. Which of several reasons is told first is the engine's to choose; that nothing is written then is not.
import type { Plain } from './condition.ts'
import { partOf, rowOf, View } from './answer.ts'
import type { Person } from './person.ts'
import { isClosed, opens, reaches, seesAll } from './rights.ts'
import { leads, type OwnerType, type Part, type Rec, type State } from './state.ts'
import type { Values, Write } from './request.ts'
import { nobody } from './id.ts'

export interface Decision {
  /** One of these is the answer. */
  readonly status: readonly number[]
  /** The state afterwards; the same as before when absent. */
  readonly after?: State
  /** The record as the answer tells it. */
  readonly told?: unknown
}

const denied = 403
const missing = 404
const unknown = 400
const invalid = 422

/** What a write should come to. */
export function decide(state: State, person: Person, write: Write): Decision {
  const view = new View(state, person)
  switch (write.kind) {
    case 'create':
      return created(view, write)
    case 'update':
      return changed(view, write)
    case 'upsert':
      return seesOne(view, write) ? changed(view, write) : upserted(view, write)
    case 'delete':
      return deleted(view, write)
    case 'link':
    case 'unlink':
      return linked(view, write)
    case 'share':
    case 'unshare':
      return shared(view, write)
    case 'bulk':
      return manyChanged(view, write)
  }
}

function seesOne({ state, sees }: View, { entity, id }: { readonly entity: string; readonly id: string }): boolean {
  const rec = state.find(entity, id)
  return rec !== undefined && sees(rec)
}

const refused = (reasons: ReadonlySet<number>): Decision => ({ status: [...reasons] })

/** What the names and values of a body say against it. */
function bodyReasons(view: View, entity: string, values: Values, doing: 'create' | 'update'): Set<number> {
  const reasons = new Set<number>()
  const { parts } = view.state.world.things.get(entity)!
  for (const [name, value] of Object.entries(values)) {
    if (name === 'owner_id' || name === 'owner_type') continue
    const sight = view.named(entity, name)
    const part = partOf(parts, name)
    if (sight === 'hidden' || part === undefined) reasons.add(unknown)
    else if (part.calc !== undefined || part.gather !== undefined) reasons.add(unknown)
    else if (isClosed(view.person, entity, part.name, doing)) reasons.add(denied)
    else if (sight !== 'clear' && typeof value === 'string' && value.startsWith('•••••')) reasons.add(invalid)
    if (part?.required === true && value === null) reasons.add(invalid)
  }
  return reasons
}

/** The columns of a body as a record keeps them. */
function stored(state: State, entity: string, values: Values): Record<string, Plain> {
  const { parts } = state.world.things.get(entity)!
  const kept: Record<string, Plain> = {}
  for (const [name, value] of Object.entries(values)) {
    const part = partOf(parts, name)
    if (part !== undefined) kept[part.type === 'lookup' && name.endsWith('_id') ? part.name : name] = value
  }
  for (const part of parts)
    if (part.type === 'lookup' && kept[part.name] === null && part.targets!.length > 1) kept[`${part.name}_type`] = null
  return kept
}

/** What the lookups that are set say against a write; `rec` is the record that has to be allowed to lead elsewhere. */
function linkReasons(view: View, rec: Rec, values: Values): Set<number> {
  const { state, person } = view
  const reasons = new Set<number>()
  for (const part of state.world.things.get(rec.entity)!.parts) {
    const id = part.type === 'lookup' ? values[`${part.name}_id`] : undefined
    if (id === null || id === undefined) continue
    if (!opens(person, 'append', rec.entity) || !reaches(state, person, 'append', rec)) reasons.add(denied)
    const target = targetOf(part, values)
    const found = target === undefined ? undefined : state.find(target, id as string)
    if (found === undefined || !view.sees(found)) reasons.add(invalid)
    else if (!reaches(state, person, 'append_to', found)) reasons.add(denied)
  }
  return reasons
}

function targetOf({ name, targets }: Part, values: Values): string | undefined {
  return targets!.length === 1 ? targets![0] : (values[`${name}_type`] as string | undefined)
}

interface Owning {
  readonly owner: string | null
  readonly ownerType: OwnerType | null
  readonly unit: string | null
}

/** Whose a record becomes; a reason when that is nobody the person sees, or a team that owns nothing. */
function ownerIn(view: View, values: Values): Owning | 'nobody' {
  const { state, person } = view
  const id = values['owner_id'] as string
  if (id === person.id) return { owner: id, ownerType: 'user', unit: person.unit }
  const type = (values['owner_type'] ?? 'user') as OwnerType
  const found = state.find(type, id)
  if (found === undefined || !view.sees(found)) return 'nobody'
  if (type === 'team' && found.values['kind'] === 'access') return 'nobody'
  return { owner: id, ownerType: type, unit: (found.values['unit'] ?? null) as string | null }
}

function created(
  view: View,
  { entity, id, values }: Pick<Extract<Write, { kind: 'create' }>, 'entity' | 'id' | 'values'>,
): Decision {
  const { state, person } = view
  const thing = state.world.things.get(entity)!
  const reasons = bodyReasons(view, entity, values, 'create')
  if (!opens(person, 'create', entity)) reasons.add(denied)
  if (values['name'] === undefined) reasons.add(invalid)
  if (!thing.owned && values['owner_id'] !== undefined) reasons.add(unknown)
  let owning: Owning | 'nobody' = thing.owned
    ? {
        owner: person.id === nobody ? null : person.id,
        ownerType: person.id === nobody ? null : 'user',
        unit: person.unit,
      }
    : { owner: null, ownerType: null, unit: null }
  if (thing.owned && values['owner_id'] != null) owning = ownerIn(view, values)
  if (owning === 'nobody') return refused(reasons.add(invalid).add(denied))
  const empty = Object.fromEntries(thing.parts.map(({ name }) => [name, null]))
  const rec: Rec = { entity, id, values: { ...empty, ...stored(state, entity, values) }, ...owning }
  const after = state.copy()
  after.put(rec)
  // The new record is judged among the records that are there, itself included.
  if (reasons.size === 0 || !reasons.has(denied)) if (!reaches(state, person, 'create', rec)) reasons.add(denied)
  for (const reason of linkReasons(view, rec, values)) reasons.add(reason)
  if (reasons.size > 0) return refused(reasons)
  const told = opens(person, 'read', entity) ? rowOf(new View(after, person), rec, {}) : undefined
  return { status: [201, 204], after, ...(told === undefined ? {} : { told }) }
}

/**
 * A record that the person does not see is not there for them, whether it is hidden or nowhere. It is made where the person may
 * choose its id: where no record can be hidden from them. For anybody else it is missing, and nothing tells the two apart.
 */
function upserted(view: View, { entity, id, values }: Extract<Write, { kind: 'upsert' }>): Decision {
  const { person } = view
  if (opens(person, 'create', entity) && seesAll(person, entity)) return created(view, { entity, id, values })
  const reasons = bodyReasons(view, entity, values, 'update')
  if (!opens(person, 'write', entity) || lacksRight(view, entity, values)) reasons.add(denied)
  return refused(reasons.size > 0 ? reasons : reasons.add(missing))
}

interface Change {
  readonly entity: string
  readonly id: string
  readonly values: Values
}

function changed(view: View, change: Change): Decision {
  const { state, person } = view
  const { entity, id } = change
  const reasons = changeReasons(view, change)
  if (reasons.size > 0) return refused(reasons)
  const after = state.copy()
  apply(view, after, change)
  const told = rowOf(new View(after, person), after.find(entity, id)!, {})
  return { status: [200, 204], after, told }
}

function changeReasons(view: View, { entity, id, values }: Change): Set<number> {
  const { state, person } = view
  const thing = state.world.things.get(entity)!
  const reasons = bodyReasons(view, entity, values, 'update')
  const before = state.find(entity, id)
  if (!opens(person, 'write', entity)) reasons.add(denied)
  if (lacksRight(view, entity, values)) reasons.add(denied)
  if (before === undefined || !view.sees(before)) return reasons.add(missing)
  if (!reaches(state, person, 'write', before)) reasons.add(denied)
  if (values['owner_id'] !== undefined) {
    if (!thing.owned) reasons.add(unknown)
    else if (!reaches(state, person, 'assign', before)) reasons.add(denied)
    if (thing.owned && ownerIn(view, values) === 'nobody') reasons.add(invalid)
  }
  for (const reason of linkReasons(view, before, values)) reasons.add(reason)
  // No change may carry a record out of what may be changed, except by giving it away.
  const next: Rec = { ...before, values: { ...before.values, ...stored(state, entity, values) } }
  const moved = state.copy()
  moved.put(next)
  if (!reaches(moved, person, 'write', next)) reasons.add(denied)
  return reasons
}

/** Whether a body asks for something that no role opens the entity for, whatever the record. */
function lacksRight({ state, person }: View, entity: string, values: Values): boolean {
  if (values['owner_id'] !== undefined && !opens(person, 'assign', entity)) return true
  const { parts } = state.world.things.get(entity)!
  const links = parts.some(({ name, type }) => type === 'lookup' && values[`${name}_id`] != null)
  return links && !opens(person, 'append', entity)
}

function apply(view: View, after: State, { entity, id, values }: Change): void {
  const rec = after.find(entity, id)!
  Object.assign(rec.values, stored(after, entity, values))
  if (values['owner_id'] == null) return
  const owning = ownerIn(view, values)
  if (owning !== 'nobody') Object.assign(rec, owning)
}

function manyChanged(view: View, { entity, rows }: Extract<Write, { kind: 'bulk' }>): Decision {
  const reasons = new Set<number>()
  if (!opens(view.person, 'bulk', entity)) reasons.add(denied)
  // One after the other: what a change does to the rights on the records behind it counts.
  let now = view
  for (const { id, ...values } of rows) {
    const found = changeReasons(now, { entity, id, values })
    for (const reason of found) reasons.add(reason)
    if (found.size > 0) continue
    const after = now.state.copy()
    apply(now, after, { entity, id, values })
    now = new View(after, view.person)
  }
  return reasons.size > 0 ? refused(reasons) : { status: [200], after: now.state }
}

// ---- deleting -------------------------------------------------------------------------------------------------------

function deleted(view: View, { entity, id }: Extract<Write, { kind: 'delete' }>): Decision {
  const { state, person } = view
  const reasons = new Set<number>()
  const rec = state.find(entity, id)
  if (!opens(person, 'delete', entity)) reasons.add(denied)
  if (rec === undefined || !view.sees(rec)) return refused(reasons.add(missing))
  if (!reaches(state, person, 'delete', rec)) reasons.add(denied)
  const gone = new Set<Rec>([rec])
  const cleared: (readonly [Rec, Part])[] = []
  for (const one of gone)
    for (const [child, part] of childrenOf(state, one)) {
      if (part.onDelete === 'cascade') gone.add(child)
      else if (part.onDelete === 'clear') cleared.push([child, part])
    }
  for (const one of gone)
    for (const [child, part] of childrenOf(state, one))
      if (part.onDelete === 'restrict' && !gone.has(child)) reasons.add(409)
  // Rights are asked of what is there before anything is gone.
  for (const one of gone)
    if (one !== rec && !(view.sees(one) && reaches(state, person, 'delete', one))) reasons.add(denied)
  if (reasons.size > 0) return refused(reasons)
  const after = state.copy()
  for (const [child, part] of cleared) {
    const kept = after.find(child.entity, child.id)!
    kept.values[part.name] = null
    if (part.targets!.length > 1) kept.values[`${part.name}_type`] = null
  }
  for (const one of gone) after.records.get(one.entity)!.delete(one.id)
  const ids = new Set([...gone].map((one) => one.id))
  forgetContacts(after, ids)
  after.links = after.links.filter(([, from, to]) => !ids.has(from) && !ids.has(to))
  after.shares = after.shares.filter(({ record }) => !ids.has(record))
  return { status: [204], after }
}

/** Who was a contact that is gone is none any more. */
export function forgetContacts(state: State, gone: ReadonlySet<string>): void {
  for (const user of state.all('user')) if (gone.has(user.values['contact'] as string)) user.values['contact'] = null
}

export function childrenOf(state: State, rec: Rec): (readonly [Rec, Part])[] {
  return [...state.world.things.values()].flatMap(({ name, parts }) =>
    parts.flatMap((part) =>
      part.type === 'lookup' && part.targets!.includes(rec.entity)
        ? state.all(name).flatMap((child) => (leads(child, part, rec) ? [[child, part] as const] : []))
        : [],
    ),
  )
}

// ---- many with many -------------------------------------------------------------------------------------------------

function linked(view: View, { kind, entity, id, name, to }: Extract<Write, { kind: 'link' | 'unlink' }>): Decision {
  const { state, person } = view
  const way = state.world.collection(entity, name)!
  const bond = way.bond!
  const near = state.find(entity, id)
  const far = state.find(way.entity, to)
  const reasons = new Set<number>()
  if (!opens(person, 'read', entity)) reasons.add(denied)
  if (near === undefined || !view.sees(near)) return refused(reasons.add(missing))
  const unseen = far === undefined || !view.sees(far)
  const pair = [bond.name, way.forward ? id : to, way.forward ? to : id] as const
  const isThere = state.links.some((link) => link.join() === pair.join())
  if (kind === 'unlink' && (unseen || !isThere)) return refused(reasons.add(missing).add(denied))
  if (unseen) return refused(reasons.add(invalid).add(missing).add(denied))
  if (kind === 'link' && isThere && reasons.size === 0) return { status: [204] }
  const [from, towards] = way.forward ? [near, far] : [far, near]
  const may = (one: Rec, other: Rec) =>
    reaches(state, person, 'append', one) && reaches(state, person, 'append_to', other)
  if (!may(from, towards) && !may(towards, from)) reasons.add(denied)
  if (reasons.size > 0) return refused(reasons)
  const after = state.copy()
  if (kind === 'link') after.links.push(pair)
  else after.links = after.links.filter((link) => link.join() !== pair.join())
  return { status: [204], after }
}

// ---- sharing --------------------------------------------------------------------------------------------------------

function shared(view: View, write: Extract<Write, { kind: 'share' | 'unshare' }>): Decision {
  const { state, person } = view
  if (person.id === nobody) return { status: [401] }
  const { entity, id, to } = write
  const reasons = new Set<number>()
  const rec = state.find(entity, id)
  const own = write.kind === 'unshare' && to === person.id
  if (!opens(person, 'read', entity)) reasons.add(denied)
  if (!own && !opens(person, 'share', entity)) reasons.add(denied)
  if (rec === undefined || !view.sees(rec)) return refused(reasons.add(missing).add(denied))
  if (!state.world.things.get(entity)!.owned) reasons.add(invalid)
  if (!own && !reaches(state, person, 'share', rec)) reasons.add(denied)
  const after = state.copy()
  if (write.kind === 'unshare') {
    const there = after.shares.some((share) => share.record === id && share.to === to)
    if (!there) reasons.add(missing)
    after.shares = after.shares.filter((share) => share.record !== id || share.to !== to)
  } else {
    const rights = new Set(['read', ...write.rights])
    for (const right of rights) if (!reaches(state, person, right as 'read', rec)) reasons.add(denied)
    const receiver = state.find('team', to) ?? state.find('user', to)
    const active = receiver?.entity !== 'user' || receiver.values['state'] === 'active'
    if (receiver === undefined || !view.sees(receiver) || !active) reasons.add(invalid)
    after.shares = after.shares.filter((share) => share.record !== id || share.to !== to)
    after.shares.push({ entity, record: id, to, rights: [...rights], over: false })
  }
  return reasons.size > 0 ? refused(reasons) : { status: [200, 204], after }
}
