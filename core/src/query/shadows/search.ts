// The text an entity is searched by: its searched fields, folded, in one column with a trigram index. Who may read all of them
// searches here; whoever may not is searched for field by field, by the same expression (where.ts).
import { foldAround, skeletonAround } from '../../base/fold-sql.ts'
import { between, join, sql, type Sql } from '../../expression/fragment.ts'
import type { Entity, Model } from '../../model/model.ts'
import { searchedColumn, searchedFields } from '../../model/search.ts'
import { shadowId, type Shadow } from './shadow.ts'

/** Physical name of the column. */
export const searchColumn = '_search'
/** How much of each field is searched. unit: characters */
const most = 4_000

/** The search text of an entity that has searched fields. */
export function searchTexts(_model: Model, entity: Entity): readonly Shadow[] {
  const reads = searchedFields(entity).map(searchedColumn)
  if (reads.length === 0) return []
  return [
    {
      id: shadowId(entity.id, 'search'),
      column: searchColumn,
      sqlType: 'text',
      collation: 'C',
      reads,
      trigrams: true,
      value: (of) => foldedTexts(reads.map(of)),
    },
  ]
}

/** Searched texts as the column has them: one after the other, folded. */
export function foldedTexts(columns: readonly Sql[]): Sql {
  const texts = columns.map((column) => sql`left(coalesce(${column}, ''), ${{ pieces: [String(most)] }})`)
  return foldSql(sql`(${join(texts, ` || E'\\x1e' || `)})`)
}

/** A value folded by the database. */
export function foldSql(value: Sql): Sql {
  return between(foldAround, value)
}

/** A folded value as the trigram index holds it. */
export function skeletonSql(value: Sql): Sql {
  return between(skeletonAround, value)
}
