// Records as a file, page by page. By names and raw values, so that importing the file changes nothing; or by labels, as
// people see them. Obeys the rights to read and to export; cells are guarded in csv.ts.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import { isRightToLeft, labelText } from '@peyvand/core/base/label.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { parseCel } from '@peyvand/core/expression/parse-cel.ts'
import type { Entity, Field, View } from '@peyvand/core/model/model.ts'
import type { Navigation, WireEntity } from '@peyvand/core/model/wire.ts'
import type { Query } from '@peyvand/core/query/syntax.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../context.ts'
import { csvLine } from './csv.ts'
import { linkEnds } from './link-set.ts'
import { selectAll, selecting } from './select.ts'
import type { Cell } from './workbook/sheet.ts'
import { writeBook } from './workbook/write.ts'

/** How an export can be written. */
export const exportFormats = ['csv', 'xlsx', 'json', 'ndjson'] as const
export type ExportFormat = (typeof exportFormats)[number]

export interface ExportOrder {
  readonly entity: Entity
  readonly format: ExportFormat
  /** Name of a view: its columns, filter and order. */
  readonly view?: string
  /** Labels as column names, names of records and labels of options as values. */
  readonly labels?: boolean
  readonly bom?: boolean
  /** Told of the records of each piece. */
  readonly counted?: (records: number) => void
  /** Aborted when nobody wants the file any more, or may have it. */
  readonly signal: AbortSignal
}

/** A column of the file and where its value stands. */
interface ExportColumn {
  readonly title: string
  readonly path: readonly string[]
  readonly kind: ValueKind
  readonly field: Field
}

/** unit: records that are held at the same time. */
const pageSize = 500

/** The file in pieces. throws: Problem before the first piece when the caller may not export or the view is not there. */
export function exportRecords(context: Context, order: ExportOrder): AsyncGenerator<string | Uint8Array> {
  const { entity } = order
  const rule = ruleOf(context.model, context.actor, entity, 'export')
  // Nothing may have been sent when it turns out that the records are not to be read at all.
  if (rule === undefined || ruleOf(context.model, context.actor, entity, 'read') === undefined)
    throw new Problem('access.denied', { detail: `You may not export "${entity.entitySet}"`, target: entity.entitySet })
  const view = order.view === undefined ? undefined : viewNamed(context, entity, order.view)
  const columns = view
    ? viewColumns(context, entity, view, order.labels ?? false)
    : allColumns(context, entity, order.labels ?? false)
  const query = { ...selecting(columns.map(({ path }) => path)), ...(view ? viewQuery(view) : {}) }
  const pages = counting(
    selectAll(context, entity, query, { size: pageSize, within: rule, signal: order.signal }),
    order,
  )
  if (order.format === 'csv') return csvPieces(context, pages, columns, order)
  if (order.format === 'xlsx') return bookPieces(context, pages, columns, order)
  return order.format === 'json' ? jsonPieces(pages, columns) : linePieces(pages, columns)
}

async function* counting(pages: AsyncIterable<JsonObject[]>, { counted }: ExportOrder): AsyncGenerator<JsonObject[]> {
  for await (const records of pages) {
    counted?.(records.length)
    yield records
  }
}

function viewNamed({ model }: Context, entity: Entity, name: string): View {
  const view = model.views.get(name)
  if (view?.entity === entity.name) return view
  const known = [...model.views.values()].filter((each) => each.entity === entity.name).map((each) => each.name)
  throw new Problem('missing.definition', {
    detail: `"${entity.name}" has no view "${name.slice(0, 100)}"`,
    target: 'view',
    hint: suggest(name, known) ?? `It has: ${known.join(', ')}`,
  })
}

function viewQuery(view: View): Pick<Query, 'filter' | 'orderby'> {
  const filter = view.filter === undefined ? undefined : parseCel(view.filter, 'view')
  if (filter instanceof Problem) throw filter
  const orderby = view.sort.map(({ field, descending = false }) => ({
    by: { op: 'path' as const, names: field.split('.'), position: 0 },
    descending,
  }))
  return { ...(filter ? { filter } : {}), ...(orderby.length > 0 ? { orderby } : {}) }
}

/** The id and everything that can be written, in the order of the definition. */
function allColumns(context: Context, entity: Entity, labels: boolean): ExportColumn[] {
  const wire = readableWire(context.model, context.actor, entity.id)
  const all = [...wire.shown.values()]
  const properties = [...all.filter(({ name }) => name === 'id'), ...all.filter(({ readOnly }) => !readOnly)]
  const ends = linkEnds(context.model, entity)
  if (!labels && ends.length > 0)
    return ends.flatMap(({ title, column }) => {
      const property = wire.properties.get(column)
      return property ? [{ title: `${title}_id`, path: [column], kind: property.kind, field: property.field }] : []
    })
  if (!labels) return properties.map(({ name, kind, field }) => ({ title: name, path: [name], kind, field }))
  const fields = [...new Set(properties.filter(({ name }) => name !== 'id').map(({ field }) => field))]
  return fields.flatMap((field) => columnOf(context, wire, [field.name], [], true) ?? [])
}

function viewColumns(context: Context, entity: Entity, view: View, labels: boolean): ExportColumn[] {
  const wire = readableWire(context.model, context.actor, entity.id)
  const columns = view.columns.flatMap(({ field }) => columnOf(context, wire, field.split('.'), [], labels) ?? [])
  if (columns.length === 0)
    throw new Problem('access.denied', { detail: `The view "${view.name}" has no column that you may read` })
  return columns
}

/** The column of a field or a path; nothing when the caller may not read a part of it. */
function columnOf(
  context: Context,
  wire: WireEntity,
  [name, ...rest]: readonly string[],
  before: readonly string[],
  labels: boolean,
): ExportColumn | undefined {
  const field = wire.entity.fields.find((each) => each.name === name)
  const way = wayOf(wire, name!)
  if (rest.length > 0) return way && columnOf(context, wireBehind(context, way), rest, [...before, way.name], labels)
  if (field === undefined) return undefined
  const property = [...wire.shown.values()].find((each) => each.field === field)
  if (property === undefined) return undefined
  const title = labels ? labelText(field.label, context.language, field.name) : [...before, property.name].join('.')
  const target = labels && way ? wireBehind(context, way) : undefined
  const shown = target?.shown.get(target.entity.primaryField)
  if (way && shown) return { title, path: [...before, way.name, shown.name], kind: shown.kind, field: shown.field }
  return { title, path: [...before, property.name], kind: property.kind, field }
}

/** The single-valued navigation of a lookup; of one with several targets the first. */
function wayOf(wire: WireEntity, name: string): Navigation | undefined {
  return [...wire.navigations.values()].find((way) => !way.collection && (way.name === name || way.field.name === name))
}

function wireBehind({ model, actor }: Context, way: Navigation): WireEntity {
  return readableWire(model, actor, way.target)
}

async function* csvPieces(
  context: Context,
  pages: AsyncIterable<JsonObject[]>,
  columns: readonly ExportColumn[],
  { labels, bom }: ExportOrder,
): AsyncGenerator<string> {
  yield (bom ? '\uFEFF' : '') + csvLine(columns.map(({ title }) => title))
  for await (const records of pages) {
    yield records
      .map((record) => csvLine(columns.map((column) => cellOf(context, record, column, labels ?? false))))
      .join('')
  }
}

function cellOf(context: Context, record: JsonObject, { path, kind, field }: ExportColumn, labels: boolean): string {
  const value = valueAt(record, path)
  if (value === null) return ''
  const options = labels ? typeOf(field).options?.(field, context.model) : undefined
  const textOf = (each: JsonValue): string => {
    const option = options?.find((one) => one.value === each)
    return option
      ? labelText(option.label, context.language, option.value)
      : typeof each === 'string'
        ? each
        : JSON.stringify(each)
  }
  return kind === 'texts' && Array.isArray(value) ? value.map(textOf).join('; ') : textOf(value)
}

/** The sheet of a workbook: typed, so that it can be added up and sorted, and read again without a change. */
function bookPieces(
  context: Context,
  pages: AsyncIterable<JsonObject[]>,
  columns: readonly ExportColumn[],
  { entity, labels = false }: ExportOrder,
): AsyncGenerator<Uint8Array> {
  const { language } = context
  const name = labels ? labelText(entity.plural, language, entity.name) : entity.entitySet
  const head = columns.map(({ title }) => title)
  async function* rows(): AsyncGenerator<Cell[][]> {
    for await (const records of pages)
      yield records.map((record) => columns.map((column) => typedCell(context, record, column, labels)))
  }
  return writeBook({ name, head, mirrored: labels && isRightToLeft(language) }, rows())
}

const typed: Partial<Record<ValueKind, 'number' | 'date' | 'moment'>> = {
  integer: 'number',
  decimal: 'number',
  float: 'number',
  date: 'date',
  datetime: 'moment',
}

function typedCell(context: Context, record: JsonObject, column: ExportColumn, labels: boolean): Cell {
  const value = valueAt(record, column.path)
  if (typeof value === 'boolean') return { as: 'truth', value }
  const text = cellOf(context, record, column, labels)
  return text === '' ? undefined : { as: typed[column.kind] ?? 'text', text }
}

async function* jsonPieces(
  pages: AsyncIterable<JsonObject[]>,
  columns: readonly ExportColumn[],
): AsyncGenerator<string> {
  let before = '[\n'
  for await (const records of pages) {
    yield before + records.map((record) => `  ${objectOf(record, columns)}`).join(',\n')
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

/** One object a line. */
async function* linePieces(
  pages: AsyncIterable<JsonObject[]>,
  columns: readonly ExportColumn[],
): AsyncGenerator<string> {
  for await (const records of pages) yield records.map((record) => `${objectOf(record, columns)}\n`).join('')
}

function objectOf(record: JsonObject, columns: readonly ExportColumn[]): string {
  return `{${columns.map((column) => `${JSON.stringify(column.title)}: ${jsonOf(record, column)}`).join(', ')}}`
}

/** Numbers stand as they came from the database, with every digit. */
function jsonOf(record: JsonObject, { path, kind }: ExportColumn): string {
  const value = valueAt(record, path)
  return (kind === 'decimal' || kind === 'integer') && typeof value === 'string' ? value : JSON.stringify(value)
}

function valueAt(record: JsonObject, path: readonly string[]): JsonValue {
  const value = path.reduce<JsonValue | undefined>(
    (at, name) => (at !== null && typeof at === 'object' && !Array.isArray(at) ? at[name] : undefined),
    record,
  )
  return value ?? null
}
