// What a write answers is made by the statement that writes, which sees every record as it was before. Decides when that is not
// what the caller is to hear: where formulas lead back to the record, or to others whose being seen may hang on it.
import { nodesIn, targetsOf, walks } from '../expression/visit.ts'
import type { Entity, Id, Model } from '../model/model.ts'
import { wireOf } from '../model/wire.ts'
import type { Actor } from './actor.ts'
import { ruleOf } from './rule.ts'

/** Whether the answer of a write (of these properties; all when absent) is to be read once the record is written. */
export function isReadAfter(model: Model, actor: Actor, entity: Entity, select?: readonly string[]): boolean {
  for (const { name, formula } of wireOf(model, entity).properties.values()) {
    if (formula === undefined || (select !== undefined && !select.includes(name))) continue
    for (const target of targetsOf(formula))
      if (target === entity.id || hangsOnOthers(model, actor, target)) return true
  }
  return false
}

/** Whether the caller sees records of an entity by what other records hold. Shares do not change with a record. */
function hangsOnOthers(model: Model, actor: Actor, target: Id): boolean {
  const rule = ruleOf(model, actor, model.entityById.get(target)!, 'read')
  return !!rule && [...nodesIn(rule)].some(walks)
}
