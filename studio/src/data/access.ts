// Questions about access, and looking at the app as somebody else, over /api/access.
import type { Named } from '@peyvand/core/answer/access.ts'
import type { Entity, Operation } from '@peyvand/core/model/model.ts'
import type { Label } from '@peyvand/core/base/label.ts'
import type { FieldReason } from '@peyvand/core/access/explain-field.ts'
import type { GrantReason } from '@peyvand/core/access/explain-record.ts'
import type { Reason } from '@peyvand/core/access/explain.ts'
import { fetchJson } from './http.ts'

export type GrantTold = Omit<GrantReason, 'units'> & { readonly units?: readonly Named[]; readonly unitCount?: number }

export interface Explained {
  readonly user: Named & { readonly kind: string }
  readonly operation: Operation
  readonly record?: Named
  readonly verdict: 'yes' | 'masked' | 'no' | 'all' | 'some' | 'none'
  readonly obstacles: readonly ('suspended' | 'missing' | 'inactive' | 'field' | 'not_open')[]
  readonly roles: readonly {
    readonly role: string
    readonly label?: Label
    readonly from: 'user' | 'team' | 'everyone'
    readonly team?: Named
    readonly for?: Named
  }[]
  readonly left: readonly string[]
  readonly rights: readonly {
    readonly operation: Operation
    readonly verdict: boolean
    readonly grants: readonly GrantTold[]
  }[]
  readonly grants: readonly { readonly operation: Operation; readonly reasons: readonly Reason[] }[]
  readonly field?: FieldReason
  readonly owner?: Named & { readonly type: string }
  readonly unit?: Named
  readonly shares: readonly {
    readonly to: Named & { readonly type: 'user' | 'team' }
    readonly rights: readonly string[]
    readonly expires_at: string | null
    readonly by: Named
  }[]
  readonly managers: readonly Named[]
}

export interface Question {
  readonly entity: Entity
  readonly record?: string
  readonly operation: Operation
  readonly user?: string
  readonly field?: string
}

/** Why somebody can or cannot do something. throws: Problem */
export function askWhy({ entity, record, operation, user, field }: Question): Promise<Explained> {
  const said = { entity: entity.name, operation, record, user, field }
  const given = Object.entries(said).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return fetchJson(`/api/access/explain?${new URLSearchParams(given)}`)
}

export interface PersonWithAccess {
  readonly user: Named
  readonly rights: readonly ('read' | 'write' | 'delete' | 'assign' | 'share')[]
  readonly roles: readonly string[]
}

/** The people who have access to a record, a page at a time. throws: Problem */
export function askWho(
  entity: Entity,
  record: string,
  after?: string,
): Promise<{ readonly value: readonly PersonWithAccess[]; readonly next?: string }> {
  const query = new URLSearchParams({ entity: entity.name, record })
  if (after !== undefined) query.set('after', after)
  return fetchJson(`/api/access/people?${query}`)
}

/** As whom the app is looked at. */
export type ViewWish = { readonly user: string } | { readonly role: string; readonly unit?: string }

/** Looks at the app as somebody else from here on. throws: Problem */
export async function beginView(wish: ViewWish): Promise<void> {
  await fetchJson('/api/access/view', { method: 'POST', body: wish })
  anew()
}

/** Is oneself again. throws: Problem */
export async function leaveView(): Promise<void> {
  await fetchJson('/api/access/view', { method: 'DELETE' })
  anew()
}

/** Nothing that was read as one of the two may be shown to the other. */
function anew(): void {
  sessionStorage.clear()
  location.assign('/')
}
