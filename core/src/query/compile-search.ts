// A search over many entities → one statement: for each of them how many records were found and the best of them. Only trimmed
// queries come in, so nothing is found that the caller may not read. The rows of the result: `entity` (its id), `count`, `hits`
// (a list of `[id, [texts]]`, best first; the texts are those of the query's searched properties).
import { ident, join, param, quoted, sql, whole, type Sql } from '../expression/fragment.ts'
import { likePattern } from '../expression/literal.ts'
import { fieldMark } from '../base/fold.ts'
import { column, joinsOf, newBuild, newFrame, propertyValue, tableOf, type Build, type Frame } from './frame.ts'
import { wordOf } from './search.ts'
import type { Model } from '../model/model.ts'
import type { Parameter, TrimmedQuery } from './tree.ts'
import { searchedText } from './search-sql.ts'
import { whereSql } from './stages.ts'
import { conditionsOf } from './where.ts'

export interface SearchOptions {
  readonly model: Model
  readonly schema: string
  /** Best records of each entity. */
  readonly top: number
  /** So many records of an entity are counted and ranked, not more. */
  readonly most: number
  /** The literal that is the whole text as it was typed. */
  readonly slot: number
}

/** How much of a text is shown. unit: characters */
const shown = 400

/** The statement of a search over many entities. */
export function searchEverywhere(queries: readonly TrimmedQuery[], options: SearchOptions): Sql {
  const build = newBuild(options.model, options.schema, new Map(queries.flatMap(({ rules }) => [...rules])))
  const found = queries.map((query, i) => sql`${ident(`h${i}`)} as materialized (${foundSql(build, query, options)})`)
  const each = queries.map((query, i) => {
    const best = sql`select "b"."id", "b"."texts" from ${ident(`h${i}`)} "b" order by "b"."rank", "b"."at" desc, "b"."id" desc limit ${whole(options.top)}`
    const hits = sql`select coalesce(json_agg(json_build_array("~b"."id", "~b"."texts")), '[]') from (${best}) "~b"`
    return sql`select ${quoted(query.entity.id)} as "entity", (select count(*)::integer from ${ident(`h${i}`)}) as "count", (${hits}) as "hits"`
  })
  return sql`with ${join(found, ', ')} ${join(each, ' union all ')}`
}

function foundSql(build: Build, query: TrimmedQuery, { most, slot }: SearchOptions): Sql {
  const frame = newFrame(build, query.entity.id)
  const where = whereSql(conditionsOf(build, query, frame, () => undefined))
  const texts = query.searched.map(
    (property) => sql`left(${propertyValue(build, frame, property, 'select')}, ${whole(shown)})`,
  )
  const at = query.select.find(({ name }) => name === 'modified_at')
  const columns = [
    sql`${column(frame, 'id')} as "id"`,
    sql`${at ? column(frame, at.column) : sql`null::timestamptz`} as "at"`,
    sql`${rankSql(build, query, frame, slot)} as "rank"`,
    sql`json_build_array(${join(texts, ', ')}) as "texts"`,
  ]
  return sql`select ${join(columns, ', ')} from ${tableOf(build, frame.entity)} ${frame.alias}${joinsOf(frame)}${where} limit ${whole(most + 1)}`
}

/** Best first: the name is what was typed, begins with it, a word of any text does, it is inside of one. */
function rankSql(build: Build, query: TrimmedQuery, frame: Frame, slot: number): Sql {
  const { text } = searchedText(build, query, frame)
  const like = (before: string, open: boolean, after: string, ends: boolean) => {
    const convert: Extract<Parameter, { from: 'literal' }>['convert'] = (written) =>
      likePattern(before + wordOf(String(written)) + after, open, ends)
    return sql`${text} like ${param({ from: 'literal', slot, convert }, 'text')}`
  }
  const named = query.searched[0]?.field.name === query.entity.primaryField
  const name = named
    ? sql`when ${like('', false, '', false)} or ${like('', false, fieldMark, true)} then 0 when ${like('', false, '', true)} then 1 `
    : sql``
  return sql`case ${name}when ${like('', false, '', true)} or ${like(' ', true, '', true)} or ${like(fieldMark, true, '', true)} then 2 else 3 end`
}
