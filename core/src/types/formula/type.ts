// A value worked out from other values of the same record and of the records its lookups lead to. It has no column of its
// own: wherever it is asked for, its expression stands (model/formula.ts binds it, query/frame.ts writes it).
import { withNames } from '../../base/part.ts'
import type { Problem } from '../../base/problem.ts'
import type { Syntax } from '../../expression/tree.ts'
import type { Field } from '../../model/model.ts'
import { anyMasks } from '../mask.ts'
import { returnedBy, returnedColumn, returnNames, type Returns } from '../returned.ts'
import type { Column, FieldType, Formula } from '../type.ts'
import { settingProblem } from '../value.ts'
import { groupingSetting } from '../whole.ts'

export interface FormulaField extends Field {
  readonly returns: Returns
  /** CEL over the record: `quantity * price`, `account.industry`. */
  readonly expression: string
  /** Digits after the point of a decimal or percentage; the value is rounded to them. */
  readonly scale?: number
  /** Characters a text is cut to. */
  readonly maxLength?: number
  /** false: a whole number is shown without separators between groups of digits. */
  readonly grouping?: boolean
  /** The expression as the model keeps it, so that no browser has to read CEL. */
  readonly syntax?: Syntax
}

const of = (field: Field): Returns => field['returns'] as Returns

/** Longest text whose index entry always fits. unit: characters. */
const indexLimit = 650

/** What stands beside an amount: the currency of the amounts it is worked out from, and what it is in the base currency. */
const besideAmount: readonly Column[] = [
  {
    suffix: '_currency',
    kind: 'text',
    sqlType: 'text',
    collation: 'C',
    edm: 'Edm.String',
    readOnly: true,
    virtual: true,
  },
  { suffix: '_base', kind: 'decimal', sqlType: 'numeric(38,10)', edm: 'Edm.Decimal', readOnly: true, virtual: true },
]
const parts: Readonly<Record<string, Formula['part']>> = { _currency: 'currency', _base: 'base' }

function indexProblems(field: FormulaField): Problem[] {
  const indexed = field['unique'] === true || field['indexed'] === true
  if (!indexed || field.returns !== 'text' || (field.maxLength ?? Infinity) <= indexLimit) return []
  const hint = `Set "maxLength" to ${indexLimit} or less`
  return [
    settingProblem(field['unique'] === true ? 'unique' : 'indexed', 'A text of any length cannot be indexed', hint),
  ]
}

export const type: FieldType<FormulaField> = {
  ...returnedBy(of),
  name: 'formula',
  label: { en: 'Formula', fa: 'فرمول', ru: 'Формула', th: 'สูตร', ro: 'Formulă' },
  group: 'computed',
  icon: 'simulate',
  description: {
    en: 'A value worked out from other fields, also of parent records',
    fa: 'مقداری که از فیلدهای دیگر، حتی رکوردهای بالادست، به دست می‌آید',
    ru: 'Значение, вычисляемое из других полей, в том числе родительских записей',
    th: 'ค่าที่คำนวณจากฟิลด์อื่น รวมถึงระเบียนแม่',
    ro: 'O valoare calculată din alte câmpuri, inclusiv ale înregistrărilor părinte',
  },
  settings: {
    properties: {
      returns: {
        enum: [...returnNames],
        description:
          'What kind of value comes out. Money has the currency of the amounts it reads; where they differ it is in the base currency.',
      },
      expression: {
        type: 'string',
        minLength: 1,
        maxLength: 4000,
        description: 'CEL over the record and its parents: quantity * price, account.industry.',
      },
      scale: {
        type: 'integer',
        minimum: 0,
        maximum: 10,
        description:
          'Digits after the point of a decimal or percentage, to which it is rounded; without it ten, shown as two.',
      },
      maxLength: {
        type: 'integer',
        minimum: 1,
        maximum: 4000,
        description: 'Characters a text is cut to; at most 650 where it is indexed, unique or part of a key.',
      },
      grouping: groupingSetting,
    },
    required: ['returns', 'expression'],
  },
  columns: (field) => [
    { ...returnedColumn(field, of(field)), virtual: true },
    ...(field.returns === 'money' ? besideAmount : []),
  ],
  check: (field) => [
    ...(field.scale !== undefined && field.returns !== 'decimal' && field.returns !== 'percent'
      ? [settingProblem('scale', 'Only decimals and percentages have digits after the point')]
      : []),
    ...(field.maxLength !== undefined && field.returns !== 'text'
      ? [settingProblem('maxLength', 'Only texts are cut')]
      : []),
    ...(field.grouping === false && field.returns !== 'integer'
      ? [settingProblem('grouping', 'Only whole numbers are shown without groups of digits')]
      : []),
    ...(field['searchable'] === true && field.returns !== 'text'
      ? [settingProblem('searchable', 'Only texts are searched by words')]
      : []),
    ...indexProblems(field),
    ...(field.required === true ? [settingProblem('required', 'A formula cannot be required')] : []),
    ...(field.default === undefined ? [] : [settingProblem('default', 'A formula has no default')]),
  ],
  resolve: (field, { parse }) => ({ ...field, syntax: parse(field.expression) }),
  amount: ({ returns }) => (returns === 'money' ? { currency: '_currency', base: '_base' } : undefined),
  formula: (field, suffix = '') => ({
    text: field.expression,
    syntax: field.syntax,
    kind: returnedColumn(field, of(field)).kind,
    scale: field.returns === 'money' ? 4 : field.scale,
    length: field.maxLength,
    ...(field.returns === 'money' ? { part: parts[suffix] ?? 'amount' } : {}),
  }),
  names: (field, entity, naming, at) =>
    withNames(field, { expression: naming.expression(entity, field.expression, at('expression', 'formula')) }),
  masks: anyMasks,
  indexable: true,
  indexBytes: (field) => (field.returns === 'text' ? (field.maxLength ?? 4_000) * 4 : 16),
  searched: () => false,
}
