// The columns of formulas that are kept: what the formula gives for the row as it is after the write.
import { inlined, type Sql } from '../../expression/fragment.ts'
import { toSql } from '../../expression/sql.ts'
import { castOf } from '../../expression/sql-type.ts'
import type { Expression } from '../../expression/tree.ts'
import { ownColumns } from '../../expression/visit.ts'
import type { Entity, Model } from '../../model/model.ts'
import { wireOf } from '../../model/wire.ts'
import { newBuild, newFrame, scopeOf } from '../frame.ts'
import { shadowId, type Shadow } from './shadow.ts'

/** One for each kept formula of an entity. */
export function keptFormulas(model: Model, entity: Entity): readonly Shadow[] {
  return [...wireOf(model, entity).properties.values()].flatMap(({ field, kind, formula, stored }): Shadow[] => {
    if (formula === undefined || stored === undefined) return []
    return [
      {
        id: shadowId(field.id, 'formula'),
        column: stored,
        // Exactly what the formula gives where it stands in a question: not rounded once more.
        sqlType: castOf[kind],
        ...(kind === 'text' ? { collation: 'C' } : {}),
        reads: [...ownColumns(formula)],
        value: (of) => formulaOver(model, entity, formula, of),
      },
    ]
  })
}

/** What a formula gives over values at hand, without parameters. */
export function formulaOver(model: Model, entity: Entity, formula: Expression, of: (column: string) => Sql): Sql {
  const build = newBuild(model, '', new Map())
  const row = new Map([...ownColumns(formula)].map((name) => [name, of(name)]))
  return inlined(toSql(formula, scopeOf(build, [newFrame(build, entity.id, row)], 'all')))
}
