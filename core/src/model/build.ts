// Definitions → Model: names get their defaults, system fields, relationships and generated views and forms are added, and
// everything is frozen. Assumes checked definitions (check.ts); decides nothing about whether they are right.
import { freezeDeep } from '../base/freeze.ts'
import { definitionKey, type Definition } from './definition.ts'
import { generateForm, generateView } from './generated.ts'
import { kindOf } from './kinds.ts'
import { relate } from './links.ts'
import { intersectOf, withEndNames, type Named } from './intersect.ts'
import { resolveFields } from './resolve.ts'
import type { App, Association, Choice, Entity, Form, Model, Role, View } from './model.ts'

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
  }
  for (const definition of definitions) {
    const solution = options.solutions?.get(definitionKey(definition))
    const part = kindOf(definition.kind)!.build(definition)
    ;(built[definition.kind] as Map<string, unknown>).set(
      definition.name,
      freezeDeep(solution === undefined ? part : { ...(part as object), solution }),
    )
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
    associations,
  })
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

/** Relationships of many with many with the names of their ends; those without an entity of their own get a table of links. */
function associate(built: {
  entity: Map<string, Entity>
  relationship: ReadonlyMap<string, Named>
}): Map<string, Association> {
  const associations = new Map<string, Association>()
  for (const [name, named] of built.relationship) {
    const association = withEndNames(named, built.entity)
    associations.set(name, freezeDeep(association))
    if (association.through.entity === name && !built.entity.has(name))
      built.entity.set(name, freezeDeep(intersectOf(association)))
  }
  return associations
}

function addGenerated(built: { entity: Map<string, Entity>; view: Map<string, View>; form: Map<string, Form> }): void {
  const withView = new Set([...built.view.values()].map((view) => view.entity))
  const withForm = new Set([...built.form.values()].map((form) => form.entity))
  for (const entity of built.entity.values()) {
    if (!withView.has(entity.name)) {
      const view = generateView(entity, (name) => built.view.has(name))
      built.view.set(view.name, freezeDeep(view))
    }
    if (!withForm.has(entity.name)) {
      const form = generateForm(entity, (name) => built.form.has(name))
      built.form.set(form.name, freezeDeep(form))
    }
  }
}
