// A value gathered from the records that point at this one: how many, their sum, the latest. It is a column the server
// keeps fresh in the transaction of every write that could change it (model/rollups.ts knows which, query/rollup.ts how).
import { withNames } from '../../base/part.ts'
import type { ValueKind } from '../../base/kind.ts'
import type { Field } from '../../model/model.ts'
import { anyMasks } from '../mask.ts'
import { inCurrency, plainType, returnedBy, returnedColumn, type Returns } from '../returned.ts'
import type { FieldType, ResolveContext } from '../type.ts'
import { settingProblem } from '../value.ts'

export const aggregates = ['count', 'sum', 'min', 'max', 'avg', 'count_distinct'] as const
export type Aggregate = (typeof aggregates)[number]

export interface RollupField extends Field {
  /** The entity whose records are gathered. */
  readonly entity: string
  /** Its lookup that points here, or what this entity calls the records of it that are linked (many with many). */
  readonly via: string
  readonly aggregate: Aggregate
  /** What is added up or compared; none for count. */
  readonly field?: string
  /** CEL over the gathered records: only those count for which it is true. */
  readonly filter?: string
  readonly returns?: Returns
  readonly scale?: number
  /** Gathers amounts: the result is one in the base currency. The model says so, no definition does. */
  readonly inBase?: boolean
  /** false: gathers years or codes, which are shown without separators between groups of digits. The model says so, too. */
  readonly grouping?: boolean
}

const of = (field: Field): Returns => (field['returns'] as Returns | undefined) ?? 'decimal'

/** What the smallest or largest of these looks like; booleans, lists, places and documents have none. */
const comparable: Readonly<Partial<Record<ValueKind, Returns>>> = {
  text: 'text',
  integer: 'integer',
  decimal: 'decimal',
  float: 'decimal',
  date: 'date',
  datetime: 'datetime',
  time: 'time',
  duration: 'duration',
}
/** What a sum looks like. */
const summable: Readonly<Partial<Record<ValueKind, Returns>>> = {
  integer: 'integer',
  decimal: 'decimal',
  float: 'decimal',
  duration: 'duration',
}

/** What comes out of an aggregate over a kind of values; undefined when it cannot be asked of them. */
export function returnedOf(aggregate: Aggregate, kind: ValueKind | undefined): Returns | undefined {
  if (aggregate === 'count' || aggregate === 'count_distinct') return 'integer'
  if (kind === undefined) return undefined
  if (aggregate === 'avg') return kind === 'duration' ? 'duration' : summable[kind] && 'decimal'
  return (aggregate === 'sum' ? summable : comparable)[kind]
}

/** The field with what it returns, which follows from what it gathers unless it says so itself. */
function resolve(field: RollupField, { field: find, kind, isAmount }: ResolveContext): RollupField {
  const source = field.field === undefined ? undefined : find(field.entity, field.field)
  const returns = returnedOf(field.aggregate, source && kind(source))
  if (returns === undefined) return field
  if (source && returns === 'decimal' && isAmount(source)) return { ...field, returns, inBase: true }
  const isOne = field.aggregate === 'min' || field.aggregate === 'max'
  return isOne && source?.['grouping'] === false ? { ...field, returns, grouping: false } : { ...field, returns }
}

const nameSetting = { type: 'string', pattern: '^[a-z][a-z0-9_]{0,47}$' } as const

const shared = returnedBy(of)

export const type: FieldType<RollupField> = {
  ...shared,
  format: (value, field, context, record) =>
    field.inBase && context.currency
      ? plainType('money').format(value, field, context, inCurrency(field, context, {}))
      : shared.format(value, field, context, record),
  name: 'rollup',
  label: { en: 'Rollup', fa: 'تجمیع', ru: 'Сводка', th: 'ค่ารวม', ro: 'Agregare' },
  group: 'computed',
  icon: 'bar-chart',
  description: {
    en: 'Count, sum or extreme of related records, always up to date',
    fa: 'شمار، جمع یا بیشینه و کمینهٔ رکوردهای مرتبط، همیشه به‌روز',
    ru: 'Количество, сумма или крайнее значение связанных записей, всегда актуальное',
    th: 'จำนวน ผลรวม หรือค่าสูงสุดต่ำสุดของระเบียนที่เกี่ยวข้อง เป็นปัจจุบันเสมอ',
    ro: 'Numărul, suma sau extrema înregistrărilor asociate, mereu la zi',
  },
  settings: {
    properties: {
      entity: { ...nameSetting, description: 'The entity whose records are gathered.' },
      via: {
        ...nameSetting,
        description:
          'Its lookup that points at this entity, or the collection in which this entity has records linked with it.',
      },
      aggregate: { enum: [...aggregates], description: 'How the values become one.' },
      field: {
        ...nameSetting,
        description: 'What is added up or compared; amounts count in the base currency. None for count.',
      },
      filter: {
        type: 'string',
        minLength: 1,
        maxLength: 4000,
        description: 'CEL over the gathered records: only those count for which it is true.',
      },
      scale: { type: 'integer', minimum: 0, maximum: 10, description: 'Digits after the point that are shown.' },
    },
    required: ['entity', 'via', 'aggregate'],
  },
  columns: (field) => [returnedColumn(field, of(field))],
  check: (field) => [
    ...(field.aggregate !== 'count' && field.field === undefined
      ? [settingProblem('field', `"${field.aggregate}" needs a field`)]
      : []),
    ...(field.aggregate === 'count' && field.field !== undefined
      ? [settingProblem('field', '"count" counts records, not a field', 'Use count_distinct, or a filter')]
      : []),
    ...(field.required === true ? [settingProblem('required', 'A rollup cannot be required')] : []),
    ...(field.default === undefined ? [] : [settingProblem('default', 'A rollup has no default')]),
  ],
  // Another kind of value is worked out anew by the publish that asks for it: what was stored would be the wrong one.
  casts: {
    rollup: (_from, to) => ({ risk: 'safe', using: () => `null::${returnedColumn(to, of(to)).sqlType}` }),
  },
  resolve,
  rollup: ({ entity, via, aggregate, field, filter }) => ({ entity, via, aggregate, field, filter }),
  names(field, _entity, naming, at) {
    const { entity, via, field: source, filter } = field
    return withNames(field, {
      entity: naming.named('entity', entity, at('entity', 'rollup')),
      via: naming.field(entity, via, at('via', 'rollup')),
      ...(source && { field: naming.field(entity, source, at('field', 'rollup')) }),
      ...(filter && { filter: naming.expression(entity, filter, at('filter', 'rollup')) }),
    })
  },
  masks: anyMasks,
  indexable: true,
}
