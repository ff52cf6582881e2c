// All data about one person as one archive: JSON for machines, CSV for people, and the files themselves. Written while it is read:
// a page of records at a time, a file as it comes from the storage.
import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import type { Context } from '../context.ts'
import { contentKey, type Storage } from '../files/storage.ts'
import type { Platform } from '../platform.ts'
import type { Target } from '../records/cascade/reach.ts'
import { csvLine } from '../records/csv.ts'
import { historyOf } from '../records/history.ts'
import { among, selectPage } from '../records/select.ts'
import { system } from './find.ts'
import { pagesOf } from './pages.ts'
import { leadingTo, linkedBy } from './person.ts'

/** unit: records that are held at the same time */
const page = 100

/** Some records of one entity, and what they are to the person. */
interface Part {
  readonly entity: Entity
  /** `person`, or the lookup by which they lead to the person. */
  readonly as: string
  readonly ids: () => AsyncGenerator<readonly Id[]>
}

/** The archive in pieces; it ends early when nobody wants it any more, or may have it. */
export async function* exportPerson(
  platform: Platform,
  caller: Context,
  persons: readonly Target[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const context = system(caller)
  const parts = partsOf(context, persons)
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  const add = (name: string, pieces: () => AsyncGenerator<string>) =>
    zip.addReadStreamLazy(name, {}, (done) =>
      done(
        null,
        Readable.from(pieces()).on('error', (error) => output.destroy(error)),
      ),
    )
  add('person.json', () => jsonOf(platform, context, persons, parts))
  for (const [entity, some] of Map.groupBy(parts, (part) => part.entity))
    add(`csv/${entity.entitySet}.csv`, () => csvOf(context, entity, some))
  void addFiles(platform, zip, persons, parts).then(
    () => zip.end(),
    (error: Error) => output.destroy(error),
  )
  const stop = () => output.destroy(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of output) yield chunk as Buffer
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function partsOf(context: Context, persons: readonly Target[]): Part[] {
  const own = [...Map.groupBy(persons, ({ entity }) => entity)].map(([entity, group]): Part => ({
    entity,
    as: 'person',
    ids: async function* () {
      yield group.map(({ id }) => id)
    },
  }))
  const about = leadingTo(context.model, persons)
    .filter(({ subject, entity }) => subject !== undefined || entity.intersect !== true)
    .map((leading): Part => ({
      entity: leading.entity,
      as: leading.field.name,
      ids: () => pagesOf<Id>((after) => linkedBy(context, leading, page, after ?? null)),
    }))
  return [...own, ...about]
}

async function* recordsOf(context: Context, { entity, ids }: Part): AsyncGenerator<JsonObject[]> {
  for await (const some of ids())
    for (let i = 0; i < some.length; i += page) {
      const { records } = await selectPage(context, entity, { filter: among(some.slice(i, i + page)) }, page)
      yield records
    }
}

/** Everything, as one JSON document. */
async function* jsonOf(
  platform: Platform,
  context: Context,
  persons: readonly Target[],
  parts: readonly Part[],
): AsyncGenerator<string> {
  yield `{"made_at":${JSON.stringify(new Date().toISOString())},"records":[`
  let first = true
  for (const part of parts)
    for await (const records of recordsOf(context, part))
      for (const record of records) {
        const told = { entity: part.entity.name, as: part.as, record }
        yield `${first ? '' : ','}\n${JSON.stringify(told)}`
        first = false
      }
  yield '],"history":['
  first = true
  for (const person of persons)
    for await (const change of changesOf(platform, context, person)) {
      yield `${first ? '' : ','}\n${JSON.stringify({ entity: person.entity.name, id: person.id, ...change })}`
      first = false
    }
  yield '],"doors":['
  yield (await doorsOf(context, persons)).map((row) => JSON.stringify(row)).join(',\n')
  yield ']}\n'
}

async function* changesOf(
  platform: Platform,
  context: Context,
  { entity, id }: Target,
): AsyncGenerator<Readonly<Record<string, JsonValue>>> {
  for (let after: string | null = null; ;) {
    const { value, next }: Awaited<ReturnType<typeof historyOf>> = await historyOf(platform, context, {
      entity,
      id,
      top: page,
      after,
    })
    for (const { id: _, ...change } of value) yield { ...change }
    if (next === null) return
    after = next
  }
}

/** What a person did at the doors: sign-ins and the like, with the addresses they came from. */
async function doorsOf({ database, schema }: Context, persons: readonly Target[]): Promise<JsonObject[]> {
  const users = persons.filter(({ entity }) => entity.name === 'user').map(({ id }) => id)
  if (users.length === 0) return []
  const { rows } = await database.query<JsonObject>({
    text: `select to_json(s."at") as "at", s."kind", s."outcome", s."address", s."agent" from "${schema}"."_security" s
      where s."user_id" = any($1::uuid[]) order by s."at" desc limit 10000`,
    values: [users],
  })
  return rows
}

async function* csvOf(context: Context, entity: Entity, parts: readonly Part[]): AsyncGenerator<string> {
  const names = [...wireOf(context.model, entity).properties.keys()]
  yield csvLine(['as', ...names])
  for (const part of parts)
    for await (const records of recordsOf(context, part))
      for (const record of records) yield csvLine([part.as, ...names.map((name) => cellOf(record[name]))])
}

function cellOf(value: JsonValue | undefined): string | number | boolean | null {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value ?? null)
}

/** A content piece by piece; one that is gone meanwhile is empty. */
async function* contentOf(files: Storage, hash: string): AsyncGenerator<Uint8Array> {
  const content = await files.get(contentKey(hash))
  if (content !== undefined) for await (const chunk of content) yield chunk as Uint8Array
}

interface HeldFile {
  readonly id: Id
  readonly name: string
  readonly hash: string
}

/** The files of the person and of what is about them, one after the other. */
async function addFiles(
  { database, schema, files }: Platform,
  zip: ZipFile,
  persons: readonly Target[],
  parts: readonly Part[],
): Promise<void> {
  const names = new Set<string>()
  const add = async (ids: readonly Id[]): Promise<void> => {
    const { rows } = await database.query<HeldFile>({
      text: `select f."id", f."name", f."hash" from "${schema}"."_file" f
        where f."record_id" = any($1::uuid[]) and f."ready" and f."orphaned_at" is null order by f."id"`,
      values: [ids],
    })
    for (const { id, name, hash } of rows) {
      const path = `files/${id}-${name.replaceAll(/[^\p{L}\p{N}._ -]/gu, '_').slice(-100)}`
      if (names.has(path)) continue
      names.add(path)
      zip.addReadStreamLazy(path, { compress: false }, (done) => done(null, Readable.from(contentOf(files, hash))))
    }
  }
  await add(persons.map(({ id }) => id))
  for (const part of parts) if (part.as !== 'person') for await (const ids of part.ids()) await add(ids)
}
