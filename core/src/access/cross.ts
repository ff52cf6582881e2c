// From `GET $crossjoin(…)` to a statement: parse → bind → trim → compile. It is asked rarely, so its shapes are not kept.
import type { QueryLimits } from '../base/limits.ts'
import { Problem } from '../base/problem.ts'
import type { Reckoning } from '../base/calendar.ts'
import type { Entity, Model } from '../model/model.ts'
import { checkCost, costOfCross } from '../query/cost.ts'
import { noRows, type RowCounts } from '../query/cost/counts.ts'
import { bindCross, compileCross, crossNames } from '../query/cross.ts'
import { parseQuery } from '../query/parse.ts'
import type { Actor } from './actor.ts'
import { readableWire } from './field.ts'
import { notedIn } from './read.ts'
import { trimCross } from './trim.ts'
import { valuesOf, type ReadyStatement } from './values.ts'

export interface CrossRequest {
  readonly model: Model
  readonly actor: Actor
  readonly path: string
  readonly query: string
  readonly schema: string
  readonly pageSize: number
  readonly maxPageSize: number
  readonly exact?: boolean
  readonly reckoning?: Reckoning
  readonly limits?: QueryLimits
  readonly rows?: RowCounts
}

export interface PreparedCross {
  readonly statement: ReadyStatement
  readonly counted: boolean
  /** Entities whose records it touches and whose reads are noted. */
  readonly noted: readonly Entity[]
  /** Rows that are answered at most, and those that are left out before. */
  readonly page: { readonly size: number; readonly skip: number; readonly ends: boolean }
}

/** The statement of a cross join, or what is wrong with it; undefined when the path is none. */
export function prepareCross(request: CrossRequest): PreparedCross | Problem | undefined {
  const { model, actor, path, exact, schema, pageSize, maxPageSize, reckoning } = request
  const sets = crossNames(path)
  if (!sets) return undefined
  const query = parseQuery(request.query, request.limits)
  if (query instanceof Problem) return query
  const bound = bindCross(sets, query, { model, wire: (id) => readableWire(model, actor, id), limits: request.limits })
  const trimmed = bound instanceof Problem ? bound : trimCross(bound, model, actor)
  if (trimmed instanceof Problem) return trimmed
  const dear = checkCost(costOfCross(trimmed, { model, rows: request.rows ?? noRows }), request.limits)
  if (dear) return dear
  const compiled = compileCross(trimmed, { model, schema, pageSize, maxPageSize, exact })
  const now = new Date().toISOString()
  const values = valuesOf(compiled.parameters, { literals: [], actor, now, ...(reckoning ? { reckoning } : {}) })
  if (values instanceof Problem) return values
  const top = query.top ?? Infinity
  return {
    statement: { text: compiled.text, values },
    counted: trimmed.count,
    noted: notedIn(trimmed, model),
    page: { size: Math.min(top, pageSize), skip: query.skip ?? 0, ends: top <= pageSize },
  }
}
