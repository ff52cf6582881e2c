// Imports as the server keeps them: staging a file, mapping, checking and beginning it, the list, and taking one back. Files
// out are plain links: the browser saves what it is sent.
import type { JsonValue } from '@peyvand/core/base/json.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import { fetchJson, problemOf } from './http.ts'

export type ImportState =
  | 'staged'
  | 'checking'
  | 'checked'
  | 'running'
  | 'done'
  | 'failed'
  | 'cancelled'
  | 'undoing'
  | 'undone'

export interface Counts {
  readonly rows: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly failed: number
}

/** What is wrong with one cell. */
export interface CellError {
  readonly column: string
  readonly value: string
  readonly code: string
  /** The server's words. */
  readonly reason: string
  readonly params?: Readonly<Record<string, string | number>>
}

/** A row that would fail, or did. */
export interface FailedRow {
  readonly row: number
  readonly errors: readonly CellError[]
}

/** A record of which something did not go back. */
export interface Left {
  readonly entity: string
  readonly id: string
  readonly reason: 'changed' | 'in_use' | 'gone' | 'refused'
  readonly fields?: readonly string[]
  readonly detail?: string
}

export interface ColumnMapping {
  readonly column: string
  readonly field: string
  readonly match?: string
}

export interface Mapping {
  readonly key?: readonly string[]
  readonly sheet?: string
  readonly mode?: string
  /** How dates are read that could be day-month and month-day. */
  readonly dateOrder?: string
  readonly auto?: boolean
  readonly columns?: readonly ColumnMapping[]
}

export interface Import extends Counts {
  readonly id: string
  /** Null when the entity was taken away since. */
  readonly entity: string | null
  readonly file: string | null
  readonly state: ImportState
  readonly at: string
  readonly by: { readonly id: string; readonly name: string }
  readonly problem: Record<string, JsonValue> | null
}

/** An import with what the server says of one alone. */
export interface WholeImport extends Import {
  readonly mapping: Mapping
  readonly format?: string
  readonly sheet?: string
  readonly sheets?: readonly string[]
  readonly columns?: readonly string[]
  readonly mapped?: Readonly<Record<string, string>>
  readonly sample?: readonly { readonly number: number; readonly cells: Readonly<Record<string, JsonValue>> }[]
  readonly checked?: Counts & { readonly errors: readonly FailedRow[] }
  readonly undone?: {
    readonly deleted: number
    readonly restored: number
    readonly leftCount: number
    readonly left: readonly Left[]
  }
}

/** Whether the server works on it. */
export const isBusy = ({ state }: Import): boolean => state === 'checking' || state === 'running' || state === 'undoing'

/** Whether it can be taken back. */
export const isUndoable = ({ state }: Import): boolean =>
  state === 'done' || state === 'failed' || state === 'cancelled'

/** The newest imports. throws: Problem */
export async function readImports(): Promise<readonly Import[]> {
  return (await fetchJson<{ value: readonly Import[] }>('/api/import')).value
}

/** One import. throws: Problem */
export const readImport = (id: string): Promise<WholeImport> => fetchJson(`/api/import/${id}`)

/** Sends a file that waits. throws: Problem */
export async function stageFile(entity: string, file: File): Promise<WholeImport> {
  const form = new FormData()
  form.set('file', file, file.name)
  const answer = await fetch(`/api/import/${entity}?stage=true`, {
    method: 'POST',
    body: form,
    credentials: 'same-origin',
  })
  const body: unknown = await answer.json().catch(() => null)
  if (!answer.ok) throw problemOf(answer.status, body)
  return body as WholeImport
}

/** Reads the file with another mapping. throws: Problem */
export const mapImport = (id: string, mapping: Mapping): Promise<WholeImport> =>
  fetchJson(`/api/import/${id}/mapping`, { method: 'PUT', body: mapping })

/** Has something done with an import. throws: Problem */
export const steerImport = (id: string, what: 'check' | 'commit' | 'undo' | 'cancel'): Promise<WholeImport> =>
  fetchJson(`/api/import/${id}/${what}`, { method: 'POST', body: {} })

/** What went wrong. */
export const problemOfImport = ({ problem }: Import): Problem | undefined =>
  problem === null ? undefined : problemOf(Number(problem['status'] ?? 500), problem)

/** What is wrong with a cell, as a Problem. */
export const problemOfCell = ({ code, reason, params }: CellError): Problem =>
  problemOf(422, { code, detail: reason, ...(params ? { params } : {}) })

export const exportFormats = ['xlsx', 'csv', 'json'] as const

/** Where a list comes from as a file. */
export function exportAddress(entity: string, format: (typeof exportFormats)[number], view?: string): string {
  const query = new URLSearchParams({
    format,
    ...(view ? { view, labels: 'true' } : {}),
    ...(format === 'csv' ? { bom: 'true' } : {}),
  })
  return `/api/export/${entity}?${query.toString()}`
}
