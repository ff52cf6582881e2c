// Which records a query is about: the way to them, the caller's row rule, what $apply left, the filter and the search.
import { allOf, join, nothing, param, sql, type Sql } from '../expression/fragment.ts'
import { likePattern, readText } from '../expression/literal.ts'
import { cutSql } from './compile-apply.ts'
import {
  column,
  conditionSql,
  joinsOf,
  newFrame,
  propertyValue,
  ruleSql,
  tableOf,
  type Build,
  type Frame,
} from './frame.ts'
import type { BoundQuery, RecordStage, Search } from './tree.ts'

/** How a record is reached from the one before it. */
export type Link = (frame: Frame) => Sql | undefined

/** ` where …`, or nothing. */
export function whereSql(conditions: Sql): Sql {
  return conditions.pieces.length === 0 ? nothing : sql` where ${conditions}`
}

/** All conditions of a query over a frame. */
export function conditionsOf(build: Build, query: BoundQuery, frame: Frame, link: Link): Sql {
  return allOf([
    recordConditions(build, frame, link, query.records ?? []),
    conditionSql(build, [frame], query.filter),
    query.search && searchSql(build, query, frame, query.search),
  ])
}

/** The records that are left after some stages; those of a cut are found by a select of their own. */
export function recordConditions(build: Build, frame: Frame, link: Link, stages: readonly RecordStage[]): Sql {
  const last = stages.findLastIndex(({ op }) => op === 'cut')
  const cut = stages[last]
  const after = stages
    .slice(last + 1)
    .map((stage) => (stage.op === 'filter' ? conditionSql(build, [frame], stage.where) : undefined))
  if (cut?.op !== 'cut') return allOf([link(frame), ruleSql(build, frame), ...after])
  const inner = newFrame(build, frame.entity)
  const where = recordConditions(build, inner, link, stages.slice(0, last))
  const order = cutSql(build, inner, cut)
  const ids = sql`select ${column(inner, 'id')} from ${tableOf(build, inner.entity)} ${inner.alias}${joinsOf(inner)}${whereSql(where)}${order}`
  return allOf([sql`${column(frame, 'id')} in (${ids})`, ruleSql(build, frame), ...after])
}

/** A word is found when any searched text holds it, whatever the case. */
function searchSql(build: Build, query: BoundQuery, frame: Frame, search: Search): Sql {
  switch (search.op) {
    case 'and':
    case 'or':
      return sql`(${join(
        search.parts.map((part) => searchSql(build, query, frame, part)),
        ` ${search.op} `,
      )})`
    case 'not':
      return sql`(${searchSql(build, query, frame, search.of)}) is not true`
    case 'term':
      return termSql(build, query, frame, search)
  }
}

function termSql(
  build: Build,
  { searched }: BoundQuery,
  frame: Frame,
  { text, slot }: Extract<Search, { op: 'term' }>,
): Sql {
  if (searched.length === 0) return sql`false`
  const convert = (written: string | boolean | null) => {
    const read = readText(String(written))
    return typeof read === 'string' ? likePattern(read, true, true) : read
  }
  const pattern = param(
    slot === undefined ? { from: 'value', value: convert(text) } : { from: 'literal', slot, convert },
    'text',
  )
  const found = searched.map(
    (property) => sql`(${propertyValue(build, frame, property, 'join')} collate "und-x-icu") ilike ${pattern}`,
  )
  return sql`(${join(found, ' or ')})`
}
