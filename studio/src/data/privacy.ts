// What is kept about a person, over /api/privacy and the functions of the data service.
import type { ErasurePlan, Hold } from '@peyvand/core/answer/person.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { fetchJson, problemOf } from './http.ts'

export interface Consent {
  readonly channel: string
  readonly purpose: string
  readonly state: 'given' | 'withdrawn' | 'expired'
  readonly at: string
}
export interface Standing {
  readonly restricted: boolean
  /** Whether a field of the person stops contact; unknown to who may not read it. */
  readonly contact: 'open' | 'refused' | 'unknown'
  readonly consents: readonly Consent[]
}

const named = (entity: Entity, id: string) => [{ entity: entity.name, id }]
const post = <T>(path: string, body: object): Promise<T> =>
  fetchJson<T>(`/api/privacy/${path}`, { method: 'POST', body })

/** What is kept about a person. throws: Problem */
export const readDossier = (entity: Entity, id: string): Promise<ErasurePlan> =>
  post('plan', { records: named(entity, id) })

/** Has a person erased. Gives the job that does it. throws: Problem */
export async function erasePerson(
  entity: Entity,
  id: string,
  wish: { readonly plan: string; readonly mentions: boolean; readonly reason: string },
): Promise<string> {
  return (await post<{ job: string }>('erase', { records: named(entity, id), ...wish })).job
}

/** Everything about a person as an archive. throws: Problem */
export async function downloadPerson(entity: Entity, id: string, name: string): Promise<void> {
  const answer = await fetch('/api/privacy/export', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ records: named(entity, id) }),
    credentials: 'same-origin',
  })
  if (!answer.ok) throw problemOf(answer.status, await answer.json().catch(() => null))
  const address = URL.createObjectURL(await answer.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = `${name.replaceAll(/[^\p{L}\p{N} _-]/gu, '') || 'person'}.zip`
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}

/** The holds and restrictions on a record that are in force. throws: Problem */
export async function readHolds(entity: Entity, id: string): Promise<readonly Hold[]> {
  const { value } = await fetchJson<{ value: readonly Hold[] }>(`/api/privacy/holds?entity=${entity.name}&id=${id}`)
  return value.filter(
    ({ lifted_at, until }) => lifted_at === null && (until === null || Date.parse(until) > Date.now()),
  )
}

/** Places a hold or a restriction. throws: Problem */
export const placeHold = (
  entity: Entity,
  id: string,
  wish: { readonly kind: Hold['kind']; readonly reason: string; readonly until: string | null },
): Promise<unknown> => post('holds', { entity: entity.name, id, ...wish })

/** Lifts it. throws: Problem */
export const liftHold = (id: string): Promise<unknown> => fetchJson(`/api/privacy/holds/${id}`, { method: 'DELETE' })

/** What a person agreed to. throws: Problem */
export const readStanding = (entity: Entity, id: string): Promise<Standing> =>
  fetchJson(`/api/data/v1/${entity.entitySet}(${id})/consents_of()`)
