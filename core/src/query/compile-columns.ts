// A record's own columns as they go into JSON: its tag and address, its properties in the spelling of the wire, and what of a
// list of values is answered. What other records add to it is compile-rows.ts's.
import { ident, nothing, quoted, sql, type Sql } from '../expression/fragment.ts'
import { outgoing } from '../expression/outgoing.ts'
import type { Expression } from '../expression/tree.ts'
import type { Property } from '../model/wire.ts'
import { amountSql } from './amount.ts'
import { column, conditionSql, newFrame, propertyValue, valueSql, type Build, type Frame } from './frame.ts'
import type { BoundList, BoundQuery } from './tree.ts'

/** The weak etag of a row. */
export function etag(frame: Frame): Sql {
  return sql`'W/"' || ${column(frame, 'version')} || '"'`
}

/** Types whose values JSON shows without help. */
const plainTypes: ReadonlySet<string> = new Set([
  'Edm.String',
  'Edm.Boolean',
  'Edm.Double',
  'Edm.Untyped',
  'Edm.Stream',
])

/** All control information: the record's type and addresses, the types of its values, and where its relationships lead. */
export function fullControl({ entity, select, navigations = [] }: BoundQuery, frame: Frame): Sql[] {
  const address = sql`${quoted(`${entity.entitySet}(`)} || ${column(frame, 'id')} || ')'`
  return [
    sql`${quoted(`#peyvand.${entity.name}`)} as "@odata.type"`,
    sql`${address} as "@odata.id"`,
    sql`${address} as "@odata.editLink"`,
    ...select
      .filter(({ edm }) => !plainTypes.has(edm))
      .map(({ name, edm }) => sql`${quoted(`#${edm.replaceAll('Edm.', '')}`)} as ${ident(`${name}@odata.type`)}`),
    ...navigations.flatMap((name) => [
      sql`${address} || ${quoted(`/${name}`)} as ${ident(`${name}@odata.navigationLink`)}`,
      sql`${address} || ${quoted(`/${name}/$ref`)} as ${ident(`${name}@odata.associationLink`)}`,
    ]),
  ]
}

/** A computed value as it is answered: without the zeros that exact division leaves behind. */
export function shownValue(build: Build, frame: Frame, value: Expression): Sql {
  const text = valueSql(build, [frame], value, 'select')
  const trimmed = value.op === 'call' && value.kind === 'decimal' ? sql`trim_scale(${text})` : text
  return outgoing(value.kind, trimmed, build.exact)
}

/** The properties' values under their wire names; a column that goes out as it is needs no name of its own. */
export function propertyColumns(
  build: Build,
  properties: readonly Property[],
  frame: Frame,
  lists?: BoundQuery['lists'],
): Sql[] {
  return properties.flatMap((property) => {
    const { name, column: own } = property
    const list = lists?.get(name)
    if (list) return listColumns(build, property, frame, list)
    const plain =
      name === own && property.formula === undefined && property.mask === undefined && !isShaped(property, frame)
    return plain ? column(frame, own) : sql`${propertyOut(build, property, frame)} as ${ident(name)}`
  })
}

/** Some values of a list, and how many of them there are whatever the page. */
function listColumns(build: Build, property: Property, frame: Frame, list: BoundList): Sql[] {
  const item = newFrame(build, '')
  const { where, descending, top, skip, count } = list
  const value = propertyValue(build, frame, property, 'select')
  const condition = where ? sql` where ${conditionSql(build, [frame, item], where)!}` : nothing
  const from = sql`from unnest(${value}) with ordinality as ${item.alias}("item", "n")${condition}`
  const by =
    descending === undefined ? sql`"n"` : sql`"item" collate "und-x-icu"${descending ? sql` desc` : nothing}, "n"`
  const cut = sql`${top ? sql` limit ${amountSql(top)}` : nothing}${skip ? sql` offset ${amountSql(skip)}` : nothing}`
  const rows = sql`select "item", row_number() over (order by ${by}) as "o" ${from} order by ${by}${cut}`
  const values = sql`(select coalesce(json_agg("item" order by "o"), '[]') from (${rows}) "~i") as ${ident(property.name)}`
  return [...(count ? [sql`(select count(*) ${from}) as ${ident(`${property.name}@odata.count`)}`] : []), values]
}

/** The value of a property as it is put into JSON. */
export function propertyOut(build: Build, property: Property, frame: Frame): Sql {
  const value = propertyValue(build, frame, property, 'select')
  return property.mask?.(value) ?? outgoing(property.kind, value, isExact(property, frame))
}

function isShaped(property: Property, frame: Frame): boolean {
  return property.kind === 'duration' || property.kind === 'texts' || isExact(property, frame)
}

/** Whether the value has to be text for a reader of doubles; 4-byte numbers never have to. */
function isExact({ edm }: Property, { exact }: Frame): boolean {
  return exact === true && (edm === 'Edm.Int64' || edm === 'Edm.Decimal')
}

/** The address of a record, for links. */
export function refColumn(frame: Frame, query: BoundQuery): Sql {
  return sql`${quoted(`${query.entity.entitySet}(`)} || ${column(frame, 'id')} || ')' as "@odata.id"`
}
