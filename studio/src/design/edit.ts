// The edits a person makes to an entity, as definitions → definitions. Forms and views that name a field follow its rename
// and let go of it when it is removed, so that a plan has no dangling names of our making.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { Entity, Form, View } from '@peyvand/core/model/model.ts'
import { draft, type Definition } from './draft.ts'

export type FieldDefinition = JsonObject & { readonly name: string; readonly type: string }

/** The fields of an entity's definition. */
export const fieldsOf = (definition: Definition): readonly FieldDefinition[] =>
  definition['fields'] as unknown as readonly FieldDefinition[]

/** Changes some members of the entity itself. */
export function editEntity(entity: Entity, change: JsonObject): void {
  draft.put(strip({ ...draft.definition('entity', entity), ...change }))
}

/** Adds a field at the end, and to the first section of a designed form, so that it is seen. */
export function addField(entity: Entity, field: FieldDefinition): void {
  const definition = draft.definition('entity', entity)
  const form = designedForm(entity)
  draft.put({ ...definition, fields: [...fieldsOf(definition), field] }, ...(form ? [onForm(form, field.name)] : []))
}

/** Changes a field; a new name is carried into keys, forms and views. */
export function editField(entity: Entity, name: string, change: JsonObject): void {
  const definition = draft.definition('entity', entity)
  const fields = fieldsOf(definition).map((field) => (field.name === name ? strip({ ...field, ...change }) : field))
  const renamed = change['name']
  const next = { ...definition, fields: fields as unknown as JsonValue }
  if (typeof renamed !== 'string' || renamed === name) {
    draft.put(next)
    return
  }
  draft.put(renameIn(next, name, renamed), ...partsNaming(entity, name).map((part) => renameIn(part, name, renamed)))
}

/** Replaces a field's type and settings, keeping what every field has. */
export function retypeField(entity: Entity, name: string, type: string, settings: JsonObject): void {
  const definition = draft.definition('entity', entity)
  const common = ['id', 'name', 'label', 'description', 'required', 'unique', 'indexed', 'searchable']
  const fields = fieldsOf(definition).map((field) =>
    field.name === name
      ? {
          ...Object.fromEntries(Object.entries(field).filter(([member]) => common.includes(member))),
          ...settings,
          type,
        }
      : field,
  )
  draft.put({ ...definition, fields: fields })
}

/** Moves a field up or down. */
export function moveField(entity: Entity, name: string, by: number): void {
  const definition = draft.definition('entity', entity)
  const fields = [...fieldsOf(definition)]
  const at = fields.findIndex((field) => field.name === name)
  const to = at + by
  if (at < 0 || to < 0 || to >= fields.length) return
  const [field] = fields.splice(at, 1)
  fields.splice(to, 0, field!)
  draft.put({ ...definition, fields: fields })
}

/** Removes a field and every mention of it in keys, forms and views. */
export function removeField(entity: Entity, name: string): void {
  const definition = draft.definition('entity', entity)
  const keys = ((definition['keys'] ?? []) as unknown as { fields: string[] }[]).filter(
    (key) => !key.fields.includes(name),
  )
  const next = {
    ...definition,
    fields: fieldsOf(definition).filter((field) => field.name !== name) as unknown as JsonValue,
    keys: keys as unknown as JsonValue,
  }
  draft.put(next, ...partsNaming(entity, name).map((part) => without(part, name)))
}

/** Makes a field a key of its own, or takes that key away. */
export function toggleKey(entity: Entity, name: string, on: boolean): void {
  const keys = (
    (draft.definition('entity', entity)['keys'] ?? []) as unknown as { name: string; fields: string[] }[]
  ).filter((key) => !(key.fields.length === 1 && key.fields[0] === name))
  editEntity(entity, { keys: [...keys, ...(on ? [{ name, fields: [name] }] : [])] })
}

/** Whether a field alone is a key. */
export function isKey(entity: Entity, name: string): boolean {
  return entity.keys.some((key) => key.fields.length === 1 && key.fields[0] === name)
}

/** The form someone designed for an entity, in the draft. */
export function designedForm(entity: Entity): Form | undefined {
  return [...draft.model.forms.values()].find((form) => form.entity === entity.name && !form.generated)
}

/** Whether a field stands on the designed form. */
export function isOnForm(form: Form, name: string): boolean {
  return form.tabs.some((tab) =>
    tab.sections.some((section) => section.controls.some((control) => control.field === name)),
  )
}

/** Puts a field on the designed form or takes it off. */
export function toggleOnForm(form: Form, name: string, on: boolean): void {
  draft.put(on ? onForm(form, name) : without(draft.definition('form', form), name))
}

interface SectionDefinition {
  readonly controls: readonly { readonly field?: string }[]
}
interface TabDefinition {
  readonly sections: readonly SectionDefinition[]
}

function onForm(form: Form, name: string): Definition {
  const definition = draft.definition('form', form)
  const tabs = definition['tabs'] as unknown as readonly TabDefinition[]
  const at = tabs[0]!.sections.length - 1
  const placed = tabs.map((tab, t) =>
    t > 0
      ? tab
      : {
          ...tab,
          sections: tab.sections.map((section, s) =>
            s === at ? { ...section, controls: [...section.controls, { field: name }] } : section,
          ),
        },
  )
  return { ...definition, tabs: placed as unknown as JsonValue }
}

/** The designed forms and views of an entity that mention a field. */
function partsNaming(entity: Entity, name: string): Definition[] {
  const { forms, views } = draft.model
  const designed = <T extends Form | View>(kind: 'form' | 'view', parts: Iterable<T>) =>
    [...parts]
      .filter((part) => part.entity === entity.name && !part.generated)
      .map((part) => draft.definition(kind, part))
  return [...designed('form', forms.values()), ...designed('view', views.values())].filter((part) =>
    JSON.stringify(part).includes(`"${name}"`),
  )
}

/** Puts a new field name where a definition names the field: controls, columns, sorts, headers, keys. */
function renameIn(definition: Definition, from: string, to: string): Definition {
  const swap = (value: JsonValue, member: string): JsonValue => {
    if (Array.isArray(value))
      return value.map((item) =>
        typeof item === 'string' && ['header', 'group', 'fields'].includes(member) && item === from
          ? to
          : swap(item, member),
      )
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [
          name,
          (name === 'field' || name === 'primaryField') && inner === from ? to : swap(inner, name),
        ]),
      )
    return value
  }
  return swap(definition, '') as Definition
}

function without(definition: Definition, field: string): Definition {
  const drop = (value: JsonValue): JsonValue => {
    if (Array.isArray(value))
      return value
        .filter(
          (item) =>
            item !== field &&
            !(typeof item === 'object' && item !== null && !Array.isArray(item) && item['field'] === field),
        )
        .map(drop)
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, drop(inner)]))
    return value
  }
  return drop(definition) as Definition
}

/** Members that were emptied are not there. */
function strip<T extends JsonObject>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined && inner !== ''),
  ) as T
}
