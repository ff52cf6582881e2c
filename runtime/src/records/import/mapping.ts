// What a mapping file may say: which column becomes which field, and how its cells are read. mapping.schema.json says the
// same to editors; a test holds the two together. Knows no model: plan.ts puts a mapping and an entity together.
import { isJsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { calendarNames, dateOrders, type CalendarName, type DateOrder } from './dates.ts'
import type { DecimalMark } from './numbers.ts'

/** Where a field's value comes from and how it is read. */
export interface ColumnMapping {
  /** Name of the file's column; absent with `value` or `template`. */
  readonly column?: string
  /** The same value for every row. */
  readonly value?: JsonValue
  /** Text with columns in braces: `{product} for {account}`. */
  readonly template?: string
  /** Field (or property, such as `price_currency`) that is written. */
  readonly field: string
  /** Cell → what stands for it, before anything else is done with it. */
  readonly values?: Readonly<Record<string, JsonValue>>
  /** Taken when the cell is empty. */
  readonly default?: JsonValue
  /** True: an empty cell leaves the field as it is. */
  readonly skipEmpty?: boolean
  /** How a lookup's record is found: a field of the target, or a path such as `account.name`. Default: its primary field. */
  readonly match?: string
  /** Entity a lookup with several targets means. */
  readonly target?: string
  /** True: a record that is not found is made, with nothing but the matched field. */
  readonly create?: boolean
  readonly date?: string
  /** How dates are read that could be day-month and month-day, where no `date` says it. */
  readonly dateOrder?: DateOrder
  readonly calendar?: CalendarName
  readonly timeZone?: string
  readonly decimal?: DecimalMark
  /** Numbers are multiplied by it, exactly: 1000000 for a column in millions. */
  readonly factor?: number
}

export interface Mapping {
  readonly entity?: string
  /** Fields that say which record a row is; without them every row is a new record. */
  readonly key?: readonly string[]
  /** What may happen to a row: `upsert` (default with a key), `create` or `update` only. */
  readonly mode?: 'upsert' | 'create' | 'update'
  readonly format?: 'csv' | 'json' | 'xlsx'
  readonly encoding?: string
  readonly delimiter?: string
  /** Sheet of a workbook; the first when absent. */
  readonly sheet?: string
  readonly date?: string
  readonly dateOrder?: DateOrder
  readonly calendar?: CalendarName
  readonly timeZone?: string
  readonly decimal?: DecimalMark
  /** True: columns that are not named are matched by name or label too. Default: true without `columns`. */
  readonly auto?: boolean
  readonly columns?: readonly ColumnMapping[]
}

type Test = (value: unknown) => boolean
interface Rule {
  readonly test: Test
  readonly wants: string
}

const text: Rule = { test: (value) => typeof value === 'string' && value !== '', wants: 'text' }
const flag: Rule = { test: (value) => typeof value === 'boolean', wants: 'true or false' }
const any: Rule = { test: () => true, wants: 'a value' }
const texts: Rule = {
  test: (value) => text.test(value) || (Array.isArray(value) && value.length > 0 && value.every(text.test)),
  wants: 'a field name or a list of them',
}
const table: Rule = { test: isJsonObject, wants: 'an object from cell to value' }
const list: Rule = { test: Array.isArray, wants: 'a list' }
const oneOf = (...names: readonly string[]): Rule => ({
  test: (value) => names.includes(value as string),
  wants: names.map((name) => `"${name}"`).join(' or '),
})
const factor: Rule = {
  test: (value) => Number.isSafeInteger(value) && value !== 0,
  wants: 'a whole number other than 0',
}
const zone: Rule = {
  test: (value) => typeof value === 'string' && isTimeZone(value),
  wants: 'a time zone such as "Asia/Tehran"',
}

const styles: Readonly<Record<string, Rule>> = {
  date: text,
  dateOrder: oneOf(...dateOrders),
  calendar: oneOf(...calendarNames),
  timeZone: zone,
  decimal: oneOf('.', ','),
}
const columnRules: Readonly<Record<string, Rule>> = {
  column: text,
  value: any,
  template: text,
  field: text,
  values: table,
  default: any,
  skipEmpty: flag,
  match: text,
  target: text,
  create: flag,
  factor,
  ...styles,
}
const mappingRules: Readonly<Record<string, Rule>> = {
  $schema: text,
  description: text,
  entity: text,
  key: texts,
  mode: oneOf('upsert', 'create', 'update'),
  format: oneOf('csv', 'json', 'xlsx'),
  encoding: text,
  sheet: text,
  delimiter: { test: (value) => typeof value === 'string' && value.length === 1, wants: 'one character' },
  auto: flag,
  columns: list,
  ...styles,
}

/** A mapping out of JSON. throws: Problem with one problem per mistake, each with its pointer. */
export function readMapping(json: unknown): Mapping {
  if (!isJsonObject(json))
    throw new Problem('request.malformed', { detail: 'A mapping is a JSON object', target: 'mapping' })
  const columns: readonly unknown[] = Array.isArray(json['columns']) ? json['columns'] : []
  const problems = [
    ...checkMembers(json, mappingRules, ''),
    ...columns.flatMap((column, place) => checkColumn(column, `/columns/${place}`)),
  ]
  if (problems.length > 0) throw gather('request.malformed', problems, `The mapping has ${problems.length} mistakes`)
  const { key, ...rest } = json
  return { ...rest, ...(key === undefined ? {} : { key: typeof key === 'string' ? [key] : key }) } as Mapping
}

function checkMembers(
  value: Readonly<Record<string, unknown>>,
  rules: Readonly<Record<string, Rule>>,
  pointer: string,
): Problem[] {
  return Object.entries(value).flatMap(([name, member]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (!rule)
      return [
        new Problem('request.unknown', {
          detail: `A mapping knows no "${name}".`,
          pointer: `${pointer}/${name}`,
          hint: suggest(name, Object.keys(rules)),
        }),
      ]
    return rule.test(member)
      ? []
      : [new Problem('request.type', { detail: `"${name}" must be ${rule.wants}.`, pointer: `${pointer}/${name}` })]
  })
}

const sources = ['column', 'value', 'template']

function checkColumn(column: unknown, pointer: string): Problem[] {
  if (!isJsonObject(column))
    return [new Problem('request.type', { detail: 'A column of a mapping is an object.', pointer })]
  const problems = checkMembers(column, columnRules, pointer)
  if (column['field'] === undefined)
    problems.push(
      new Problem('request.malformed', { detail: 'A column of a mapping names the "field" it is for.', pointer }),
    )
  if (sources.filter((name) => column[name] !== undefined).length !== 1) {
    problems.push(
      new Problem('request.malformed', {
        detail: 'A column of a mapping has one of "column", "value" and "template".',
        pointer,
      }),
    )
  }
  return problems
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}
