// What roles say of a connection: which records a role is for, what the other one is then, and the other side's role, which is
// filled in by itself. A connection is one record that is read from both of its ends, so that the sides never disagree.
import { Problem } from '@peyvand/core/base/problem.ts'
import { valueText, type Value } from '@peyvand/core/base/kind.ts'
import { fitsPair, namesIn, type FittingRole } from '@peyvand/core/model/connection.ts'
import type { Entity, Id, Model } from '@peyvand/core/model/model.ts'
import type { Session } from '../db/database.ts'
import type { Values } from './input.ts'

/** A role as the rules see it. */
export interface ConnectionRole extends FittingRole {
  readonly id: Id
  readonly name: string
  readonly active: boolean
  readonly reciprocal: Id | null
}

export type ConnectionRoles = ReadonlyMap<Id, ConnectionRole>
export const noRoles: ConnectionRoles = new Map()

const columns = ['record1_type', 'role1_id', 'record2_type', 'role2_id'] as const
type Side = 1 | 2
const sides: readonly Side[] = [1, 2]
const opposite = (side: Side): Side => (side === 1 ? 2 : 1)

/** The columns of an entity whose values roles have a say in; none for an entity that holds no connections. */
export function roleColumns({ name, fields }: Entity): readonly string[] {
  const connects = name === 'connection' && fields.some((field) => 'connects' in field && field.connects === true)
  return connects ? columns : []
}

/** The roles there are. */
export async function loadRoles(session: Session, schema: string, model: Model): Promise<ConnectionRoles> {
  const entity = model.entities.get('connection_role')
  const has = (name: string): boolean => entity?.fields.some((field) => field.name === name) === true
  if (!['name', 'reciprocal', 'fits', 'fits_other', 'state'].every(has)) return noRoles
  const { rows } = await session.query<{
    id: Id
    name: string
    state: string
    reciprocal: Id | null
    fits: string | null
    other: string | null
  }>({
    text: `select "id", "name", "state", "reciprocal_id" as "reciprocal", "fits", "fits_other" as "other" from "${schema}"."connection_role" order by "name"`,
    name: 'peyvand_connection_roles',
  })
  return new Map(
    rows.map(({ id, name, state, reciprocal, fits, other }) => [
      id,
      { id, name, active: state !== 'inactive', reciprocal, fits: namesIn(fits), fitsOther: namesIn(other) },
    ]),
  )
}

/** Fills in the other side's role, and refuses roles that do not fit what is connected. */
export function applyRoles(
  values: Values,
  valueOf: (column: string) => Value,
  roles: ConnectionRoles,
): readonly Problem[] {
  if (!columns.some((column) => column in values)) return []
  const roleAt = (side: Side) => roles.get(valueText(valueOf(`role${side}_id`)))
  for (const side of sides) {
    const [role, other] = [roleAt(side), `role${opposite(side)}_id`]
    const known = `role${side}_id` in values ? (role?.reciprocal ?? null) : null
    if (known !== null && (values[other] ?? null) === null) values[other] = known
  }
  return sides.flatMap((side) => {
    const role = roleAt(side)
    if (role === undefined) return []
    const [mine, theirs] = [side, opposite(side)].map((each) => valueText(valueOf(`record${each}_type`))) as [
      string,
      string,
    ]
    const problem =
      refusedAlone(role, side, `role${side}_id` in values) ??
      (fitting(role, mine, theirs, roles) ? undefined : unfit(role, side, [mine, theirs], roles)) ??
      (side === 1 ? unpaired(role, roleAt(2), roles) : undefined)
    return problem === undefined ? [] : [problem]
  })
}

/** Whether a record of one entity can have a role towards one of another. */
function fitting(role: ConnectionRole, mine: string, theirs: string, roles: ConnectionRoles): boolean {
  return fitsPair(role, mine, theirs, role.reciprocal === null ? undefined : roles.get(role.reciprocal))
}

function refusedAlone({ name, active }: ConnectionRole, side: Side, written: boolean): Problem | undefined {
  if (active || !written) return undefined
  return refusal(side, `The role "${name}" is not in use any more`, 'Choose another role')
}

function unfit({ name }: ConnectionRole, side: Side, pair: readonly [string, string], roles: ConnectionRoles): Problem {
  const [mine, theirs] = pair
  const fit = [...roles.values()].filter((each) => each.active && fitting(each, mine, theirs, roles))
  const names = fit.slice(0, 20).map((each) => `"${each.name}"`)
  const hint =
    names.length === 0
      ? `No role fits a record of "${mine}" towards one of "${theirs}"; it can be connected without`
      : `Roles that fit: ${names.join(', ')}`
  return refusal(side, `A record of "${mine}" cannot be "${name}" of one of "${theirs}"`, hint)
}

/** Two roles of which one says what the other is. */
function unpaired(
  role: ConnectionRole,
  other: ConnectionRole | undefined,
  roles: ConnectionRoles,
): Problem | undefined {
  if (other === undefined || role.reciprocal === other.id || other.reciprocal === role.id) return undefined
  const said = roles.get(role.reciprocal ?? '') ?? (other.reciprocal === null ? undefined : role)
  if (said === undefined) return undefined
  if (said === role)
    return refusal(1, `Towards "${other.name}" the role is "${roles.get(other.reciprocal!)?.name ?? ''}"`)
  return refusal(
    2,
    `Towards "${role.name}" the other role is "${said.name}"`,
    'Leave it out: it is filled in by itself',
  )
}

function refusal(side: Side, detail: string, hint?: string): Problem {
  const target = `role${side}_id`
  return new Problem('check.invalid', { detail, target, pointer: `/${target}`, hint })
}
