// The fields every record has. Decides their names, types and labels; they are never part of a definition and callers
// cannot write them (except owner, through assign).
import type { Label } from '../base/label.ts'
import type { Field, Id } from './model.ts'

type SystemField = Omit<Field, 'id'> & { readonly name: string; readonly type: string }

const label = (en: string, fa: string, ru: string, th: string, ro: string): Label => ({ en, fa, ru, th, ro })
const user = 'user'

const always: readonly SystemField[] = [
  { name: 'id', type: 'uuid', label: label('Id', 'شناسه', 'Идентификатор', 'รหัส', 'Id'), required: true },
  {
    name: 'created_at',
    type: 'datetime',
    label: label('Created at', 'زمان ایجاد', 'Создано', 'สร้างเมื่อ', 'Creat la'),
    required: true,
  },
  {
    name: 'created_by',
    type: 'lookup',
    label: label('Created by', 'ایجادکننده', 'Кем создано', 'สร้างโดย', 'Creat de'),
    target: user,
  },
  {
    name: 'modified_at',
    type: 'datetime',
    label: label('Modified at', 'زمان تغییر', 'Изменено', 'แก้ไขเมื่อ', 'Modificat la'),
    required: true,
  },
  {
    name: 'modified_by',
    type: 'lookup',
    label: label('Modified by', 'تغییردهنده', 'Кем изменено', 'แก้ไขโดย', 'Modificat de'),
    target: user,
  },
  { name: 'version', type: 'integer', label: label('Version', 'نسخه', 'Версия', 'รุ่น', 'Versiune'), required: true },
]

const owned: readonly SystemField[] = [
  {
    name: 'owner',
    type: 'lookup',
    label: label('Owner', 'مالک', 'Владелец', 'เจ้าของ', 'Proprietar'),
    target: [user, 'team', 'queue'],
  },
  {
    name: 'owning_unit',
    type: 'lookup',
    label: label('Owning unit', 'واحد مالک', 'Подразделение владельца', 'หน่วยงานเจ้าของ', 'Unitatea proprietară'),
    target: 'business_unit',
  },
]

/** The system fields of an entity; ids are made of the entity's id, so that they never change. */
export function systemFields(entity: Id, ownership: 'user' | 'organization'): readonly Field[] {
  const fields = ownership === 'user' ? [...always, ...owned] : always
  return fields.map((field) => ({ ...field, id: `${entity}/${field.name}`, system: true }))
}

/** Names no field may have: system fields with all their columns and navigations, and words of the expression language. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...[...always, ...owned].flatMap(({ name, type, target }) => {
    const targets = Array.isArray(target) ? (target as string[]) : []
    return type === 'lookup' ? [name, `${name}_id`, `${name}_type`, ...targets.map((one) => `${name}_${one}`)] : [name]
  }),
  'true',
  'false',
  'null',
  'in',
  'and',
  'or',
  'not',
  'constructor',
  'prototype',
])
