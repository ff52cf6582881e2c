// What formulas give while a person is still typing, worked out by the same evaluation the tests hold against the database:
// from the draft, and from the records its lookups lead to now, which whoever shows the form reads with the person's rights.
// What neither can tell (who asks, records that are not read yet, fields that are hidden) keeps what the server last said.
import type { Value } from '../base/kind.ts'
import { evaluate } from '../expression/evaluate.ts'
import type { Expression } from '../expression/tree.ts'
import { dependsOf, nodesIn } from '../expression/visit.ts'
import type { Entity, Id, Model } from '../model/model.ts'
import { wireOf, type Navigation, type Property } from '../model/wire.ts'
import type { Draft } from './state.ts'

const nobody = { user: '', name: '', roles: [], teams: [], unit: null, unitTree: [] }

/** A record that formulas of a draft read: the lookup's name, the record, and the query that brings what they need. */
export interface Parent {
  readonly navigation: string
  readonly entity: Id
  readonly id: string
  /** `$select` and `$expand`, as they are written in an address. */
  readonly query: string
}

/** Records by the lookup's name; null where there is none for this person. */
export type Parents = Readonly<Record<string, Readonly<Record<string, unknown>> | null>>

/** The records that formulas of the draft read. */
export function parentsOf(model: Model, entity: Entity, draft: Draft): readonly Parent[] {
  const needs = new Map<Navigation, Need>()
  for (const { formula } of tellable(model, entity)) collect(formula, needs)
  return [...needs].flatMap(([navigation, need]): Parent[] => {
    const id = idOf(model, navigation, draft)
    return id === undefined
      ? []
      : [{ navigation: navigation.name, entity: navigation.target, id, query: queryOf(need, '&') }]
  })
}

/** Values of the formulas that can be told, by name; `now` is an ISO moment. */
export function previewFormulas(
  model: Model,
  entity: Entity,
  draft: Draft,
  now: string,
  parents: Parents = {},
): Record<string, Value> {
  const formulas = tellable(model, entity)
  const names = new Set(formulas.map(({ name }) => name))
  const typed = Object.fromEntries(Object.entries(draft).filter(([name]) => !names.has(name)))
  const known = formulas.filter(({ formula }) => {
    const needs = new Map<Navigation, Need>()
    collect(formula, needs)
    return [...needs.keys()].every(
      (navigation) => Object.hasOwn(parents, navigation.name) || idOf(model, navigation, draft) === undefined,
    )
  })
  const gone = Object.fromEntries(
    [...wireOf(model, entity).navigations.values()]
      .filter((navigation) => !navigation.collection && idOf(model, navigation, draft) === undefined)
      .map(({ name }) => [name, null]),
  )
  const row = { ...typed, ...parents, ...gone }
  return Object.fromEntries(known.map(({ name, formula }) => [name, evaluate(formula, row, { now, actor: nobody })]))
}

type Told = Property & { readonly formula: Expression }

/** Formulas that a record and its parents decide. One that could not be bound here reads what this person may not. */
function tellable(model: Model, entity: Entity): readonly Told[] {
  return [...wireOf(model, entity).properties.values()].filter(
    (property): property is Told => property.formula !== undefined && isTellable(property.formula),
  )
}

function isTellable(formula: Expression): boolean {
  if (formula.op === 'literal' && formula.value === null) return false
  if (dependsOf(formula) === 'actor') return false
  return [...nodesIn(formula)].every(
    (node) =>
      node.op !== 'lambda' &&
      node.op !== 'hierarchy' &&
      (node.op !== 'property' ||
        node.through.length > 0 ||
        node.property.formula === undefined ||
        isTellable(node.property.formula)),
  )
}

/** What is read of a record: its properties, and those of the records it leads to. */
interface Need {
  readonly properties: Set<string>
  readonly further: Map<Navigation, Need>
}

function collect(formula: Expression, into: Map<Navigation, Need>): void {
  for (const node of nodesIn(formula)) {
    if (node.op !== 'property') continue
    if (node.through.length === 0) {
      if (node.property.formula !== undefined) collect(node.property.formula, into)
      continue
    }
    let at = into
    let need: Need | undefined
    for (const navigation of node.through) {
      need = at.get(navigation)
      if (need === undefined) at.set(navigation, (need = { properties: new Set(['id']), further: new Map() }))
      at = need.further
    }
    need!.properties.add(node.property.name)
  }
}

function queryOf({ properties, further }: Need, between: '&' | ';'): string {
  const expand = [...further].map(([{ name }, inner]) => `${name}(${queryOf(inner, ';')})`)
  return [`$select=${[...properties].join(',')}`, ...(expand.length > 0 ? [`$expand=${expand.join(',')}`] : [])].join(
    between,
  )
}

/** The record a lookup of the draft leads to along a navigation. */
function idOf(model: Model, { column, typeColumn, target }: Navigation, draft: Draft): string | undefined {
  const id = draft[column]
  if (typeof id !== 'string' || id === '') return undefined
  const leads = typeColumn === undefined || draft[typeColumn] === model.entityById.get(target)?.name
  return leads ? id : undefined
}
