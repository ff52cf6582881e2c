// A JSON document: an object or a list, with a JSON Schema of its own when it must have a form. Single texts, numbers and
// truth values have types of their own, so a document is never one of them.
import type { JsonObject, JsonValue } from '../../base/json.ts'
import { valueText } from '../../base/kind.ts'
import { documentProblem, schemaFault, schemaProblem } from '../../base/schema.ts'
import type { Field } from '../../model/model.ts'
import { unchanged } from '../casts.ts'
import { longest } from '../text/type.ts'
import type { FieldType } from '../type.ts'
import { refuse, settingProblem, withoutValue } from '../value.ts'

export interface JsonField extends Field {
  readonly schema?: JsonObject
}

export const type: FieldType<JsonField> = {
  name: 'json',
  label: { en: 'JSON document', fa: 'سند JSON', ru: 'Документ JSON', th: 'เอกสาร JSON', ro: 'Document JSON' },
  icon: 'braces',
  description: {
    en: 'Structured data, with a JSON Schema if it must have a form',
    fa: 'دادهٔ ساخت‌یافته، با JSON Schema اگر باید شکلی داشته باشد',
    ru: 'Структурированные данные, при желании с JSON Schema',
    th: 'ข้อมูลมีโครงสร้าง ใช้ JSON Schema ได้หากต้องการกำหนดรูปแบบ',
    ro: 'Date structurate, cu o schemă JSON dacă trebuie să aibă o formă',
  },
  settings: {
    properties: {
      schema: {
        type: 'object',
        description: 'JSON Schema (draft 2020-12) that a document must obey.',
        additionalProperties: true,
      },
    },
  },
  columns: () => [{ suffix: '', kind: 'json', sqlType: 'jsonb', edm: 'Edm.Untyped' }],
  check(field) {
    const wrong = field.schema === undefined ? undefined : schemaProblem(field.schema)
    return wrong === undefined ? [] : [settingProblem(`schema${wrong.at}`, wrong.says)]
  },
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']!
    if (typeof value !== 'object')
      return refuse(field, { rule: 'json', says: 'must be a JSON object or list', hint: 'Like {"size": 3}' })
    const unstorable = documentProblem(value)
    if (unstorable !== undefined) return refuse(field, { rule: 'json', says: unstorable })
    const fault = field.schema === undefined ? undefined : schemaFault(field.schema, value)
    if (fault !== undefined)
      return refuse(field, {
        rule: 'schema',
        says: `does not have the expected form${fault.at === '' ? '' : ` at ${fault.at}`}`,
        hint: fault.says,
      })
    return { '': value as object }
  },
  format: (value) => (value === null ? '' : valueText(value)),
  fromText(text, field) {
    if (text.trim() === '') return null
    try {
      return JSON.parse(text) as JsonValue
    } catch {
      return refuse(field, { rule: 'json', says: 'must be JSON', hint: 'Like {"size": 3}' })
    }
  },
  operators: [],
  casts: {
    // Documents that are there stay as they are; the schema is asked when they are written again.
    json: () => unchanged,
    text: (_from, to) => ({
      risk: 'lossy',
      using: (column) => `${column}::text`,
      fails: (column) => `length(${column}::text) > ${longest(to)}`,
    }),
  },
  indexable: false,
  wide: () => true,
  schema: (field) => field.schema ?? { type: ['object', 'array'] },
}
