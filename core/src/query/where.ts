// Which records a query is about: the way to them, the caller's row rule, what $apply left, the filter and the search.
import { allOf, type Sql } from '../expression/fragment.ts'
import { toSql } from '../expression/sql.ts'
import { conditionSql, scopeOf, type Build, type Frame } from './frame.ts'
import { searchSql } from './search-sql.ts'
import { recordConditions, type Link } from './stages.ts'
import type { BoundQuery } from './tree.ts'

/** All conditions of a query over a frame. */
export function conditionsOf(build: Build, query: BoundQuery, frame: Frame, link: Link): Sql {
  return allOf([
    recordConditions(build, [frame], link, query.records ?? []),
    conditionSql(build, [frame], query.filter),
    query.within && toSql(query.within, scopeOf(build, [frame], 'all'), true),
    query.search && searchSql(build, query, frame, query.search),
  ])
}
