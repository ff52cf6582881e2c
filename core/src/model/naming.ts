// The names a definition uses, one call for each: how a kind tells what it depends on, without knowing why it is asked. What
// is given back stands in the name's place, so the same walk follows renames, moves fields, takes references away and lists
// what needs what. Decides how paths and expressions are read; which places hold names is said by each kind and type.
import type { Label } from '../base/label.ts'
import { typeOf } from '../types/index.ts'
import type { Association, Entity, Field, Model, Relationship } from './model.ts'

/** Where in a definition a name stands and what for. */
export interface Spot {
  readonly place: readonly (string | number)[]
  /** What it is used for: `column`, `filter`, `control`, `grant`, … */
  readonly use: string
  /** Labels or names of what it lies in, from the outside: tab, section. */
  readonly within?: readonly Label[]
  /** The part with a name of its own that it stands in, when that is not the whole definition. */
  readonly part?: { readonly kind: string; readonly name: string }
}

/** Asked for each name of a definition; undefined takes what holds the name away. */
export interface Naming {
  /** A definition by kind and name. */
  named(kind: string, name: string, spot: Spot): string | undefined
  /** A path from an entity through lookups: `account.industry`, `price_currency`. */
  path(entity: string, path: string, spot: Spot): string | undefined
  /** A field of the entity itself, where no path can stand. */
  field(entity: string, name: string, spot: Spot): string | undefined
  /** A field that is named with its entity beside it. */
  member(member: Member, spot: Spot): Member | undefined
  /** The way back of a lookup, or another collection of the entity. */
  collection(entity: string, name: string, spot: Spot): string | undefined
  /** An expression over an entity. It is never taken away: what it protects or filters is for people to say. */
  expression(entity: string, text: string, spot: Spot): string
}

export interface Member {
  readonly entity: string
  readonly field: string
}

/** One step of a path: the field, or the way back, that a name means on an entity. */
export interface PathStep {
  readonly text: string
  readonly entity: Entity
  readonly field?: Field
  /** What follows the field's name: a column beside the main one, a target of several. */
  readonly suffix: string
  readonly way?: Relationship
  readonly association?: Association
}

/** The steps of a path as far as they mean something. */
export function readPath(model: Model, from: Entity | undefined, path: string): PathStep[] {
  const steps: PathStep[] = []
  let at = from
  for (const text of path.split('.')) {
    if (at === undefined) break
    const step = readStep(model, at, text)
    if (step === undefined) break
    steps.push(step)
    at = behind(model, step)
  }
  return steps
}

function readStep(model: Model, entity: Entity, text: string): PathStep | undefined {
  const exact = entity.fields.find(({ name }) => name === text)
  const field = exact ?? entity.fields.find((one) => suffixes(one).some((suffix) => one.name + suffix === text))
  if (field !== undefined) return { text, entity, field, suffix: text.slice(field.name.length) }
  const way = model.relationships.find((one) => one.inverse === text && one.targets.includes(entity.id))
  if (way !== undefined) return { text, entity, suffix: '', way }
  const association = [...model.associations.values()].find(({ from, to }) =>
    [from, to].some((end) => end.entity === entity.name && end.name === text),
  )
  return association === undefined ? undefined : { text, entity, suffix: '', association }
}

function suffixes(field: Field): string[] {
  const type = typeOf(field)
  const link = type.link?.(field)
  const columns = type.columns(field).map(({ suffix }) => suffix)
  return link?.polymorphic === true ? [...columns, ...link.targets.map((target) => `_${target}`)] : columns
}

/** The entity a step leads to. */
export function behind(
  model: Model,
  { text: name, entity, field, suffix, way, association }: PathStep,
): Entity | undefined {
  if (way !== undefined) return model.entityById.get(way.from)
  if (association !== undefined) {
    const { from, to } = association
    return model.entities.get((from.entity === entity.name && from.name === name ? to : from).entity)
  }
  const link = field && typeOf(field).link?.(field)
  if (link === undefined) return undefined
  return model.entities.get(link.polymorphic ? suffix.slice(1) : link.targets[0]!)
}

const text = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g
const paths = /(?<![\w.])[a-z_]\w*(?:\.[a-z_]\w*)*(?!\w|\s*\()/g
const conditions = /(?<![\w.])([a-z_][\w.]*)\.(?:exists|all)\(\s*([a-z_]\w*)\s*,/g

/** An expression with every path replaced that starts at the record, or at a record of a collection it has a condition on. */
export function mapPaths(
  model: Model,
  entity: Entity | undefined,
  expression: string,
  map: (from: Entity | undefined, path: string) => string,
): string {
  const code = expression.replace(text, (literal) => ' '.repeat(literal.length))
  const variables = new Map<string, Entity | undefined>()
  for (const [, collection, variable] of code.matchAll(conditions)) {
    const [first = '', ...rest] = collection!.split('.')
    const from = variables.has(first) ? variables.get(first) : entity
    const steps = readPath(model, from, variables.has(first) ? rest.join('.') : collection!)
    variables.set(variable!, steps.length === 0 ? undefined : behind(model, steps.at(-1)!))
  }
  let end = 0
  let made = ''
  for (const { 0: path, index } of code.matchAll(paths)) {
    const [first = '', ...rest] = path.split('.')
    const own = variables.has(first)
    const kept = own ? (rest.length === 0 ? path : `${first}.${map(variables.get(first), rest.join('.'))}`) : undefined
    made += expression.slice(end, index) + (kept ?? map(entity, path))
    end = index + path.length
  }
  return made + expression.slice(end)
}
