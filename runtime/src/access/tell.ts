// Findings about access as they are told: ids with names, roles with labels, no more than a person can read.
import type { Named } from '@peyvand/core/answer/access.ts'
import type { Explanation } from '@peyvand/core/access/explain.ts'
import type { FieldReason } from '@peyvand/core/access/explain-field.ts'
import type { GrantReason, RightReason } from '@peyvand/core/access/explain-record.ts'
import type { Label } from '@peyvand/core/base/label.ts'
import type { Id, Model, Operation } from '@peyvand/core/model/model.ts'
import type { Findings, Obstacle, Verdict } from './explain.ts'
import type { Naming } from './names.ts'

/** The answer of `GET /api/access/explain`. */
export interface Answer {
  readonly user: Named & { readonly kind: string }
  readonly entity: string
  readonly operation: Operation
  readonly record?: Named
  readonly verdict: Verdict
  readonly obstacles: readonly Obstacle[]
  readonly roles: readonly RoleTold[]
  /** Roles of the person that the key in use does not bring along. */
  readonly left: readonly string[]
  /** What the operation asks for on this record, one right after the other. */
  readonly rights: readonly RightTold[]
  /** The same of the entity, where there is no record. */
  readonly grants: readonly { readonly operation: Operation; readonly reasons: Explanation['reasons'] }[]
  readonly field?: FieldReason
  readonly owner?: Named & { readonly type: string }
  readonly unit?: Named
  /** Shares that reach the person. */
  readonly shares: readonly ShareTold[]
  /** From the owner's manager up to the person, where the record is one of somebody below them. */
  readonly managers: readonly Named[]
}

export interface RoleTold {
  readonly role: string
  readonly label?: Label
  readonly from: 'user' | 'team' | 'everyone'
  readonly team?: Named
  /** The unit it was assigned for. */
  readonly for?: Named
}

export type GrantTold = Omit<GrantReason, 'units'> & {
  /** The first units it counts from; `unitCount` of them there are. */
  readonly units?: readonly Named[]
  readonly unitCount?: number
}
export type RightTold = Omit<RightReason, 'grants'> & { readonly grants: readonly GrantTold[] }

export interface ShareTold {
  readonly to: Named & { readonly type: 'user' | 'team' }
  readonly rights: readonly string[]
  /** ISO 8601; null: without end. */
  readonly expires_at: string | null
  readonly by: Named
}

/** Units that are told of one grant. */
const mostUnits = 20
/** Sources of roles that are told. */
const mostRoles = 100

/** What was found, in names. */
export function tell(model: Model, findings: Findings, name: Naming): Answer {
  const { question, subject, verdict, obstacles, field, found, grants, shares, managers } = findings
  const facts = found?.facts
  return {
    user: { ...name('user', subject.id), kind: subject.kind },
    entity: question.entity.name,
    operation: question.operation,
    ...(question.record === undefined ? {} : { record: name(question.entity.name, question.record) }),
    verdict,
    obstacles,
    roles: subject.sources.slice(0, mostRoles).map((source) => roleTold(model, source, name)),
    left: subject.left,
    rights: (found?.rights ?? []).map((right) => ({
      ...right,
      grants: right.grants.map((grant) => grantTold(grant, name)),
    })),
    grants,
    ...(field === undefined ? {} : { field }),
    ...(facts?.owner == null
      ? {}
      : { owner: { ...name(facts.ownerType ?? 'user', facts.owner), type: facts.ownerType ?? 'user' } }),
    ...(facts?.unit == null ? {} : { unit: name('business_unit', facts.unit) }),
    shares: shares.map(({ receiver, type, rights, expires, by }) => ({
      to: { ...name(type, receiver), type },
      rights,
      expires_at: expires,
      by: name('user', by),
    })),
    managers: managers.map((id) => name('user', id)),
  }
}

function roleTold(
  model: Model,
  { role, from, team, unit }: Findings['subject']['sources'][number],
  name: Naming,
): RoleTold {
  const label = model.roles.get(role)?.label
  return {
    role,
    ...(label === undefined ? {} : { label }),
    from,
    ...(team === undefined ? {} : { team: name('team', team) }),
    ...(unit === undefined ? {} : { for: name('business_unit', unit) }),
  }
}

function grantTold({ units, ...grant }: GrantReason, name: Naming): GrantTold {
  if (units === undefined) return grant
  const named = (ids: readonly Id[]): Named[] => ids.map((id) => name('business_unit', id))
  return { ...grant, units: named(units.slice(0, mostUnits)), unitCount: units.length }
}
