// What the row of a write statement means to the caller: what was done, or the one reason why not.
import { gather, Problem } from '../base/problem.ts'
import type { Id } from '../model/model.ts'
import { refusalOf } from '../query/demand.ts'
import type { StoredDemand } from '../query/write-plan.ts'
import type { Write } from './owner.ts'

/** The row of the result; see query/write.ts. */
export interface WriteRow {
  readonly outcome: string
  readonly missing: string | null
  readonly id: string | null
  readonly etag: string | null
  readonly body?: string | null
  /** Lookups to records that gather this one, as they were and as they are: JSON text by column. */
  readonly before?: string | null
  readonly after?: string | null
}

/** A write that was done. */
export interface Written {
  readonly outcome: 'created' | 'updated' | 'deleted'
  readonly id: Id
  readonly etag: string
  readonly body?: string
}

/** What the row of a write means. */
export function outcomeOf(
  { entity, id, key }: Pick<Write, 'entity' | 'id' | 'key'>,
  row: WriteRow | undefined,
  demands: readonly StoredDemand[],
): Written | Problem {
  const outcome = row?.outcome ?? 'missing'
  if (outcome === 'created' || outcome === 'updated' || outcome === 'deleted') {
    return { outcome, id: row!.id!, etag: row!.etag!, ...(row!.body == null ? {} : { body: row!.body }) }
  }
  if (outcome === 'denied')
    return new Problem('access.denied', {
      detail: `You may not write this record of "${entity.entitySet}"`,
      target: entity.entitySet,
    })
  if (outcome === 'stale')
    return new Problem('conflict.stale', { detail: 'The record was changed in the meantime', hint: 'Read it again' })
  if (outcome === 'inactive')
    return new Problem('check.invalid', {
      detail: `This record of "${entity.entitySet}" is inactive and cannot be changed`,
      target: 'state',
      pointer: '/state',
      hint: 'Activate it first: set "state" to "active"',
    })
  if (outcome === 'held') return held(JSON.parse(row!.missing!) as Hold)
  if (outcome === 'demand') return refusalOf(demands, row!.missing!)
  if (outcome === 'reference') return missingLinks((row?.missing ?? '').split(','))
  return new Problem('missing.record', {
    detail: `There is no record ${key ? 'with this key' : id} in "${entity.entitySet}"`,
    target: entity.entitySet,
  })
}

/** What keeps a record from being deleted. */
export interface Hold {
  readonly reason: string
  readonly until: string | null
}

/** The refusal of what a legal hold forbids. */
export function held({ reason, until }: Hold): Problem {
  const end = until === null ? '' : ` until ${until.slice(0, 10)}`
  return new Problem('conflict.held', {
    detail: `A legal hold keeps this record${end}: ${reason}`,
    hint: 'Somebody with the privilege "privacy" can lift the hold',
    params: { reason, ...(until === null ? {} : { until }) },
  })
}

function missingLinks(names: readonly string[]): Problem {
  return gather(
    'check.reference',
    names.map(
      (name) =>
        new Problem('check.reference', {
          detail: `The record that "${name}" refers to does not exist`,
          target: name,
          pointer: `/${name}`,
        }),
    ),
  )
}
