// The draft: changed definitions that are not published yet, with undo, kept in this browser tab. Gives the model as it
// would be, so that every canvas paints the real thing. What a change does to the database only the server's plan says.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { indexModel } from '@peyvand/core/model/build.ts'
import { generateForm, generateView } from '@peyvand/core/model/generated.ts'
import { intersectOf, withEndNames, type Named } from '@peyvand/core/model/intersect.ts'
import { kindOf } from '@peyvand/core/model/kinds.ts'
import type { Association, Entity, Form, Model, Role, View, Webhook } from '@peyvand/core/model/model.ts'
import type { MoveWish } from '@peyvand/core/model/move.ts'
import { current, models } from '../data/model.ts'
import { Store } from '../kit/view.ts'
import { definitionOf, partOf, type Definition } from './definition.ts'

export type { Definition } from './definition.ts'

/**
 * One changed definition. `was` is its published name; null as definition deletes it. A field that is to move to another entity
 * is a change of kind `move`: until it is published it stays where it is.
 */
export interface Change {
  readonly key: string
  readonly kind: string
  readonly was?: string
  readonly definition: Definition | null
}
type Changes = ReadonlyMap<string, Change>
type DraftKind = 'entity' | 'relationship' | 'form' | 'view' | 'role' | 'webhook'
type Part = Entity | Association | Form | View | Role | Webhook

const kept = 'peyvand.draft'

class Draft extends Store {
  #changes: Changes = load()
  #past: Changes[] = []
  #future: Changes[] = []
  #built: { changes: Changes; base: Model; model: Model } | undefined

  get changes(): readonly Change[] {
    return [...this.#changes.values()]
  }
  get canUndo(): boolean {
    return this.#past.length > 0
  }
  get canRedo(): boolean {
    return this.#future.length > 0
  }

  /** The published model with the draft on top. */
  get model(): Model {
    const base = current()
    if (this.#built?.changes !== this.#changes || this.#built.base !== base)
      this.#built = { changes: this.#changes, base, model: build(base, this.changes) }
    return this.#built.model
  }

  /** The definition of a part as it stands in the draft. */
  definition(kind: DraftKind, part: Part): Definition {
    return this.#changes.get(`${kind}/${part.id}`)?.definition ?? definitionOf(kind, part)
  }

  isChanged(part: { readonly id: string }, kind = 'entity'): boolean {
    return this.#changes.has(`${kind}/${part.id}`)
  }
  isNew(part: { readonly id: string }): boolean {
    const change = this.#changes.get(`entity/${part.id}`)
    return change !== undefined && change.was === undefined
  }

  /** Replaces definitions in one undoable step. */
  put(...definitions: readonly Definition[]): void {
    const next = new Map(this.#changes)
    for (const definition of definitions) {
      const key = `${definition.kind}/${idOf(definition)}`
      const was = next.has(key) ? next.get(key)!.was : publishedName(definition)
      next.set(key, { key, kind: definition.kind, was, definition })
    }
    this.#step(next)
  }

  /** The fields that are to move, by their ids. */
  get moves(): readonly { readonly field: string; readonly wish: MoveWish }[] {
    return this.changes.flatMap(({ kind, key, definition }) => {
      if (kind !== 'move' || definition === null) return []
      const { kind: _kind, name: _name, ...wish } = definition
      return [{ field: key.slice('move/'.length), wish: wish as unknown as MoveWish }]
    })
  }

  /** Notes that a field is to move, in one undoable step. */
  move(field: string, wish: MoveWish): void {
    const key = `move/${field}`
    const was = `${wish.from}.${wish.field}`
    const said = Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined))
    this.#step(
      new Map(this.#changes).set(key, { key, kind: 'move', was, definition: { ...said, kind: 'move', name: was } }),
    )
  }

  /** Deletes an entity with the relationships, forms and views that are only about it. */
  remove(entity: Entity): void {
    const next = new Map(this.#changes)
    forget(next, 'entity', entity)
    for (const association of this.model.associations.values())
      if ([association.from.entity, association.to.entity, association.through.entity].includes(entity.name))
        forget(next, 'relationship', association)
    for (const [kind, parts] of [
      ['form', current().forms],
      ['view', current().views],
      ['webhook', current().webhooks],
    ] as const) {
      for (const part of parts.values())
        if (part.entity === entity.name && !('generated' in part && part.generated))
          next.set(`${kind}/${part.id}`, { key: `${kind}/${part.id}`, kind, was: part.name, definition: null })
    }
    this.#step(next)
  }

  /** Deletes a part that nothing else goes with. */
  removePart(kind: 'relationship' | 'role' | 'webhook', part: Part): void {
    const next = new Map(this.#changes)
    forget(next, kind, part)
    this.#step(next)
  }

  /** Forgets one change. */
  drop(key: string): void {
    const next = new Map(this.#changes)
    next.delete(key)
    this.#step(next)
  }

  /** Forgets everything: published, or given up. */
  clear(): void {
    this.#past = []
    this.#future = []
    this.#set(new Map())
  }

  undo(): void {
    const last = this.#past.pop()
    if (!last) return
    this.#future.push(this.#changes)
    this.#set(last)
  }

  redo(): void {
    const next = this.#future.pop()
    if (!next) return
    this.#past.push(this.#changes)
    this.#set(next)
  }

  /** The body of plan and apply. */
  request(): JsonObject {
    const changes = this.changes
      .filter(({ kind }) => kind !== 'move')
      .map(({ kind, was, definition }): JsonObject =>
        definition ? { op: 'put', definition } : { op: 'delete', kind, name: was! },
      )
    const moves = this.moves.map(({ wish }): JsonObject => ({ ...wish, op: 'move' }))
    return { base: String(current().revision), changes: [...changes, ...moves] }
  }

  #step(next: Changes): void {
    this.#past = [...this.#past.slice(-199), this.#changes]
    this.#future = []
    this.#set(next)
  }

  #set(next: Changes): void {
    this.#changes = next
    sessionStorage.setItem(kept, JSON.stringify([...next.values()]))
    this.changed()
  }
}

/** The draft of this tab. */
export const draft = new Draft()
models.subscribe(() => draft.changed())

/** A definition without an id is known by its kind and name, as the model knows it. */
function idOf({ id, kind, name }: Definition): string {
  return typeof id === 'string' ? id : `${kind}/${name}`
}

function publishedName(definition: Definition): string | undefined {
  const { id, kind, name } = definition
  const { entities, associations, forms, views, roles, webhooks } = current()
  const parts: Readonly<Record<string, ReadonlyMap<string, Part>>> = {
    entity: entities,
    relationship: associations,
    form: forms,
    view: views,
    role: roles,
    webhook: webhooks,
  }
  const found = [...parts[kind]!.values()].find((part) => (id === undefined ? part.name === name : part.id === id))
  return found?.name
}

/** Marks a part as deleted; one that was never published is just gone. */
function forget(changes: Map<string, Change>, kind: DraftKind, part: Part): void {
  const key = `${kind}/${part.id}`
  const was = changes.has(key) ? changes.get(key)!.was : part.name
  if (was === undefined) changes.delete(key)
  else changes.set(key, { key, kind, was, definition: null })
}

function build(base: Model, changes: readonly Change[]): Model {
  const entities = new Map(base.entities)
  const forms = new Map(base.forms)
  const views = new Map(base.views)
  const roles = new Map(base.roles)
  const webhooks = new Map(base.webhooks)
  const target: Readonly<Record<string, Map<string, unknown>>> = {
    entity: entities,
    form: forms,
    view: views,
    role: roles,
    webhook: webhooks,
  }
  for (const { kind, was, definition } of changes) {
    if (kind === 'relationship' || kind === 'move') continue
    const parts = target[kind]!
    const before = was === undefined ? undefined : (parts.get(was) as object | undefined)
    if (was !== undefined) parts.delete(was)
    if (definition) parts.set(definition.name, partOf(definition, before))
  }
  for (const { kind, definition, was } of changes) {
    if (kind !== 'entity' || !definition) continue
    const entity = entities.get(definition.name)!
    if (was !== undefined && was !== definition.name) moveTo(forms, views, was, definition.name)
    replaceGenerated(entity, forms, views)
  }
  const associations = associate(base, changes, entities)
  return indexModel({ ...base, entities, forms, views, roles, webhooks, associations, relationships: undefined })
}

/** The relationships of many with many of the draft; their tables of links come and go with them. */
function associate(base: Model, changes: readonly Change[], entities: Map<string, Entity>): Map<string, Association> {
  const associations = new Map(base.associations)
  for (const { kind, was, definition } of changes) {
    if (kind !== 'relationship') continue
    const before = was === undefined ? undefined : associations.get(was)
    if (before) {
      associations.delete(before.name)
      if (entities.get(before.name)?.intersect) entities.delete(before.name)
    }
    if (!definition) continue
    const named = kindOf('relationship')!.build(definition as never) as Named
    const association = withEndNames({ ...before, ...named }, entities)
    associations.set(association.name, association)
    if (association.through.entity === association.name && !entities.has(association.name))
      entities.set(association.name, intersectOf(association))
  }
  return associations
}

/** An entity was renamed: its forms and views follow. */
function moveTo(forms: Map<string, Form>, views: Map<string, View>, from: string, to: string): void {
  for (const [name, form] of forms) if (form.entity === from) forms.set(name, { ...form, entity: to })
  for (const [name, view] of views) if (view.entity === from) views.set(name, { ...view, entity: to })
}

function replaceGenerated(entity: Entity, forms: Map<string, Form>, views: Map<string, View>): void {
  const own = <T extends Form | View>(parts: Map<string, T>) =>
    [...parts.values()].filter((part) => part.entity === entity.name)
  for (const form of own(forms)) if (form.generated) forms.delete(form.name)
  for (const view of own(views)) if (view.generated) views.delete(view.name)
  if (entity.fields.every((field) => field.system)) return
  if (own(forms).length === 0) {
    const form = generateForm(entity, (name) => forms.has(name))
    forms.set(form.name, form)
  }
  if (own(views).length === 0) {
    const view = generateView(entity, (name) => views.has(name))
    views.set(view.name, view)
  }
}

function load(): Changes {
  try {
    return new Map((JSON.parse(sessionStorage.getItem(kept) ?? '[]') as Change[]).map((change) => [change.key, change]))
  } catch {
    return new Map()
  }
}
