// A UUID: the id of every record, and ids that other systems gave.
import { valueText } from '../../base/kind.ts'
import { isUuid } from '../../base/uuid.ts'
import { asText } from '../casts.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, withoutValue } from '../value.ts'

export const type: FieldType = {
  name: 'uuid',
  label: { en: 'Identifier', fa: 'شناسه', ru: 'Идентификатор', th: 'ตัวระบุ', ro: 'Identificator' },
  icon: 'key',
  description: {
    en: 'A UUID that another system gave',
    fa: 'شناسهٔ UUID از سامانهٔ دیگر',
    ru: 'UUID из другой системы',
    th: 'UUID จากระบบอื่น',
    ro: 'Un UUID dat de alt sistem',
  },
  settings: { properties: {} },
  columns: () => [{ suffix: '', kind: 'uuid', sqlType: 'uuid', edm: 'Edm.Guid' }],
  check: () => [],
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    return isUuid(value) ? { '': value.toLowerCase() } : refuse(field, { rule: 'uuid', says: 'must be a UUID' })
  },
  format: (value) => valueText(value),
  fromText: (text) => (text.trim() === '' ? null : text.trim()),
  operators: ['eq', 'ne', 'in'],
  casts: { text: () => asText },
  masks: anyMasks,
  indexable: true,
  schema: () => ({ type: 'string', format: 'uuid' }),
}
