// Which legal holds and restrictions are in force, as every statement asks for it that would delete something for good.

/** True for a row `h` of `_hold` that counts now. */
export const holdInForce = `h."lifted_at" is null and (h."until" is null or h."until" > now())`

/** True where no legal hold is on a record, by SQL of its id and of its entity. */
export function freeOfHolds(schema: string, record: string, entity: string): string {
  return `not exists (select 1 from "${schema}"."_hold" h where h."record_id" = ${record} and h."entity_id" = ${entity}
    and h."kind" = 'hold' and ${holdInForce})`
}
