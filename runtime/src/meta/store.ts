// The stored definitions: layers of solutions, the customer's own on top, and the log of every change to them. Decides how
// they are kept and read; what they mean is core's. A change list takes one state to the next, in memory and in the database.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { definitionKey } from '@peyvand/core/model/definition.ts'
import type { Otherwise } from '@peyvand/core/plan/steps.ts'
import { keyOf } from '@peyvand/core/solution/merge.ts'
import type { Session } from '../db/database.ts'

/** The layer in which the customer's own definitions live, above all solutions. */
export const customLayer = 'custom'

export interface StoredLayer {
  readonly name: string
  /** Lower lies below. */
  readonly position: number
  readonly version: string
  readonly manifest: JsonObject
  /** By "kind/name". */
  readonly definitions: ReadonlyMap<string, JsonObject>
}

/** A field on its way to another type: what it still is, while a job converts its values. */
export interface Pending {
  readonly field: string
  readonly entity: string
  /** The field as it was defined before. */
  readonly was: JsonObject
  /** The revision that asked for it. */
  readonly since: number
  /** The column of the recycle bin that has what the field was before it became this: its values come back. */
  readonly restores?: string
  /** What values become that do not convert; without it a job that finds one gives up. */
  readonly otherwise?: Otherwise
  /** The same of the conversion that is taken back: what it gave for such values stands for those in the bin. */
  readonly gave?: Otherwise
}

/** Everything that is stored at one revision. Layers from the lowest up. */
export interface Stored {
  readonly revision: number
  /** The last revision that changed definitions; later ones only did what was wanted then. */
  readonly defined: number
  readonly layers: readonly StoredLayer[]
  /** By the field's id. */
  readonly pending: ReadonlyMap<string, Pending>
}

/** A definition that changes in a layer; no body: it goes. */
export interface DefinitionChange {
  readonly layer: string
  readonly kind: string
  readonly name: string
  readonly body: JsonObject | null
}
/** A layer that comes, changes or (no manifest) goes. */
export interface LayerChange {
  readonly name: string
  readonly position: number
  readonly version: string
  readonly manifest: JsonObject | null
}
/** A field that begins to become another; no body: it has become it, or will not. */
export interface PendingChange {
  readonly field: string
  readonly body: Pending | null
}
export interface Changes {
  readonly layers: readonly LayerChange[]
  readonly definitions: readonly DefinitionChange[]
  readonly pending?: readonly PendingChange[]
}

/** The state with nothing in it. */
export const nothingStored: Stored = { revision: 0, defined: 0, layers: [], pending: new Map() }

/** The state after some changes. */
export function applyChanges(stored: Stored, { layers, definitions, pending = [] }: Changes, revision: number): Stored {
  const next = new Map(stored.layers.map((layer) => [layer.name, layer]))
  for (const { name, position, version, manifest } of layers) {
    if (manifest === null) next.delete(name)
    else next.set(name, { name, position, version, manifest, definitions: next.get(name)?.definitions ?? new Map() })
  }
  for (const [name, group] of Map.groupBy(definitions, (change) => change.layer)) {
    const layer = next.get(name)
    if (layer === undefined) continue
    const changed = new Map(layer.definitions)
    for (const change of group) {
      if (change.body === null) changed.delete(definitionKey(change))
      else changed.set(definitionKey(change), change.body)
    }
    next.set(name, { ...layer, definitions: changed })
  }
  const waiting = new Map(stored.pending)
  for (const { field, body } of pending) {
    if (body === null) waiting.delete(field)
    else waiting.set(field, body)
  }
  return {
    revision,
    defined: layers.length + definitions.length > 0 ? revision : stored.defined,
    layers: [...next.values()].sort((a, b) => a.position - b.position),
    pending: waiting,
  }
}

/** The changes that take the state after `changes` back to `stored`. */
export function reverse(stored: Stored, changes: Changes): Changes {
  const layerOf = (name: string) => stored.layers.find((layer) => layer.name === name)
  return {
    layers: changes.layers.map(({ name, position, version }) => {
      const before = layerOf(name)
      return before === undefined
        ? { name, position, version, manifest: null }
        : { name, position: before.position, version: before.version, manifest: before.manifest }
    }),
    definitions: changes.definitions.map(({ layer, kind, name }) => ({
      layer,
      kind,
      name,
      body: layerOf(layer)?.definitions.get(definitionKey({ kind, name })) ?? null,
    })),
    ...(changes.pending === undefined
      ? {}
      : { pending: changes.pending.map(({ field }) => ({ field, body: stored.pending.get(field) ?? null })) }),
  }
}

/** Reads everything, in one statement and so of one moment. */
export async function loadStored(session: Session, schema: string): Promise<Stored> {
  const { rows } = await session.query<{
    revision: number
    defined: number
    pending: Pending[] | null
    layers: RawLayer[] | null
    definitions: RawDefinition[] | null
  }>({
    text: `select (select coalesce(max(h.revision), 0) from "${schema}"._history h) as revision,
      (select coalesce(max(h.revision), 0) from "${schema}"._history h where h.action not in ('finish', 'upgrade')) as defined,
      (select json_agg(p.body) from "${schema}"._pending p) as pending,
      (select json_agg(json_build_object('name', l.name, 'position', l.position, 'version', l.version, 'manifest', l.manifest) order by l.position, l.name)
        from "${schema}"._layer l) as layers,
      (select json_agg(json_build_object('layer', d.layer, 'body', d.body) order by d.layer, d.kind, d.name) from "${schema}"._definition d) as definitions`,
  })
  const { revision, defined, layers, definitions, pending } = rows[0]!
  const byLayer = Map.groupBy(definitions ?? [], (definition) => definition.layer)
  const read = (layer: RawLayer): StoredLayer => {
    const own = (byLayer.get(layer.name) ?? []).map(({ body }) => [keyOf(body), body] as const)
    return { ...layer, definitions: new Map(own) }
  }
  const waiting = new Map((pending ?? []).map((one) => [one.field, one]))
  return { revision, defined, layers: (layers ?? []).map(read), pending: waiting }
}

interface RawLayer {
  readonly name: string
  readonly position: number
  readonly version: string
  readonly manifest: JsonObject
}
interface RawDefinition {
  readonly layer: string
  readonly body: JsonObject
}

/** The state of now, from one that was known: only what was logged since is read. */
export async function loadSince(session: Session, schema: string, known: Stored): Promise<Stored> {
  const { rows } = await session.query<{ revision: number; after: Changes }>({
    text: `select h.revision, h.after from "${schema}"._history h where h.revision > $1::int order by h.revision`,
    values: [known.revision],
  })
  return rows.reduce((stored, { revision, after }) => applyChanges(stored, after, revision), known)
}

async function savePending(session: Session, schema: string, pending: readonly PendingChange[]): Promise<void> {
  for (const { field, body } of pending) {
    if (body === null)
      await session.query({ text: `delete from "${schema}"._pending where field_id = $1::uuid`, values: [field] })
    else
      await session.query({
        text: `insert into "${schema}"._pending (field_id, body) values ($1::uuid, $2::json)
          on conflict (field_id) do update set body = excluded.body`,
        values: [field, JSON.stringify(body)],
      })
  }
}

/** Writes changes: what changed and nothing else, in at most four statements. */
export async function saveChanges(
  session: Session,
  schema: string,
  { layers, definitions, pending = [] }: Changes,
  revision: number,
): Promise<void> {
  await savePending(session, schema, pending)
  const gone = layers.filter(({ manifest }) => manifest === null).map(({ name }) => name)
  if (gone.length > 0)
    await session.query({ text: `delete from "${schema}"._layer where name = any($1::text[])`, values: [gone] })
  const kept = layers.filter(({ manifest }) => manifest !== null)
  if (kept.length > 0) {
    await session.query({
      text: `insert into "${schema}"._layer (name, position, version, manifest)
        select r.name, r.position, r.version, r.manifest from json_to_recordset($1::json) as r (name text, position int, version text, manifest json)
        on conflict (name) do update set position = excluded.position, version = excluded.version, manifest = excluded.manifest, modified_at = excluded.modified_at`,
      values: [JSON.stringify(kept)],
    })
  }
  const removed = definitions.filter(({ body }) => body === null)
  if (removed.length > 0) {
    await session.query({
      text: `delete from "${schema}"._definition d using json_to_recordset($1::json) as r (layer text, kind text, name text)
        where d.layer = r.layer and d.kind = r.kind and d.name = r.name`,
      values: [JSON.stringify(removed.map(({ layer, kind, name }) => ({ layer, kind, name })))],
    })
  }
  const put = definitions.filter(({ body }) => body !== null)
  if (put.length > 0) {
    await session.query({
      text: `insert into "${schema}"._definition (layer, kind, name, body, revision)
        select r.layer, r.kind, r.name, r.body, $2::int from json_to_recordset($1::json) as r (layer text, kind text, name text, body json)
        on conflict (layer, kind, name) do update set body = excluded.body, revision = excluded.revision`,
      values: [JSON.stringify(put), revision],
    })
  }
}
