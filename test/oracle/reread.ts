// What a database holds, read back as a state: after requests whose outcome nobody has foretold. Ids that the server made are
// different in every database; they are told by their order, which is that in which the records came about.
import type { Served } from './served.ts'
import { State, type OwnerType, type Rec, type Shape } from './state.ts'
import type { Plain } from './condition.ts'

type Row = Readonly<Record<string, Plain>>

const drawnId = /^019f0000-0000-7[0-9a-f]{3}-8000-/

/** Reads the drawn entities, links, shares and who is which contact; else people are as they were in `before`. */
export async function readState(served: Served, before: State, drawn: readonly string[]): Promise<State> {
  const tables = [
    ...drawn.map((name) => `select '${name}' as name, json_agg(t)::text as rows from t_default."${name}" t`),
    `select 'links', json_agg(json_build_object('from', from_id, 'to', to_id))::text from t_default.bond`,
    `select 'shares', json_agg(json_build_object('record', record_id, 'to', principal_id, 'rights', array_to_string(rights, ','),
      'over', expires_at is not null and expires_at <= now()))::text from t_default._share`,
    `select 'contacts', json_agg(json_build_object('user', id, 'contact', to_jsonb(u) ->> 'contact_id'))::text from t_default."user" u`,
  ]
  const found = await served.query<{ name: string; rows: string | null }>(tables.join(' union all '))
  const made = found.flatMap(({ name, rows }) =>
    drawn.includes(name) ? (JSON.parse(rows ?? '[]') as Row[]).map(({ id }) => id as string) : [],
  )
  const names = new Map(
    made
      .filter((id) => !drawnId.test(id))
      .sort()
      .map((id, n) => [id, madeId(n)]),
  )
  const named = (text: string): string =>
    text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => names.get(id) ?? id)
  const rows = new Map(found.map(({ name, rows: text }) => [name, JSON.parse(named(text ?? '[]')) as Row[]]))
  const state = new State(before.world)
  for (const [entity, some] of before.records) if (!drawn.includes(entity)) state.records.set(entity, some)
  state.records.set('user', contactsOf(before, rows.get('contacts')!))
  for (const entity of drawn) for (const row of rows.get(entity)!) state.put(recOf(before.world, entity, row))
  const [bond] = before.world.bonds
  state.links = rows.get('links')!.map(({ from, to }) => [bond!.name, from as string, to as string])
  state.shares = rows.get('shares')!.map((row) => ({
    entity: drawn.find((name) => state.find(name, row['record'] as string) !== undefined) ?? '',
    record: row['record'] as string,
    to: row['to'] as string,
    rights: (row['rights'] as string).split(','),
    over: row['over'] === true,
  }))
  return state
}

/** Users with the contact that each is now: it goes with the contact and moves with a merge. */
function contactsOf(before: State, rows: readonly Row[]): Map<string, Rec> {
  const contacts = new Map(rows.map(({ user, contact }) => [user as string, contact ?? null]))
  return new Map(
    before
      .all('user')
      .map((rec) => [rec.id, { ...rec, values: { ...rec.values, contact: contacts.get(rec.id) ?? null } }]),
  )
}

const madeId = (n: number): string => `019f0000-0000-7fff-8000-${String(n).padStart(12, '0')}`

/** Whether a record is one that the server chose the id of. */
export function isMade({ id }: Rec): boolean {
  return id.startsWith('019f0000-0000-7fff-')
}

function recOf(shape: Shape, entity: string, row: Row): Rec {
  const values: Record<string, Plain> = {}
  for (const { name, type, calc, targets } of shape.things.get(entity)!.parts) {
    if (calc !== undefined) continue
    values[name] = row[type === 'lookup' ? `${name}_id` : name] ?? null
    if (type === 'lookup' && targets!.length > 1) values[`${name}_type`] = row[`${name}_type`] ?? null
  }
  return {
    entity,
    id: row['id'] as string,
    values,
    owner: (row['owner_id'] ?? null) as string | null,
    ownerType: (row['owner_type'] ?? null) as OwnerType | null,
    unit: (row['owning_unit_id'] ?? null) as string | null,
  }
}
