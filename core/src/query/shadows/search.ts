// The text an entity is searched by: its searched fields, folded, in one column with a trigram index. Who may read all of them
// searches here; whoever may not is searched for field by field, by the same expression (where.ts).
import { foldAround, skeletonAround } from '../../base/fold-sql.ts'
import { between, join, sql, type Sql } from '../../expression/fragment.ts'
import { ownColumns } from '../../expression/visit.ts'
import type { Entity, Field, Model } from '../../model/model.ts'
import { searchedColumn, searchedFields } from '../../model/search.ts'
import { wireOf } from '../../model/wire.ts'
import { typeOf } from '../../types/index.ts'
import { formulaOver } from './formula.ts'
import { shadowId, type Shadow } from './shadow.ts'

/** Physical name of the column. */
export const searchColumn = '_search'
/** How much of each field is searched. unit: characters */
const most = 4_000

/** The search text of an entity that has searched fields. */
export function searchTexts(model: Model, entity: Entity): readonly Shadow[] {
  const texts = searchedFields(entity).map((field) => textOf(model, entity, field))
  if (texts.length === 0) return []
  const reads = [...new Set(texts.flatMap((text) => text.reads))]
  return [
    {
      id: shadowId(entity.id, 'search'),
      column: searchColumn,
      sqlType: 'text',
      collation: 'C',
      reads,
      trigrams: true,
      value: (of) => foldedTexts(texts.map(({ value }) => value(of))),
    },
  ]
}

/** One searched text: a column, or what a formula gives. */
function textOf(model: Model, entity: Entity, field: Field): Pick<Shadow, 'reads' | 'value'> {
  const name = searchedColumn(field)
  if (typeOf(field).formula === undefined) return { reads: [name], value: (of) => of(name) }
  const formula = wireOf(model, entity).properties.get(name)!.formula!
  return { reads: [...ownColumns(formula)], value: (of) => formulaOver(model, entity, formula, of) }
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
