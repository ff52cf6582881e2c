// A link to a record of another entity, or of one of several. Whether the record exists is the database's question (a
// foreign key) or the write path's (several targets); here only the shape of the link is decided.
import { valueText } from '../../base/kind.ts'
import type { JsonValue } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { suggest } from '../../base/name.ts'
import { eachOf, withNames } from '../../base/part.ts'
import type { Problem } from '../../base/problem.ts'
import { isUuid } from '../../base/uuid.ts'
import type { Field } from '../../model/model.ts'
import { cascadeOf, cascadeProblems, cascadeSchema, onDeleteOf, type Cascade, type OnDelete } from '../cascade.ts'
import type { Column, FieldType, Link, Parsed } from '../type.ts'
import { insteadDemands, insteadProblems, insteadSchema } from './instead.ts'
import { missing, refuse, settingProblem } from '../value.ts'

export interface LookupField extends Field {
  readonly target?: string | readonly string[]
  readonly inverse?: string
  readonly onDelete?: OnDelete
  readonly cascade?: Partial<Cascade>
  readonly connects?: boolean
  readonly subject?: 'keep' | 'delete'
  readonly instead?: string
}

/** Where a lookup leads. */
export function linkOf(field: LookupField): Link {
  const polymorphic = Array.isArray(field.target)
  const cascade = cascadeOf(field)
  const targets = polymorphic ? (field.target as readonly string[]) : [field.target as string]
  return {
    targets,
    polymorphic,
    idSuffix: '_id',
    typeSuffix: polymorphic ? '_type' : undefined,
    inverse: field.inverse,
    onDelete: onDeleteOf(cascade, field.required === true),
    cascade,
  }
}

const idColumn: Column = { suffix: '_id', kind: 'uuid', sqlType: 'uuid', edm: 'Edm.Guid' }
const typeColumn: Column = { suffix: '_type', kind: 'text', sqlType: 'text', collation: 'C', edm: 'Edm.String' }

export const type: FieldType<LookupField> = {
  name: 'lookup',
  label: { en: 'Lookup', fa: 'پیوند', ru: 'Ссылка', th: 'การเชื่อมโยง', ro: 'Legătură' },
  group: 'link',
  icon: 'chain-link',
  description: {
    en: 'A link to a record of another entity',
    fa: 'پیوند به رکوردی از موجودیت دیگر',
    ru: 'Ссылка на запись другой сущности',
    th: 'เชื่อมไปยังระเบียนของเอนทิตีอื่น',
    ro: 'O legătură către o înregistrare din altă entitate',
  },
  settings: {
    properties: {
      target: {
        type: ['string', 'array'],
        pattern: '^[a-z][a-z0-9_]{0,47}$',
        minItems: 1,
        maxItems: 50,
        items: { $ref: 'common.schema.json#/$defs/name' },
        description: 'The entity it leads to, or a list of entities.',
      },
      inverse: {
        $ref: 'common.schema.json#/$defs/name',
        description: 'Name of the way back on the target; by default the entity set of this entity.',
      },
      onDelete: {
        enum: ['restrict', 'clear', 'cascade'],
        description: 'What happens here when the target is deleted; restrict by default. Short for cascade.delete.',
      },
      cascade: cascadeSchema,
      connects: {
        type: 'boolean',
        description: 'It leads to every entity that takes part in connections too.',
      },
      subject: {
        enum: ['keep', 'delete'],
        description:
          'The record is about the person it leads to. When that person is erased, keep leaves the record without its personal values; delete removes it.',
      },
      instead: insteadSchema,
    },
    required: ['target'],
  },
  presets: [
    {
      name: 'customer',
      label: { en: 'Customer', fa: 'مشتری', ru: 'Клиент', th: 'ลูกค้า', ro: 'Client' },
      icon: 'briefcase',
      settings: { target: ['account', 'contact'] },
      entities: ['account', 'contact'],
    },
  ],
  fieldSettings: ['instead'],
  siblings: ['lookup'],
  columns: (field) => (Array.isArray(field.target) ? [idColumn, typeColumn] : [idColumn]),
  check(field, model) {
    const { targets, polymorphic } = linkOf(field)
    const problems = targets.flatMap((target, index) => {
      const place = polymorphic ? `target/${index}` : 'target'
      if (targets.indexOf(target) < index) return [settingProblem(place, `The target "${target}" is there twice`)]
      return model.entities.has(target)
        ? []
        : [settingProblem(place, `There is no entity "${target}"`, suggest(target, model.entities.keys()))]
    })
    const connects = field.connects === true && !polymorphic
    const nobody = field.subject !== undefined && targets.every((one) => model.entities.get(one)?.person !== true)
    return [
      ...problems,
      ...(nobody ? [settingProblem('subject', 'It leads to no entity of persons', 'Set "person": true there')] : []),
      ...(connects ? [settingProblem('connects', 'Only a lookup with a list of targets connects')] : []),
      ...cascadeProblems(field, polymorphic),
      ...insteadProblems(field, model),
    ]
  },
  demands: insteadDemands,
  parse(input, field): Parsed | Problem {
    const given = readLink(input)
    if (given === undefined) return {}
    const { targets, polymorphic } = linkOf(field)
    if (given.id === null) {
      if (field.required === true) return missing(field, '_id')
      return polymorphic ? { _id: null, _type: null } : { _id: null }
    }
    if (!isUuid(given.id))
      return refuse(field, {
        rule: 'uuid',
        says: 'must be the id of a record',
        suffix: '_id',
        hint: 'A UUID, or {"id": "…"}',
      })
    const id = given.id.toLowerCase()
    if (!polymorphic) return { _id: id }
    if (given.type === undefined)
      return refuse(field, {
        rule: 'target',
        says: 'needs the entity it points at',
        suffix: '_type',
        hint: `"${field.name}_type" is one of: ${targets.join(', ')}`,
      })
    if (typeof given.type === 'string' && targets.includes(given.type)) return { _id: id, _type: given.type }
    return refuse(field, {
      rule: 'target',
      says: 'cannot point at such a record',
      suffix: '_type',
      hint: `One of: ${targets.join(', ')}`,
    })
  },
  format: (value, field, _context, record) => {
    if (value === null) return ''
    const shown = record?.[`${field.name}_name`]
    return typeof shown === 'string' ? shown : valueText(value)
  },
  fromText: (text) => (text.trim() === '' ? null : text.trim()),
  operators: ['eq', 'ne', 'in'],
  casts: {},
  indexable: true,
  link: linkOf,
  resolve(field, { connectable }) {
    if (field.connects !== true || !Array.isArray(field.target)) return field
    const own = field.target as readonly string[]
    const more = connectable.filter((name) => !own.includes(name))
    return more.length === 0 ? field : { ...field, target: [...more, ...own] }
  },
  names(field, _entity, naming, at) {
    const { target } = field
    const spot = at('target', 'lookup')
    if (typeof target === 'string') return withNames(field, { target: naming.named('entity', target, spot) })
    const left = eachOf(target, (one, i) => naming.named('entity', one, { ...spot, place: [...spot.place, i] }))
    return withNames(field, { target: left?.length === 0 ? undefined : left })
  },
  schema: () => ({ type: 'string', format: 'uuid' }),
}

/** The link in any of its spellings: `account_id`, `account: {id}`, `account: "<id>"`; undefined when none is given. */
function readLink(input: Readonly<Record<string, JsonValue>>): { id: JsonValue; type?: JsonValue } | undefined {
  const main = input['']
  if (isJsonObject(main)) return { id: main['id'] ?? '', type: main['type'] ?? input['_type'] }
  const id = input['_id'] ?? main
  if (id !== undefined) return { id, type: input['_type'] ?? undefined }
  if (input['_id'] === null || main === null) return { id: null }
  return undefined
}
