// Facts about formulas: what they give is in `derived`; as values of their own they are refused.
import type { TypeCases } from '../type.ts'
import type { FormulaField } from './type.ts'

const amounts = [
  { name: 'quantity', type: 'integer' },
  { name: 'price', type: 'money' },
  { name: 'cost', type: 'money' },
  { name: 'rate', type: 'decimal', scale: 4 },
  { name: 'label', type: 'text' },
  { name: 'stage', type: 'choice', options: [{ value: 'open' }, { value: 'won' }] },
  { name: 'tags', type: 'multi_choice', options: [{ value: 'vip' }, { value: 'press' }] },
  { name: 'due', type: 'date' },
  { name: 'at', type: 'datetime' },
  { name: 'done', type: 'boolean' },
] as const

const give = (
  returns: FormulaField['returns'],
  expression: string,
  record: Readonly<Record<string, string | number | boolean | null>>,
  gives: string | number | boolean | null,
  scale?: number,
) => ({
  beside: amounts,
  record,
  field: { name: 'total', returns, expression, ...(scale === undefined ? {} : { scale }) },
  gives,
})

/** An amount, its currency and what it is in the base currency, over two amounts. */
const giveMoney = (
  expression: string,
  [price, cost]: readonly (readonly [sum: string, currency: string, base: string] | null)[],
  [amount, currency, base]: readonly [string | null, string | null, string | null],
) =>
  [amount, currency, base].map((gives, at) => ({
    ...give(
      'money',
      expression,
      {
        quantity: 3,
        ...(price && { price: price[0], price_currency: price[1], price_base: price[2] }),
        ...(cost && { cost: cost[0], cost_currency: cost[1], cost_base: cost[2] }),
      },
      gives,
    ),
    ...(at === 0 ? {} : { suffix: at === 1 ? '_currency' : '_base' }),
  }))

export const cases: TypeCases<FormulaField> = {
  not: { bulk: 'it is worked out from its record', column: 'its value is an expression, shown by `derived`' },
  fields: [
    { title: 'a number', field: { name: 'total', returns: 'integer', expression: '1 + 2' } },
    { title: 'rounded', field: { name: 'share', returns: 'decimal', expression: '1.0 / 3.0', scale: 4 } },
    { title: 'text', field: { name: 'code', returns: 'text', expression: "'A' + string(version)" } },
    { title: 'by the clock', field: { name: 'old', returns: 'boolean', expression: 'created_at < now()' } },
    { title: 'an amount', field: { name: 'sum', returns: 'money', expression: 'created_by.version * 2' } },
    { title: 'over a parent', field: { name: 'maker', returns: 'text', expression: 'created_by.name' } },
    { title: 'a year', field: { name: 'since', returns: 'integer', expression: '2000 + 13', grouping: false } },
  ],
  good: [],
  bad: [
    { input: 3, code: 'check.invalid' },
    { input: null, code: 'check.invalid' },
    { input: 'x', code: 'check.invalid', field: 2 },
  ],
  sorted: [],
  text: [
    { value: 1234567, language: 'en', text: '1,234,567' },
    { value: 12, language: 'fa', text: '۱۲' },
    { value: 2013, language: 'en', text: '2013', field: 6 },
    { value: '0.3333', language: 'en', text: '0.3333', field: 1 },
    { value: null, language: 'en', text: '', field: 1 },
    { value: 'A1', language: 'ru', text: 'A1', field: 2 },
  ],
  casts: [],
  derived: [
    give('integer', 'quantity * 3', { quantity: 4 }, 12),
    give('integer', 'quantity * 3', { quantity: null }, null),
    give('integer', 'quantity / 0', { quantity: 4 }, null),
    give('integer', 'quantity * 9007199254740993', { quantity: 3 }, '27021597764222979'),
    give('integer', 'quantity * 9223372036854775807', { quantity: 2 }, null),
    give('decimal', 'price * rate', { price: '0.1', rate: '3.0001' }, '0.30001'),
    give('decimal', 'price * rate', { price: '10.555', rate: '1' }, '10.56', 2),
    give('decimal', 'price / quantity', { price: '10', quantity: 3 }, '3.3333333333'),
    give('decimal', 'price / quantity', { price: '10', quantity: 0 }, null),
    give('decimal', 'quantity', { quantity: 7 }, '7'),
    give('percent', 'price / 8 * 100', { price: '1' }, '12.5'),
    ...giveMoney('price * quantity', [['2.5', 'EUR', '3'], null], ['7.5', 'EUR', '9']),
    ...giveMoney(
      'price + cost',
      [
        ['2', 'EUR', '2.4'],
        ['1', 'EUR', '1.2'],
      ],
      ['3', 'EUR', '3.6'],
    ),
    ...giveMoney(
      'price + cost',
      [
        ['2', 'EUR', '2.4'],
        ['1', 'USD', '1'],
      ],
      ['3.4', null, '3.4'],
    ),
    ...giveMoney(
      'price > cost ? price : cost',
      [
        ['2', 'EUR', '2.4'],
        ['3', 'GBP', '2'],
      ],
      ['2.4', null, '2.4'],
    ),
    ...giveMoney('price + coalesce(cost, 0)', [['2', 'EUR', '2.4'], null], ['2', 'EUR', '2.4']),
    ...giveMoney('price + cost', [['2', 'EUR', '2.4'], null], [null, 'EUR', null]),
    ...giveMoney('price / 3', [['10', 'IRR', '0.00001'], null], ['3.3333', 'IRR', '0']),
    ...giveMoney('quantity * 100', [null, null], ['300', null, '300']),
    give('text', "label + '-' + string(quantity)", { label: 'A', quantity: 7 }, 'A-7'),
    give('text', "stage == 'won' ? 'W' : stage", { stage: 'open' }, 'open'),
    give('boolean', "stage == 'won' && done", { stage: 'won', done: true }, true),
    give('boolean', "stage == 'won' && done", { stage: null, done: true }, false),
    give('boolean', "'vip' in tags", {}, false),
    give('date', 'due', { due: '2026-03-04' }, '2026-03-04'),
    give('datetime', 'due', { due: '2026-03-04' }, '2026-03-04T00:00:00.000Z'),
    give('integer', 'days_between(due, at)', { due: '2026-03-04', at: '2026-03-14T10:00:00.000Z' }, 10),
  ],
  badSettings: [
    { field: { name: 'a', returns: 'integer', expression: 'nothing + 1' }, pointer: '/expression' },
    { field: { name: 'a', returns: 'integer', expression: '1 +' }, pointer: '/expression' },
    { field: { name: 'a', returns: 'integer', expression: "'x'" }, pointer: '/expression' },
    { field: { name: 'a', returns: 'integer', expression: '1.5 + 1.0' }, pointer: '/expression' },
    { field: { name: 'a', returns: 'integer', expression: 'a + 1' }, pointer: '/expression' },
    { field: { name: 'a', returns: 'integer', expression: '1', scale: 2 }, pointer: '/scale' },
    { field: { name: 'a', returns: 'decimal', expression: '1.5', grouping: false }, pointer: '/grouping' },
    { field: { name: 'a', returns: 'integer', expression: '1', required: true }, pointer: '/required' },
    { field: { name: 'a', returns: 'integer', expression: '1', default: 2 }, pointer: '/default' },
    { field: { name: 'a', returns: 'matrix' as 'text', expression: '1' }, pointer: '/returns' },
  ],
}
