// Random requests that write: values and owners from everywhere, most of them to records that may be changed.
import { drawEntity, drawRecord, reachedBy, type Drawing } from './aim.ts'
import { pathsIn, type Plain } from './condition.ts'
import { idKinds, idOf } from './id.ts'
import { drawValue, ownersIn } from './records.ts'
import type { Values, Write } from './request.ts'
import type { Part } from './state.ts'
import { words } from './word.ts'

/** Values of some fields, at times also of one that nobody can set. */
function drawValues(drawing: Drawing, parts: readonly Part[]): Record<string, Plain> {
  const { random } = drawing
  const values: Record<string, Plain> = {}
  for (const part of parts) {
    const isWorkedOut = part.calc !== undefined || part.gather !== undefined
    // Where a record stands among its like stays, so that no ring comes about.
    if (part.name === 'above') continue
    if (part.type === 'lookup') Object.assign(values, drawTarget(drawing, part))
    else if (!isWorkedOut)
      values[part.name] = part.type === 'text' && random.chance(0.05) ? '•••••mber' : drawValue(random, part)
    else if (random.chance(0.1)) values[part.name] = 1
  }
  return values
}

/** Where a lookup is to lead: more often to what may be appended to, at times nowhere. */
function drawTarget(drawing: Drawing, { name, targets }: Part): Record<string, Plain> {
  const { random } = drawing
  if (random.chance(0.2)) return { [`${name}_id`]: null }
  const entity = random.pick(targets!)
  const { id } = drawRecord(drawing, { entity, operation: 'append_to' })
  return { [`${name}_id`]: id, ...(targets!.length > 1 ? { [`${name}_type`]: entity } : {}) }
}

function drawOwner({ random, state }: Drawing): Values {
  const access = state.all('team').filter(({ values }) => values['kind'] === 'access')
  if (random.chance(0.1)) return { owner_id: access[0]!.id, owner_type: 'team' }
  // A team that only gives access owns nothing, whoever tries.
  const wrong = access.flatMap(({ id }) => Array.from({ length: 4 }, () => ({ id, type: 'team' as const })))
  const { id, type } = random.pick([...ownersIn(state), ...wrong])
  return { owner_id: id, owner_type: type }
}

/** Draws a new record; `fresh` numbers it. Some lead elsewhere and are somebody else's from the start, and have nothing more to refuse. */
export function drawCreate(drawing: Drawing, fresh: number): Extract<Write, { kind: 'create' }> {
  const { random, world, state } = drawing
  const entity = drawEntity(drawing, 'create')
  const { owned, parts } = state.world.things.get(entity)!
  const name: Values = random.chance(0.95) ? { name: `${random.pick(words)} ${String(fresh).padStart(4, '0')}` } : {}
  const leads = random.chance(0.3)
  const lookups = parts.filter(({ type, name }) => type === 'lookup' && name !== 'above')
  return {
    kind: 'create',
    entity,
    id: idOf(idKinds.record + world.drawn.indexOf(entity), 1000 + fresh),
    values: {
      ...drawValues(drawing, leads ? [random.pick(lookups)] : random.some(parts, 0, 5)),
      ...name,
      ...(owned && random.chance(leads ? 0.6 : 0.3) ? drawOwner(drawing) : {}),
    },
  }
}

/** Draws a change of a record. */
export function drawUpdate(drawing: Drawing, kind: 'update' | 'upsert'): Write {
  const { random, state } = drawing
  const at = drawRecord(drawing, { operation: 'write' })
  const { owned } = state.world.things.get(at.entity)!
  const gives = owned && random.chance(0.35)
  const values = gives && random.chance(0.6) ? {} : drawChange(drawing, at.entity, 3)
  const kept = kind === 'upsert' && state.find(at.entity, at.id) === undefined ? { ...values, name: 'amber' } : values
  return { kind, ...at, values: { ...kept, ...(gives ? drawOwner(drawing) : {}) } }
}

/** Values of up to `most` fields; often of one that a right to change the record depends on, which may carry it out of reach. */
function drawChange(drawing: Drawing, entity: string, most: number): Record<string, Plain> {
  const { random, state } = drawing
  const deciding = decidingParts(drawing, entity)
  if (deciding.length > 0 && random.chance(0.4)) return drawValues(drawing, [random.pick(deciding)])
  return drawValues(drawing, random.some(state.world.things.get(entity)!.parts, 1, most))
}

/** Fields that the rules and scopes read by which somebody may change records of an entity. */
function decidingParts({ state, person }: Drawing, entity: string): Part[] {
  const names = (person?.roles ?? []).flatMap(({ role }) =>
    role.grants.flatMap(({ entity: of, write, rule }) => {
      if (of !== entity || write === undefined) return []
      const through = typeof write === 'object' ? [write.through ?? 'id'] : []
      if (rule === undefined) return through
      const paths = [...pathsIn(rule, entity, state)].filter(([from]) => from === entity)
      return [...through, ...paths.map(([, [name]]) => name!.replace(/_id$/, ''))]
    }),
  )
  const { parts } = state.world.things.get(entity)!
  const read = parts.filter(({ name }) => names.includes(name))
  const sources = read.map(({ name, calc }) => (calc !== undefined && 'twice' in calc ? calc.twice : name))
  return parts.filter(({ name }) => name !== 'above' && sources.includes(name))
}

/** Draws a link of many with many, or the end of one. */
export function drawLink(drawing: Drawing): Write {
  const { random, state } = drawing
  const [bond] = state.world.bonds
  const side = random.pick([bond!.from, bond!.to])
  const other = side === bond!.from ? bond!.to : bond!.from
  const to = drawRecord(drawing, { entity: other.entity, operation: 'append_to' }).id
  return {
    kind: random.pick(['link', 'link', 'unlink']),
    ...drawRecord(drawing, { entity: side.entity, operation: 'append' }),
    name: side.name,
    to,
  }
}

/** Draws a share, or the end of one. */
export function drawShare(drawing: Drawing): Write {
  const { random, state } = drawing
  const at = drawRecord(drawing, { operation: 'share' })
  const to = random.pick([...state.all('user'), ...state.all('team')]).id
  const there = state.shares.filter(({ over }) => !over)
  if (random.chance(0.3) && there.length > 0) {
    const { entity, record, to: receiver } = random.pick(there)
    return { kind: 'unshare', entity, id: record, to: receiver }
  }
  const rights = random.some(['read', 'write', 'delete', 'assign', 'share', 'append', 'append_to'], 1, 3)
  return { kind: 'share', ...at, to, rights }
}

/** Draws changes of several records at once, more often of such as may be changed. */
export function drawBulk(drawing: Drawing): Write {
  const { random, state } = drawing
  const entity = drawEntity(drawing)
  const likely = random.chance(0.6) ? reachedBy(drawing, entity, 'write') : []
  const rows = random
    .some(likely.length > 0 ? likely : state.all(entity), 1, 3)
    .map(({ id }) => ({ id, ...drawChange(drawing, entity, 2) }))
    .filter((row) => Object.keys(row).length > 1)
  if (rows.length === 0) return drawUpdate(drawing, 'update')
  return { kind: 'bulk', entity, rows }
}
