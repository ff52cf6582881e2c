// `$search` in SQL: a word is found when any searched text of the record holds it, all being folded (base/fold.ts).
import { fieldMark } from '../base/fold.ts'
import { skeletonOf } from '../base/fold-sql.ts'
import type { Problem } from '../base/problem.ts'
import { join, param, sql, type Sql } from '../expression/fragment.ts'
import { likePattern, readText } from '../expression/literal.ts'
import { searchedFields } from '../model/search.ts'
import { column, propertyValue, type Build, type Frame } from './frame.ts'
import { termKind, wordOf } from './search.ts'
import { foldedTexts, searchColumn, skeletonSql } from './shadows/search.ts'
import type { Search } from './syntax.ts'
import type { BoundQuery } from './tree.ts'

/** What is searched. */
type Searched = Pick<BoundQuery, 'entity' | 'searched'>

/** A word is found when any searched text holds it, as people take texts for the same (base/fold.ts). */
export function searchSql(build: Build, query: Searched, frame: Frame, search: Search): Sql {
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

/**
 * The folded texts a query is searched in. Who may read all searched fields looks into the column that holds them; for others
 * those that they may read are folded here.
 */
export function searchedText(
  build: Build,
  { entity, searched }: Searched,
  frame: Frame,
): { text: Sql; stored: boolean } {
  if (searched.length === searchedFields(entity).length) return { text: column(frame, searchColumn), stored: true }
  const texts = searched.map((property) => propertyValue(build, frame, property, 'select'))
  return { text: foldedTexts(texts), stored: false }
}

function termSql(build: Build, query: Searched, frame: Frame, term: Extract<Search, { op: 'term' }>): Sql {
  if (query.searched.length === 0) return sql`false`
  const { text, stored } = searchedText(build, query, frame)
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
