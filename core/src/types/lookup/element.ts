// Lookups on screen: the other record by its name, a picker with search in forms. The name comes along with the record
// (an expanded navigation); without it the id is never shown to a person.
import { html, nothing } from 'lit'
import { labelText } from '../../base/label.ts'
import type { Field, Model } from '../../model/model.ts'
import { textIn, type Control, type FieldElement, type Shown } from '../paint.ts'
import { faceOf, faceProperty, hasFace } from '../face.ts'
import { linkOf } from './type.ts'

interface Linked {
  readonly entity: string
  readonly id: string
  readonly label: string
  /** The file of the picture it is known by. */
  readonly picture?: string
}

/** The record a lookup points at, with the name it came with. */
export function linkedOf(field: Field, record: Readonly<Record<string, unknown>>, model: Model): Linked | undefined {
  const id = textIn(record, `${field.name}_id`)
  if (id === undefined) return undefined
  const { targets, polymorphic } = linkOf(field)
  const entity = textIn(record, `${field.name}_type`) ?? targets[0] ?? ''
  const expanded = record[polymorphic ? `${field.name}_${entity}` : field.name] as
    | Readonly<Record<string, unknown>>
    | null
    | undefined
  const target = model.entities.get(entity)
  if (!expanded) return { entity, id, label: '' }
  const picture = target && faceOf(target, expanded)
  return { entity, id, label: textIn(expanded, target?.primaryField ?? 'name') ?? '', ...(picture && { picture }) }
}

function cell({ field, record, reader }: Shown): unknown {
  const linked = linkedOf(field, record, reader.model)
  if (!linked) return nothing
  const label = linked.label || reader.word('hidden')
  const picture = hasFace(reader.model.entities.get(linked.entity)) ? reader.avatar(label, linked.picture) : nothing
  return html`<span class="linked">${picture}<bdi class="cut">${label}</bdi></span>`
}

function control(each: Control): unknown {
  const { field, record, reader } = each
  reader.bring('pv-lookup')
  const linked = linkedOf(field, record, reader.model)
  const { targets: names, polymorphic } = linkOf(field)
  const targets = names.flatMap((name) => {
    const entity = reader.model.entities.get(name)
    return entity
      ? [
          {
            entity: name,
            label: labelText(entity.label, reader.language, name),
            icon: entity.icon,
            face: hasFace(entity),
          },
        ]
      : []
  })
  return html`<pv-lookup
    .controlId=${each.id}
    .value=${linked ? { ...linked, label: linked.label || reader.word('hidden') } : null}
    .targets=${targets}
    .source=${reader.source}
    .disabled=${each.disabled}
    .required=${each.required}
    .invalid=${each.invalid}
    .describedby=${each.describedBy}
    @pick=${(event: CustomEvent) => each.change(linkValues(field, polymorphic, reader.model, event.detail as Linked | null))}
  ></pv-lookup>`
}

function linkValues(field: Field, polymorphic: boolean, model: Model, linked: Linked | null) {
  const navigation = polymorphic ? `${field.name}_${linked?.entity}` : field.name
  const target = model.entities.get(linked?.entity ?? '')
  const face = target && faceProperty(target)
  return {
    [`${field.name}_id`]: linked?.id ?? null,
    ...(polymorphic ? { [`${field.name}_type`]: linked?.entity ?? null } : {}),
    ...(linked
      ? {
          [navigation]: {
            id: linked.id,
            [target?.primaryField ?? 'name']: linked.label,
            ...(face && { [face]: linked.picture ?? null }),
          },
        }
      : {}),
  }
}

export const element: FieldElement = { type: 'lookup', width: 170, cell, control }
