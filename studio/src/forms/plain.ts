// The form of an entity that has none: every field of its own in one section.
import type { Entity, Form } from '@peyvand/core/model/model.ts'

/** Makes that form. */
export function plainForm(entity: Entity): Form {
  const controls = entity.fields.filter((field) => !field.system).map((field) => ({ field: field.name }))
  return {
    id: '',
    name: '',
    entity: entity.name,
    label: entity.label,
    header: [],
    tabs: [{ name: 'main', sections: [{ name: 'main', columns: 2, controls }] }],
    generated: true,
  }
}
