// Where expressions meet tables: aliases, joins along single-valued navigations, exists for any/all, and the row rule that
// every table reference of the caller's carries. An entity without a rule entry shows no rows, so a forgotten trim shows
// nothing rather than everything. Rules themselves are the administrator's and see all rows.
import { allOf, common, ident, join, nothing, quoted, sql, type Sql } from '../expression/fragment.ts'
import { toSql, type SqlScope } from '../expression/sql.ts'
import type { Expression } from '../expression/tree.ts'
import type { Id, Model } from '../model/model.ts'
import type { Navigation, Property } from '../model/wire.ts'
import { collationOf } from '../base/sorting.ts'
import { isHeldOnce } from './parent.ts'
import type { Rules } from './tree.ts'

type Of<Op extends Expression['op']> = Extract<Expression, { op: Op }>

/** One statement that is being written. */
export interface Build {
  readonly model: Model
  readonly schema: string
  readonly rules: Rules
  /** Numbers beyond a double go out as text. */
  readonly exact?: boolean
  /** How texts sort, quoted and qualified. */
  readonly collation: string
  /** Conditions on parents that stand at the head of the statement (parent.ts): the ids that meet them. */
  readonly heads: Map<Expression, Sql>
  aliases: number
}

/** A row that expressions speak of: a table alias (with the joins that were needed), or values at hand instead of columns. */
export interface Frame {
  readonly entity: Id
  readonly alias: Sql
  readonly joins: Map<string, { readonly alias: Sql; readonly sql: Sql }>
  /** How it was reached from the frame whose joins it shares; absent for that frame itself. */
  readonly path?: string
  /** SQL for columns whose value is not the table's (a record that is being written). */
  readonly instead?: ReadonlyMap<string, Sql>
  /** Its row rule, where that is another one than its entity's: a part of it, or none where the rows are known to be seen. */
  readonly rule?: Expression | null
  /** Its rule is a mere question about rows that are found otherwise. */
  readonly asked?: boolean
  /** Numbers beyond a double go out as text. */
  readonly exact?: boolean
}

export function newBuild(model: Model, schema: string, rules: Rules, exact = false, language?: string): Build {
  return { model, schema, rules, exact, collation: collationOf(language), heads: new Map(), aliases: 0 }
}

export function newFrame(build: Build, entity: Id, instead?: ReadonlyMap<string, Sql>): Frame {
  const alias = ident(`t${build.aliases++}`)
  return { entity, alias, joins: new Map(), exact: build.exact, ...(instead ? { instead } : {}) }
}

/** A table of the tenant's schema by name. */
export function table(build: Build, name: string): Sql {
  return sql`${ident(build.schema)}.${ident(name)}`
}

export function tableOf(build: Build, entity: Id): Sql {
  return table(build, build.model.entityById.get(entity)!.name)
}

/**
 * How other records are reached: by joins of the frame, seen as the caller may (conditions, sorting); by selects of their
 * own, seen as the caller may (columns of a page, where joins would cost every row); or all of them, for rules.
 */
export type Reach = 'join' | 'select' | 'all'

export function column(frame: Frame, name: string): Sql {
  return frame.instead?.get(name) ?? sql`${frame.alias}.${ident(name)}`
}

/** The joins that expressions over this frame asked for. Read it after they were written. */
export function joinsOf(frame: Frame): Sql {
  return join(
    [...frame.joins.values()].map(({ sql: text }) => text),
    '',
  )
}

/**
 * The condition that makes a row of the entity visible; undefined when all are. Where it is only asked it is opaque to
 * PostgreSQL, which else weighs every id of its lists as a way to find rows, and that takes longer than a page does; it takes a
 * comparison it knows nothing of to leave a third.
 */
export function ruleSql(build: Build, frame: Frame): Sql | undefined {
  const { entity, asked = false } = frame
  const rule = frame.rule === undefined ? build.rules.get(entity) : frame.rule
  if (rule === undefined) return sql`false`
  if (rule === null) return undefined
  const condition = toSql(rule, { ...scopeOf(build, [frame], 'all'), halving: asked }, true)
  return asked ? sql`(case when ${condition} then 1 else 0 end) > 0` : condition
}

/** A condition of the caller's over the frames. */
export function conditionSql(
  build: Build,
  frames: readonly Frame[],
  condition: Expression | undefined,
): Sql | undefined {
  return condition && toSql(condition, scopeOf(build, frames), true)
}

/** A value of the caller's over the frames. */
export function valueSql(
  build: Build,
  frames: readonly Frame[],
  value: Expression,
  reach: Exclude<Reach, 'all'> = 'join',
): Sql {
  return toSql(value, scopeOf(build, frames, reach))
}

/** The value of a property in a row: its column, or what its formula gives there, unless that is kept in a column too. */
export function propertyValue(build: Build, frame: Frame, property: Property, reach: Reach): Sql {
  const { formula } = property
  if (formula === undefined) return column(frame, property.column)
  if (property.stored !== undefined && frame.instead === undefined) return column(frame, property.stored)
  const value = toSql(formula, scopeOf(build, [frame], reach))
  // A joined record may not be there (or not for the caller): then it has no value, whatever the formula makes of nothing.
  return frame.path === undefined ? value : sql`case when ${column(frame, 'id')} is not null then ${value} end`
}

/** How the row of `to` is reached from the row of `from` along a navigation. */
export function linkSql(build: Build, navigation: Navigation, from: Frame, to: Frame, trusted = false): Sql {
  if (navigation.hop !== undefined) return hopSql(build, navigation, [from, to], trusted)
  const [many, one] = navigation.collection ? [to, from] : [from, to]
  return refers(build, many, navigation, one)
}

/** Over the records that link the two; of an entity of its own only those the caller may see. */
function hopSql(build: Build, navigation: Navigation, [from, to]: readonly [Frame, Frame], trusted: boolean): Sql {
  const hop = navigation.hop!
  const link = newFrame(build, hop.entity)
  const near = refers(build, link, hop, from)
  const far = refers(build, link, navigation, to)
  const seen = trusted || build.model.entityById.get(hop.entity)!.intersect ? undefined : ruleSql(build, link)
  const where = allOf([near, far, seen])
  return sql`exists (select 1 from ${tableOf(build, hop.entity)} ${link.alias} where ${where})`
}

/** Whether a lookup of one row leads to another row. */
function refers(build: Build, many: Frame, { column: name, typeColumn }: Lookup, one: Frame): Sql {
  const link = sql`${column(one, 'id')} = ${column(many, name)}`
  if (typeColumn === undefined) return link
  const entity = build.model.entityById.get(one.entity)!
  return sql`${link} and ${column(many, typeColumn)} = ${quoted(entity.name)}`
}

type Lookup = Pick<Navigation, 'column' | 'typeColumn'>

/** Whether a column can never be null. Only our own columns promise that; a required field may have older rows without. */
export function isPresent(property: Property): boolean {
  return property.field.system === true && !property.nullable
}

/** What names of an expression are in the frames; `all` is for rules: no row rule is added to what they walk. */
export function scopeOf(build: Build, frames: readonly Frame[], reach: Reach = 'join'): SqlScope {
  return {
    property: (expression) => propertySql(build, frames, expression, reach),
    lambda: (expression) => lambdaSql(build, frames, expression, reach),
    hierarchy: (expression) => hierarchySql(build, frames, expression, reach),
    parent: (expression) => parentSql(build, frames[0]!, expression),
    items: (expression) => itemsSql(build, frames, expression, reach),
    item: ({ scope }) => column(frames[scope]!, 'item'),
    sure: ({ through, property, scope = 0 }) =>
      through.length === 0 && isPresent(property) && frames[scope]!.instead === undefined,
    table: (name) => table(build, name),
  }
}

function propertySql(
  build: Build,
  frames: readonly Frame[],
  { through, property, scope = 0 }: Of<'property'>,
  reach: Reach,
): Sql {
  const frame = frames[scope]!
  if (through.length === 0) return propertyValue(build, frame, property, reach)
  return reach === 'join'
    ? propertyValue(build, walk(build, frame, through), property, reach)
    : subselect(build, frame, through, property, reach)
}

/** Joins the records along the path, each once per frame and only where the caller may see them. */
function walk(build: Build, frame: Frame, through: readonly Navigation[]): Frame {
  let current = frame
  let key = frame.path ?? ''
  for (const navigation of through) {
    key += `/${navigation.name}`
    let joined = frame.joins.get(key)
    if (!joined) {
      const next = newFrame(build, navigation.target)
      const on = allOf([linkSql(build, navigation, current, next), ruleSql(build, next)])
      joined = { alias: next.alias, sql: sql` left join ${tableOf(build, navigation.target)} ${next.alias} on ${on}` }
      frame.joins.set(key, joined)
    }
    current = { entity: navigation.target, alias: joined.alias, joins: frame.joins, path: key, exact: frame.exact }
  }
  return current
}

/** The value at the end of a path as a subselect, so that it can stand in any condition. */
function subselect(
  build: Build,
  frame: Frame,
  through: readonly Navigation[],
  property: Property,
  reach: Exclude<Reach, 'join'>,
): Sql {
  const [from, where, last] = chain(build, frame, through, reach)
  return sql`(select ${propertyValue(build, last, property, reach)} from ${from} where ${where})`
}

/** Whether the record at the end of the way is there and meets its condition. */
function parentSql(build: Build, frame: Frame, { through, where }: Of<'parent'>): Sql {
  const held = where !== null && isHeldOnce(where) ? headSql(build, through.at(-1)!.target, where) : undefined
  const [from, links, last] = chain(build, frame, through, 'all', held)
  const condition = held === undefined && where !== null ? toSql(where, scopeOf(build, [last], 'all'), true) : undefined
  return sql`(exists (select 1 from ${from} where ${allOf([links, condition])}))`
}

/** The ids of an entity's records that meet a condition, by the name they have at the head of the statement. */
function headSql(build: Build, entity: Id, where: Expression): Sql {
  let head = build.heads.get(where)
  if (head === undefined) {
    const frame = newFrame(build, entity)
    const condition = toSql(where, scopeOf(build, [frame], 'all'), true)
    const ids = sql`select ${column(frame, 'id')} from ${tableOf(build, entity)} ${frame.alias} where ${condition}`
    build.heads.set(where, (head = common(`~h${build.aliases++}`, ids)))
  }
  return head
}

/** The records along a way of lookups; `end` stands in the place of the last one's table. */
function chain(
  build: Build,
  frame: Frame,
  through: readonly Navigation[],
  reach: Exclude<Reach, 'join'>,
  end?: Sql,
): [from: Sql, where: Sql, last: Frame] {
  let current = frame
  const tables: Sql[] = []
  const links: Sql[] = []
  for (const navigation of through) {
    const next = newFrame(build, navigation.target)
    const records = tables.length === through.length - 1 ? end : undefined
    tables.push(sql`${records ?? tableOf(build, navigation.target)} ${next.alias}`)
    links.push(allOf([linkSql(build, navigation, current, next), reach === 'all' ? undefined : ruleSql(build, next)]))
    current = next
  }
  return [join(tables, ', '), allOf(links), current]
}

function lambdaSql(build: Build, frames: readonly Frame[], expression: Of<'lambda'>, reach: Reach): Sql {
  const { test, through, navigation, where, scope = 0 } = expression
  const frame = frames[scope]!
  const [from, links, parent] =
    through.length === 0
      ? ([nothing, undefined, frame] as const)
      : reach === 'join'
        ? ([nothing, undefined, walk(build, frame, through)] as const)
        : chain(build, frame, through, reach)
  const child = newFrame(build, navigation.target)
  const inner = [...frames, child]
  const condition = where && decisive(build, inner, where, test, reach)
  const conditions = allOf([
    links,
    linkSql(build, navigation, parent, child, reach === 'all'),
    reach === 'all' ? undefined : ruleSql(build, child),
    condition,
  ])
  const tables = join(
    [...(from === nothing ? [] : [from]), sql`${tableOf(build, navigation.target)} ${child.alias}${joinsOf(child)}`],
    ', ',
  )
  if (test === 'count') return sql`(select count(*) from ${tables} where ${conditions})`
  return sql`(${test === 'any' ? sql`exists` : sql`not exists`} (select 1 from ${tables} where ${conditions}))`
}

/** The condition on rows that decide: for any and count that it is true, for all that it is not. */
function decisive(
  build: Build,
  frames: readonly Frame[],
  where: Expression,
  test: Of<'lambda'>['test'],
  reach: Reach,
): Sql {
  const scope = scopeOf(build, frames, reach)
  return test === 'all' ? sql`(${toSql(where, scope)}) is not true` : toSql(where, scope, true)
}

/** The text that a condition over the values of a list asks for, when that is all it asks. */
function soughtIn(where: Expression | undefined): Expression | undefined {
  if (where?.op !== 'call' || where.function !== 'eq') return undefined
  const [a, b] = where.args
  const other = a?.op === 'item' ? b : b?.op === 'item' ? a : undefined
  return other?.op === 'literal' && other.kind === 'text' && other.value !== null ? other : undefined
}

/** The values of a list as rows of one column. */
function itemsSql(build: Build, frames: readonly Frame[], { test, of, where }: Of<'items'>, reach: Reach): Sql {
  const list = propertySql(build, frames, of, reach)
  const sought = test === 'any' ? soughtIn(where) : undefined
  // Containment, which an index over the values answers; no list holds nothing.
  if (sought !== undefined)
    return sql`(${list} is not null and ${list} @> array[${toSql(sought, scopeOf(build, frames, reach))}])`
  const item = newFrame(build, '')
  const condition = where && sql` where ${decisive(build, [...frames, item], where, test, reach)}`
  const rows = sql`from unnest(${list}) ${item.alias}("item")${condition ?? nothing}`
  if (test === 'count') return sql`(select count(*) ${rows})`
  return sql`(${test === 'any' ? sql`exists` : sql`not exists`} (select 1 ${rows}))`
}

/**
 * Walks the tree from the one record, down for `under`, up for `above`, through records the caller may see only; `union`
 * ends the walk where a tree was closed into a ring.
 */
function hierarchySql(
  build: Build,
  frames: readonly Frame[],
  { test, value, of, navigation }: Of<'hierarchy'>,
  reach: Reach,
): Sql {
  const scope = scopeOf(build, frames, reach)
  const entity = navigation.target
  const name = ident(`h${build.aliases++}`)
  const [first, next] = [newFrame(build, entity), newFrame(build, entity)]
  const rule = (frame: Frame) => (reach === 'all' ? undefined : ruleSql(build, frame))
  const root = toSql(of, scope)
  const down = test === 'under' || test === 'under_or_equal'
  const step = down ? sql`${column(next, navigation.column)} = ${name}."id"` : sql`${column(next, 'id')} = ${name}."up"`
  const columns = (frame: Frame) => sql`${column(frame, 'id')} as "id", ${column(frame, navigation.column)} as "up"`
  const start = sql`select ${columns(first)} from ${tableOf(build, entity)} ${first.alias} where ${allOf([sql`${column(first, 'id')} = ${root}`, rule(first)])}`
  const more = sql`select ${columns(next)} from ${name} join ${tableOf(build, entity)} ${next.alias} on ${allOf([step, rule(next)])}`
  const others = test.endsWith('_or_equal') ? nothing : sql` where ${name}."id" <> ${root}`
  return sql`coalesce(${toSql(value, scope)} in (with recursive ${name} as (${start} union ${more}) select ${name}."id" from ${name}${others}), false)`
}
