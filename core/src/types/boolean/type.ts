// Yes or no.
import type { Label } from '../../base/label.ts'
import { labelText } from '../../base/label.ts'
import type { Field } from '../../model/model.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, withoutValue } from '../value.ts'

export interface BooleanField extends Field {
  readonly trueLabel?: Label
  readonly falseLabel?: Label
  readonly stopsContact?: boolean
}

const yes: Label = { en: 'Yes', fa: 'بله', ru: 'Да', th: 'ใช่', ro: 'Da' }
const no: Label = { en: 'No', fa: 'خیر', ru: 'Нет', th: 'ไม่ใช่', ro: 'Nu' }
const yesTexts = new Set([
  'true',
  'yes',
  'y',
  '1',
  'on',
  ...Object.values(yes).map((text: string) => text.toLowerCase()),
])
const noTexts = new Set([
  'false',
  'no',
  'n',
  '0',
  'off',
  'نه',
  ...Object.values(no).map((text: string) => text.toLowerCase()),
])

export const type: FieldType<BooleanField> = {
  name: 'boolean',
  label: { en: 'Yes or no', fa: 'بله یا خیر', ru: 'Да или нет', th: 'ใช่หรือไม่', ro: 'Da sau nu' },
  group: 'choice',
  icon: 'accept',
  description: {
    en: 'A switch with two values',
    fa: 'کلید دو حالته',
    ru: 'Переключатель',
    th: 'สวิตช์สองค่า',
    ro: 'Un comutator cu două valori',
  },
  settings: {
    properties: {
      trueLabel: { $ref: 'common.schema.json#/$defs/label' },
      falseLabel: { $ref: 'common.schema.json#/$defs/label' },
      stopsContact: {
        type: 'boolean',
        description: 'Of a person: while it is true they may not be contacted, whatever they consented to.',
      },
    },
  },
  columns: () => [{ suffix: '', kind: 'boolean', sqlType: 'boolean', edm: 'Edm.Boolean' }],
  check: () => [],
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    return typeof value === 'boolean'
      ? { '': value }
      : refuse(field, { rule: 'boolean', says: 'must be true or false' })
  },
  format: (value, field, { language }) =>
    value === null ? '' : labelText(value === true ? (field.trueLabel ?? yes) : (field.falseLabel ?? no), language),
  fromText(text, field) {
    const plain = text.trim().toLowerCase()
    if (plain === '') return null
    if (yesTexts.has(plain) || isLabel(plain, field.trueLabel)) return true
    if (noTexts.has(plain) || isLabel(plain, field.falseLabel)) return false
    return refuse(field, { rule: 'boolean', says: 'must be yes or no' })
  },
  operators: ['eq', 'ne'],
  casts: {
    text: () => ({
      risk: 'safe',
      using: (column) => `(case when ${column} then 'true' when not ${column} then 'false' end)`,
    }),
    integer: () => ({ risk: 'safe', using: (column) => `${column}::integer` }),
    choice: (_from, to) => {
      const values = Array.isArray(to['options'])
        ? (to['options'] as { value: string }[]).map((option) => option.value)
        : []
      return {
        risk: values.includes('true') && values.includes('false') ? 'safe' : 'blocked',
        using: (column) => `(case when ${column} then 'true' when not ${column} then 'false' end)`,
      }
    },
  },
  masks: anyMasks,
  indexable: false,
  schema: () => ({ type: 'boolean' }),
}

function isLabel(text: string, label: Label | undefined): boolean {
  if (label === undefined) return false
  const texts = typeof label === 'string' ? [label] : Object.values(label)
  return texts.some((one) => one.toLowerCase() === text)
}
