// Where a resource path leads: the records on its way, the key of each, the conditions behind the last list, and what of it is
// asked for. The query that stands behind the path is bind.ts's.
import { suggest } from '../base/name.ts'
import { must, Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { shown } from '../expression/reader.ts'
import { propertyOf, unknownName, type Scope } from '../expression/scope.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import type { Entity, Model } from '../model/model.ts'
import type { Navigation, WireEntity } from '../model/wire.ts'
import type { Names } from './bind.ts'
import type { KeyPart, PathStep } from './path.ts'
import type { Query } from './syntax.ts'
import type { BoundRead, BoundStep } from './tree.ts'

/** A bound path: the steps to what the query is about, and what of it is asked for. */
export interface Way extends Pick<BoundRead, 'result' | 'steps' | 'property'> {
  /** Conditions of the path on the list it ends with. */
  readonly filters: readonly Syntax[]
}

/** Binds a resource path. throws: Problem */
export function bindPath(path: readonly PathStep[], names: Names, aliases: Query['aliases']): Way {
  const { steps, rest } = bindSteps(path, names, aliases)
  const last = steps.at(-1)!
  const single = !isList(last)
  const { filters, after } = splitFilters(rest, single)
  return { steps, filters, ...bindResult(after, single, names.wire(last.entity.id)) }
}

/** Whether a step stands for several records. The first one does, as long as no key picks one of them. */
function isList({ key, navigation }: BoundStep): boolean {
  return key === undefined && (navigation === undefined || navigation.collection)
}

/** As far as the path names records; `rest` begins with the first segment that does not. */
function bindSteps(
  path: readonly PathStep[],
  names: Names,
  aliases: Query['aliases'],
): { steps: BoundStep[]; rest: readonly PathStep[] } {
  const steps: BoundStep[] = [firstStep(path[0], names.model)]
  let i = 1
  for (; i < path.length; i++) {
    const step = path[i]!
    const last = steps.at(-1)!
    if (step.op === 'key') {
      if (!isList(last)) throw nothingAt('a key', step.position)
      steps[steps.length - 1] = { ...last, key: bindKey(step.parts, names.wire(last.entity.id), aliases) }
    } else if (step.op === 'cast') {
      if (last.entity.name !== step.name) throw nothingAt(`peyvand.${step.name}`, step.position)
    } else {
      const navigation = navigationAt(path, i, last.entity, names)
      if (!navigation) break
      if (isList(last)) throw nothingAt(navigation.name, step.position, 'Name one record first')
      steps.push({ entity: names.model.entityById.get(navigation.target)!, navigation })
    }
  }
  return { steps, rest: path.slice(i) }
}

function firstStep(first: PathStep | undefined, model: Model): BoundStep {
  const name = first?.op === 'name' ? first.name : ''
  const entity = first?.op === 'name' ? model.entityBySet.get(name) : undefined
  if (entity) return { entity }
  throw new Problem('missing.path', {
    detail: `There is no entity set "${shown(name)}"`,
    target: 'path',
    position: 0,
    hint: suggest(name, model.entityBySet.keys()),
  })
}

/** The relationship that a segment names, if it names one; one to records of several entities by the type behind it. */
function navigationAt(path: readonly PathStep[], at: number, entity: Entity, names: Names): Navigation | undefined {
  const [step, next] = [path[at]!, path[at + 1]]
  if (step.op === 'call')
    throw new Problem('request.syntax', {
      detail: `Expected a key at position ${step.position} of "path", found ")"`,
      target: 'path',
      position: step.position,
    })
  if (step.op !== 'name') return undefined
  const typed = next?.op === 'cast' ? castOf(entity, step.name, next.name, names) : undefined
  return typed ?? names.wire(entity.id).navigations.get(step.name)
}

/** The `$filter(…)` segments behind a list. */
function splitFilters(
  rest: readonly PathStep[],
  single: boolean,
): { filters: readonly Syntax[]; after: readonly PathStep[] } {
  const end = rest.findIndex(({ op }) => op !== 'filter')
  const own = end < 0 ? rest : rest.slice(0, end)
  if (own.length > 0 && single) throw nothingAt('$filter', own[0]!.position, 'It belongs to a list of records')
  return { filters: own.flatMap((step) => (step.op === 'filter' ? [step.where] : [])), after: rest.slice(own.length) }
}

/** Binds a condition of the path. throws: Problem */
export function bindFilter(where: Syntax, wire: WireEntity, names: Names, aliases: Query['aliases']): Expression {
  const scope: Scope = { root: wire, wire: names.wire, target: 'path', ...(aliases ? { aliases } : {}) }
  return must(bindExpression(where, scope, 'boolean'))
}

function nothingAt(name: string, position: number, hint?: string): Problem {
  return new Problem('missing.path', {
    detail: `There is nothing at "${shown(name)}" here`,
    target: 'path',
    position,
    hint,
  })
}

/** `regarding/peyvand.account`: the way from a polymorphic lookup to the record of one entity. */
function castOf(entity: Entity, field: string, target: string, names: Names): Navigation | undefined {
  return [...names.wire(entity.id).navigations.values()].find(
    (each) =>
      !each.collection &&
      each.typeColumn !== undefined &&
      each.field.name === field &&
      names.model.entityById.get(each.target)!.name === target,
  )
}

/** The key of a record: its id, or all fields of an alternate key by name. throws: Problem */
function bindKey(
  parts: readonly KeyPart[],
  wire: WireEntity,
  aliases: Query['aliases'],
): NonNullable<BoundStep['key']> {
  const bound = parts.map((part) => bindKeyPart(part, wire, aliases))
  const fields = bound.map(({ property }) => property.field.name)
  const isKey =
    (fields.length === 1 && fields[0] === 'id') ||
    wire.entity.keys.some(
      (key) => key.fields.length === fields.length && key.fields.every((field) => fields.includes(field)),
    )
  if (isKey && new Set(fields).size === fields.length) return bound
  const known = [['id'], ...wire.entity.keys.map((key) => key.fields)]
    .filter((key) => key.every((field) => propertyOf(wire, field) !== undefined))
    .map((key) => key.join(', '))
    .join(' | ')
  throw new Problem('request.unknown', {
    detail: `"${wire.entity.name}" has no key (${fields.join(', ')})`,
    target: 'path',
    position: parts[0]?.value.position ?? 0,
    hint: `Its keys are: ${known}`,
  })
}

/** One field of a key with its value, which is bound as if it were compared with the field. */
function bindKeyPart(
  { name = 'id', value }: KeyPart,
  wire: WireEntity,
  aliases: Query['aliases'],
): NonNullable<BoundStep['key']>[number] {
  const property = propertyOf(wire, name)
  if (!property) throw unknownName(wire, name, 'path', value.position)
  const { position } = value
  const equal = must(
    bindExpression(
      { op: 'call', name: 'eq', args: [{ op: 'path', names: [property.name], position }, value], position },
      { root: wire, wire: () => wire, target: 'path', ...(aliases ? { aliases } : {}) },
    ),
  )
  return { property, value: (equal as Extract<Expression, { op: 'call' }>).args[1]! }
}

/** What of the records is asked for: themselves, how many there are, their addresses, or one property. */
function bindResult(
  rest: readonly PathStep[],
  single: boolean,
  wire: WireEntity,
): Pick<BoundRead, 'result' | 'property'> {
  const [step, next, more] = rest
  if (!step) return { result: single ? 'record' : 'collection' }
  if (step.op === '$count' && !next && !single) return { result: 'count' }
  if (step.op === '$ref' && !next) return { result: single ? 'ref' : 'refs' }
  if (step.op !== 'name') throw nothingAt(step.op, step.position)
  if (!single) throw nothingAt(step.name, step.position, 'Name one record first')
  const property = wire.shown.get(step.name)
  if (!property) {
    const { message: detail, hint } = unknownName(wire, step.name)
    throw new Problem('missing.path', { detail, target: 'path', position: step.position, hint })
  }
  if (!next) return { result: 'property', property }
  if (next.op === '$value' && !more) return { result: 'value', property }
  throw nothingAt(next.op === 'name' ? next.name : next.op, next.position)
}
