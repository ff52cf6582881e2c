// Which records a query is about: the way to them, the caller's row rule, what $apply left, the filter and the search.
import { fieldMark } from '../base/fold.ts'
import { skeletonOf } from '../base/fold-sql.ts'
import type { Problem } from '../base/problem.ts'
import { allOf, join, nothing, param, sql, type Sql } from '../expression/fragment.ts'
import { likePattern, readText } from '../expression/literal.ts'
import { cutSql } from './compile-apply.ts'
import { searchedFields } from '../model/search.ts'
import { column, conditionSql, joinsOf, newFrame, ruleSql, tableOf, type Build, type Frame } from './frame.ts'
import { termKind, wordOf } from './search.ts'
import { foldedTexts, searchColumn, skeletonSql } from './shadows/search.ts'
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
    query.search && searchSql(query, frame, query.search),
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

/** A word is found when any searched text holds it, as people take texts for the same (base/fold.ts). */
function searchSql(query: BoundQuery, frame: Frame, search: Search): Sql {
  switch (search.op) {
    case 'and':
    case 'or':
      return sql`(${join(
        search.parts.map((part) => searchSql(query, frame, part)),
        ` ${search.op} `,
      )})`
    case 'not':
      return sql`(${searchSql(query, frame, search.of)}) is not true`
    case 'term':
      return termSql(query, frame, search)
  }
}

/**
 * The folded texts a query is searched in. Who may read all searched fields looks into the column that holds them; for others
 * those that they may read are folded here.
 */
export function searchedText({ entity, searched }: BoundQuery, frame: Frame): { text: Sql; stored: boolean } {
  if (searched.length === searchedFields(entity).length) return { text: column(frame, searchColumn), stored: true }
  return { text: foldedTexts(searched.map((property) => column(frame, property.column))), stored: false }
}

function termSql(query: BoundQuery, frame: Frame, term: Extract<Search, { op: 'term' }>): Sql {
  if (query.searched.length === 0) return sql`false`
  const { text, stored } = searchedText(query, frame)
  const holds = holdsSql(text, term)
  if (!stored || !termKind(term.text).indexed) return holds
  return sql`(${holds} and ${skeletonSql(text)} like ${patternOf(term, (word) => likePattern(skeletonOf(word), true, true))})`
}

/** Whether a folded text holds a term, or a word that begins with it. */
function holdsSql(texts: Sql, term: Extract<Search, { op: 'term' }>): Sql {
  if (!termKind(term.text).prefix) return sql`${texts} like ${patternOf(term, (word) => likePattern(word, true, true))}`
  const starts = ['', ' ', fieldMark].map(
    (before) => sql`${texts} like ${patternOf(term, (word) => likePattern(before + word, before !== '', true))}`,
  )
  return sql`(${join(starts, ' or ')})`
}

function patternOf({ text, slot }: Extract<Search, { op: 'term' }>, pattern: (word: string) => string | Problem): Sql {
  const convert = (written: string | boolean | null) => {
    const read = readText(String(written))
    return typeof read === 'string' ? pattern(wordOf(read)) : read
  }
  return param(
    slot === undefined ? { from: 'value', value: convert(text) } : { from: 'literal', slot, convert },
    'text',
  )
}
