// The view and the form of an entity that nobody designed yet: everything readable, nothing clever, usable at once.
import type { Label } from '../base/label.ts'
import { typeOf } from '../types/index.ts'
import type { Entity, Field, Form, FormSection, View } from './model.ts'

const mostColumns = 7

/** The list of all records: the primary field, then the first fields that fit in a column, newest first. */
export function generateView(entity: Entity, isTaken: (name: string) => boolean): View {
  const others = ownFields(entity).filter(
    (field) => field.name !== entity.primaryField && typeOf(field).wide?.(field) !== true,
  )
  const shown = [entity.primaryField, ...others.slice(0, mostColumns - 2).map((field) => field.name)]
  return {
    id: `${entity.id}/view`,
    name: viewName(entity, isTaken),
    entity: entity.name,
    type: 'grid',
    label: entity.plural,
    columns: [...shown, 'modified_at'].map((field) => ({ field })),
    sort: [{ field: 'created_at', descending: true }],
    group: [],
    default: true,
    generated: true,
  }
}

const general: Label = { en: 'General', fa: 'عمومی', ru: 'Общее', th: 'ทั่วไป', ro: 'General' }
const details: Label = { en: 'Details', fa: 'جزئیات', ru: 'Подробности', th: 'รายละเอียด', ro: 'Detalii' }

/** One tab with all fields in two columns; fields that need a whole line stand below. */
export function generateForm(entity: Entity, isTaken: (name: string) => boolean): Form {
  const fields = ownFields(entity)
  const isWide = (field: Field): boolean => typeOf(field).wide?.(field) === true
  const section = (name: string, label: Label, columns: number, some: readonly Field[]): FormSection[] =>
    some.length === 0 ? [] : [{ name, label, columns, controls: some.map((field) => ({ field: field.name })) }]
  return {
    id: `${entity.id}/form`,
    name: formName(entity, isTaken),
    entity: entity.name,
    label: entity.label,
    header: entity.ownership === 'user' ? ['owner'] : [],
    tabs: [
      {
        name: 'general',
        label: general,
        sections: [
          ...section(
            'main',
            general,
            2,
            fields.filter((field) => !isWide(field)),
          ),
          ...section('details', details, 1, fields.filter(isWide)),
        ],
      },
    ],
    generated: true,
  }
}

function ownFields(entity: Entity): readonly Field[] {
  return entity.fields.filter((field) => field.system !== true)
}

/** What the generated list of an entity is called. */
export function viewName({ name }: Entity, isTaken: (name: string) => boolean): string {
  return freeName(name, 'all', isTaken)
}

/** What the generated form of an entity is called. */
export function formName({ name }: Entity, isTaken: (name: string) => boolean): string {
  return freeName(name, 'main', isTaken)
}

/** `<entity>_all`, cut to a legal length and numbered while it is taken. */
function freeName(entity: string, word: string, isTaken: (name: string) => boolean): string {
  const name = `${entity.slice(0, 40)}_${word}`
  let free = name
  for (let n = 2; isTaken(free); n++) free = `${name}_${n}`
  return free
}
