// From somebody and an entity to the statement that samples how much of it they see.
import { Problem } from '../base/problem.ts'
import type { Entity, Model } from '../model/model.ts'
import type { RowCounts } from '../query/cost/counts.ts'
import { compileSight, leastRows } from '../query/sight.ts'
import type { Actor } from './actor.ts'
import { ruleOf } from './rule.ts'
import { valuesOf, type ReadyStatement } from './values.ts'

/** Who looks, at what. */
export interface SightRequest {
  readonly model: Model
  readonly actor: Actor
  readonly entity: Entity
  readonly schema: string
  /** About how many records there are. */
  readonly rows: RowCounts
}

/** The statement whose row says as `seen` which part of the records the actor sees; undefined where that makes no difference. */
export function prepareSight({ model, actor, entity, schema, rows }: SightRequest): ReadyStatement | undefined {
  const there = rows.get(entity.name) ?? 0
  const rule = ruleOf(model, actor, entity, 'read')
  if (there < leastRows || rule === undefined) return undefined
  const rules = new Map([[entity.id, rule]])
  const { text, parameters } = compileSight({ model, schema, rules, entity: entity.id, rows: there })
  const values = valuesOf(parameters, { literals: [], actor, now: new Date().toISOString() })
  return values instanceof Problem ? undefined : { text, values }
}
