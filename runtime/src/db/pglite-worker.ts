// The thread in which the embedded database runs: takes statements one after the other and answers each. Decides nothing:
// order, exclusivity, time limits and reopening belong to pglite.ts.
import { workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { PGlite, type ParserOptions, type SerializerOptions } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { errorParts } from './error.ts'
import { textArrayTypes, textTypes } from './value.ts'

/** Main thread → worker. `id` grows by one with each statement. */
export type Ask =
  | { readonly op: 'query'; readonly id: number; readonly text: string; readonly values: readonly (string | null)[] }
  | { readonly op: 'listen'; readonly id: number; readonly channel: string }
  | { readonly op: 'close'; readonly id: number }

/** Worker → main thread. */
export type Answer =
  | { readonly op: 'ready' }
  | { readonly op: 'failed'; readonly message: string }
  | { readonly op: 'rows'; readonly id: number; readonly rows: Record<string, unknown>[]; readonly rowCount: number }
  | {
      readonly op: 'error'
      readonly id: number
      readonly message: string
      readonly parts: ReturnType<typeof errorParts>
    }
  | { readonly op: 'heard'; readonly channel: string; readonly payload: string }

export interface WorkerData {
  readonly port: MessagePort
  readonly folder: string
  readonly progress: SharedArrayBuffer
}

const { port, folder, progress } = workerData as WorkerData
/** [0] the statement that was begun last, [1] the one that was finished last: still readable when this thread hangs. */
const marks = new BigInt64Array(progress)

const say = (answer: Answer): void => port.postMessage(answer)

const text = (value: string): string => value
const parsers: ParserOptions = Object.fromEntries(textTypes.map((type) => [type, text]))
/** Parameters come as text for every type, so nothing is converted here. */
const serializers = new Proxy<SerializerOptions>({}, { get: () => text, has: () => true })

async function open(): Promise<PGlite> {
  const database = await PGlite.create({ dataDir: folder, parsers, extensions: { pg_trgm } })
  const listParser = database.parsers[1009]
  if (listParser !== undefined) for (const type of textArrayTypes) database.parsers[type] = listParser
  await database.exec("set time zone 'UTC'")
  return database
}

async function answer(database: PGlite, ask: Ask): Promise<void> {
  Atomics.store(marks, 0, BigInt(ask.id))
  try {
    say(await run(database, ask))
  } catch (error) {
    const thrown = error as Error & Record<string, unknown>
    say({ op: 'error', id: ask.id, message: thrown.message, parts: errorParts(thrown) })
  }
  Atomics.store(marks, 1, BigInt(ask.id))
}

async function run(database: PGlite, ask: Ask): Promise<Answer> {
  const none: Answer = { op: 'rows', id: ask.id, rows: [], rowCount: 0 }
  if (ask.op === 'listen') {
    await database.listen(ask.channel, (payload) => say({ op: 'heard', channel: ask.channel, payload }))
    return none
  }
  if (ask.op === 'close') {
    await database.close()
    return none
  }
  const { rows, affectedRows } = await database.query<Record<string, unknown>>(ask.text, [...ask.values], {
    serializers,
  })
  return { op: 'rows', id: ask.id, rows, rowCount: affectedRows || rows.length }
}

try {
  const database = await open()
  let turn: Promise<void> = Promise.resolve()
  port.on('message', (ask: Ask) => {
    turn = turn.then(() => answer(database, ask))
  })
  say({ op: 'ready' })
} catch (error) {
  say({ op: 'failed', message: (error as Error).message })
  port.close()
}
