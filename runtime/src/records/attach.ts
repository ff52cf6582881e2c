// Files that a record takes: in the transaction that writes the record, its fields become the place of the files it names, and
// what is stored beside an id is what the server knows of the file. A file is taken by who uploaded it, or kept by the field
// that has it; any other is the same as one that does not exist.
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import type { Entity, Field, Id } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { FileFacts } from '@peyvand/core/types/type.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import type { Values } from './input.ts'

export interface Taker {
  readonly id: Id
  readonly values: Values
}

interface Wanted<T extends Taker> {
  readonly taker: T
  readonly field: Field
  readonly ids: readonly string[]
}

const known = new WeakMap<Entity, readonly Field[]>()

function holdersOf(entity: Entity): readonly Field[] {
  let fields = known.get(entity)
  if (fields === undefined)
    known.set(entity, (fields = entity.fields.filter((field) => typeOf(field).files !== undefined)))
  return fields
}

/** Whether records of an entity hold files. */
export function holdsFiles(entity: Entity): boolean {
  return holdersOf(entity).length > 0
}

/** Whether values of a record name files. */
export function takesFiles(entity: Entity, values: Values): boolean {
  return holdersOf(entity).some((field) => idsIn(field, values).length > 0)
}

function idsIn(field: Field, values: Values): readonly string[] {
  const files = typeOf(field).files!
  return files.ids(values[field.name + files.holds(field)] ?? null)
}

/** Clears what stands beside an id that is cleared. Needs no database. */
export function clearFiles(entity: Entity, values: Values): void {
  for (const field of holdersOf(entity)) {
    const files = typeOf(field).files!
    if (values[field.name + files.holds(field)] === null) store(field, [], values)
  }
}

function store(field: Field, facts: readonly FileFacts[], values: Values): void {
  const stored = typeOf(field).files!.stored(facts, field)
  for (const suffix of Object.keys(stored)) values[field.name + suffix] = stored[suffix]!
}

/** Takes the files these records name. Gives what is wrong by record; values are completed in place. */
export async function takeFiles<T extends Taker>(
  session: Session,
  { schema, actor }: Context,
  entity: Entity,
  takers: readonly T[],
): Promise<ReadonlyMap<T, Problem>> {
  if (!holdsFiles(entity)) return new Map()
  const wanted = takers.flatMap((taker) => {
    clearFiles(entity, taker.values)
    return holdersOf(entity).flatMap((field): Wanted<T>[] => {
      const ids = idsIn(field, taker.values)
      return ids.length === 0 ? [] : [{ taker, field, ids }]
    })
  })
  if (wanted.length === 0) return new Map()
  const taken = await take(session, schema, actor.user, entity, wanted)
  const problems = new Map<T, Problem[]>()
  for (const { taker, field, ids } of wanted) {
    const facts = ids.map((id) => taken.get(`${id}/${taker.id}/${field.id}`))
    const wrong = facts.map((file) =>
      file === undefined ? unknownFile(field) : typeOf(field).files!.accepts(file, field),
    )
    const problem = wrong.find((each) => each !== undefined)
    if (problem === undefined) store(field, facts as FileFacts[], taker.values)
    else problems.set(taker, [...(problems.get(taker) ?? []), problem])
  }
  return new Map([...problems].map(([taker, list]) => [taker, gather('check.invalid', list)]))
}

interface Taken {
  readonly id: string
  readonly record_id: string
  readonly field_id: string
  readonly name: string
  readonly type: string
  readonly size: string
  readonly width: number | null
  readonly height: number | null
}

async function take(
  session: Session,
  schema: string,
  user: Id,
  entity: Entity,
  wanted: readonly Wanted<Taker>[],
): Promise<ReadonlyMap<string, FileFacts>> {
  const places = wanted.flatMap(({ taker, field, ids }) =>
    ids.map((id) => ({ id, record_id: taker.id, field_id: field.id })),
  )
  // Locked in the order of their ids, so that two that take the same files cannot wait for each other.
  const { rows } = await session.query<Taken>({
    text: `with "w" as (select r.* from json_to_recordset($1::json) as r ("id" uuid, "record_id" uuid, "field_id" uuid)),
      "l" as (select f."id" from "${schema}"."_file" f where f."id" in (select w."id" from "w" w) order by f."id" for update)
      update "${schema}"."_file" f set "entity_id" = $2::uuid, "record_id" = w."record_id", "field_id" = w."field_id", "orphaned_at" = null
      from "w" w, "l" l where f."id" = w."id" and l."id" = f."id" and f."ready"
      and ((f."record_id" is null and f."created_by" = $3::uuid) or (f."record_id" = w."record_id" and f."field_id" = w."field_id"))
      returning f."id"::text, f."record_id"::text, f."field_id"::text, f."name", f."type", f."size"::text, f."width", f."height"`,
    values: [JSON.stringify(places), entity.id, user],
    name: 'peyvand_take_files',
  })
  return new Map(
    rows.map(({ id, record_id: record, field_id: field, name, type, size, width, height }) => [
      `${id}/${record}/${field}`,
      { id, name, type, size: Number(size), ...(width === null || height === null ? {} : { width, height }) },
    ]),
  )
}

function unknownFile(field: Field): Problem {
  const target = field.name + typeOf(field).files!.holds(field)
  return new Problem('check.reference', {
    detail: 'There is no such file, or it is in use elsewhere',
    target,
    pointer: pointer(target),
    params: { rule: 'file', field: field.name },
    hint: 'Upload it to /api/files and give the id of the answer',
  })
}
