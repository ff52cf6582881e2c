// Definitions → Model: names get their defaults, system fields, relationships and generated views and forms are added, and
// everything is frozen. Assumes checked definitions (check.ts); decides nothing about whether they are right.
import { freezeDeep } from '../base/freeze.ts'
import { definitionKey, type Definition } from './definition.ts'
import { formName, generateForm, generateView, viewName } from './generated.ts'
import { kindOf } from './kinds.ts'
import { relate } from './links.ts'
import { intersectOf, withEndNames, type Named } from './intersect.ts'
import { resolveFields } from './resolve.ts'
import type { App, Association, Choice, Entity, Form, Model, Role, View, Webhook } from './model.ts'

export interface BuildOptions {
  /** Which solution a definition came from, by "kind/name". */
  readonly solutions?: ReadonlyMap<string, string>
}

/** The model of these definitions at a revision. Definitions without an id are known by "kind/name" until they have one. */
export function buildModel(definitions: readonly Definition[], revision: number, options: BuildOptions = {}): Model {
  const built = {
    entity: new Map<string, Entity>(),
    choice: new Map<string, Choice>(),
    relationship: new Map<string, Named>(),
    view: new Map<string, View>(),
    form: new Map<string, Form>(),
    app: new Map<string, App>(),
    role: new Map<string, Role>(),
    webhook: new Map<string, Webhook>(),
  }
  for (const definition of definitions) {
    const solution = options.solutions?.get(definitionKey(definition))
    ;(built[definition.kind] as Map<string, unknown>).set(definition.name, partOf(definition, solution))
  }
  const associations = associate(built)
  resolveFields(built.entity)
  addGenerated(built)
  return indexModel({
    revision,
    entities: built.entity,
    choices: built.choice,
    views: built.view,
    forms: built.form,
    apps: built.app,
    roles: built.role,
    webhooks: built.webhook,
    associations,
  })
}

const parts = new WeakMap<Definition, Map<string | undefined, object>>()

/** What a definition becomes; the same definition always becomes the very same part, so that models share what stays. */
function partOf(definition: Definition, solution: string | undefined): object {
  let known = parts.get(definition)
  if (known === undefined) parts.set(definition, (known = new Map()))
  let part = known.get(solution)
  if (part === undefined) {
    const plain = known.get(undefined) ?? freezeDeep(kindOf(definition.kind)!.build(definition) as object)
    known.set(undefined, plain)
    part = solution === undefined ? plain : Object.freeze({ ...plain, solution })
    known.set(solution, part)
  }
  return part
}

/** The parts of a model before they are indexed. */
export type ModelParts = Omit<Model, 'entityById' | 'entityBySet' | 'relationships'> & {
  readonly relationships?: Model['relationships']
}

/** The frozen model of these parts: indexes and relationships added. */
export function indexModel(parts: ModelParts): Model {
  const all = [...parts.entities.values()]
  return Object.freeze({
    ...parts,
    entityById: new Map(all.map((entity) => [entity.id, entity])),
    entityBySet: new Map(all.map((entity) => [entity.entitySet, entity])),
    relationships: freezeDeep(parts.relationships ?? relate(parts.entities)),
  })
}

/** What the very same relationship became, while its ends call each other the same. */
const links = new WeakMap<Named, { readonly association: Association; readonly entity: Entity }>()

/** Relationships of many with many with the names of their ends; those without an entity of their own get a table of links. */
function associate(built: {
  entity: Map<string, Entity>
  relationship: ReadonlyMap<string, Named>
}): Map<string, Association> {
  const associations = new Map<string, Association>()
  for (const [name, named] of built.relationship) {
    const made = withEndNames(named, built.entity)
    const before = links.get(named)
    const isSame = before?.association.from.name === made.from.name && before.association.to.name === made.to.name
    const { association, entity } = isSame ? before : { association: made, entity: intersectOf(made) }
    if (!isSame) links.set(named, { association: freezeDeep(association), entity: freezeDeep(entity) })
    associations.set(name, association)
    if (association.through.entity === name && !built.entity.has(name)) built.entity.set(name, entity)
  }
  return associations
}

/** The generated list and form of an entity; they stay the very same while it does. */
const [views, forms] = [new WeakMap<Entity, View>(), new WeakMap<Entity, Form>()]

function addGenerated(built: { entity: Map<string, Entity>; view: Map<string, View>; form: Map<string, Form> }): void {
  const withView = new Set([...built.view.values()].map((view) => view.entity))
  const withForm = new Set([...built.form.values()].map((form) => form.entity))
  const [isView, isForm] = [(name: string) => built.view.has(name), (name: string) => built.form.has(name)]
  for (const entity of built.entity.values()) {
    if (!withView.has(entity.name)) {
      const name = viewName(entity, isView)
      const before = views.get(entity)
      const view = before?.name === name ? before : freezeDeep(generateView(entity, isView))
      views.set(entity, view)
      built.view.set(name, view)
    }
    if (!withForm.has(entity.name)) {
      const name = formName(entity, isForm)
      const before = forms.get(entity)
      const form = before?.name === name ? before : freezeDeep(generateForm(entity, isForm))
      forms.set(entity, form)
      built.form.set(name, form)
    }
  }
}
