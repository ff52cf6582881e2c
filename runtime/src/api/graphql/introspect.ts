// Questions about the schema itself (`__schema`, `__type`), as tools ask them. Only they need all of it, which takes long for a
// large model: a thread of its own makes and reads it, so that nobody else waits. One thread at a time, for one model; it goes
// when nobody has asked for a while.
import { Worker } from 'node:worker_threads'
import { Kind, type DocumentNode, type SelectionNode } from 'graphql'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Asking } from './checked.ts'

/** What the thread is asked. */
export interface Question extends Pick<Asking, 'query' | 'variables' | 'operation'> {
  readonly id: number
  readonly actor: Actor
}

/** What it answers: the answer's JSON text. */
export interface Told {
  readonly id: number
  readonly text: string
}

interface Thread {
  readonly worker: Worker
  readonly model: Model
  readonly waiting: Map<number, (told: Told | Problem) => void>
  idle?: NodeJS.Timeout
}

/** unit: milliseconds */
const [longest, idleFor] = [20_000, 30_000]
const mostWaiting = 4
let thread: Thread | undefined
let count = 0

/** The answer's text. throws: Problem */
export async function introspect(
  { model, actor }: Pick<Context, 'model' | 'actor'>,
  document: DocumentNode,
  { query, variables, operation }: Asking,
): Promise<string> {
  refuseMixed(document)
  const { worker, waiting } = (thread = threadFor(model))
  if (waiting.size >= mostWaiting)
    throw new Problem('limit.rate', {
      detail: 'Others are asking for the schema right now',
      params: { retryAfter: 5 },
    })
  const id = ++count
  const told = new Promise<Told | Problem>((resolve) => {
    const late = setTimeout(() => end(worker, slow()), longest)
    waiting.set(id, (answer) => {
      clearTimeout(late)
      resolve(answer)
    })
  })
  worker.postMessage({ id, actor, query, variables, operation } satisfies Question, [])
  const answer = await told
  if (answer instanceof Problem) throw answer
  return answer.text
}

const slow = (): Problem => new Problem('limit.time', { detail: 'The schema is too large to be read at once' })

/** Records are asked for in a request of their own. */
function refuseMixed({ definitions }: DocumentNode): void {
  const isOfSchema = (node: SelectionNode): boolean =>
    node.kind === Kind.FIELD
      ? node.name.value.startsWith('__')
      : node.kind === Kind.FRAGMENT_SPREAD || node.selectionSet.selections.every(isOfSchema)
  const mixed = definitions.some(
    (each) => each.kind === Kind.OPERATION_DEFINITION && !each.selectionSet.selections.every(isOfSchema),
  )
  if (mixed)
    throw new Problem('request.unsupported', {
      detail: 'A query asks about the schema or for records, not for both',
      target: 'query',
      hint: 'Send two requests',
    })
}

function threadFor(model: Model): Thread {
  if (thread !== undefined && thread.model === model) {
    clearTimeout(thread.idle)
    return thread
  }
  if (thread !== undefined) end(thread.worker, new Problem('conflict.revision', { detail: 'The model has changed' }))
  const worker = new Worker(new URL('./introspect-worker.ts', import.meta.url), {
    workerData: model,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  worker.unref()
  const waiting: Thread['waiting'] = new Map()
  const made: Thread = { worker, model, waiting }
  worker.on('message', (told: Told) => {
    waiting.get(told.id)?.(told)
    waiting.delete(told.id)
    if (waiting.size === 0) made.idle = setTimeout(() => end(worker, slow()), idleFor).unref()
  })
  worker.on('error', (error) => end(worker, error))
  return made
}

/** Ends a thread; who still waits is told why. */
function end(worker: Worker, why: unknown): void {
  if (thread?.worker !== worker) return
  const { waiting, idle } = thread
  thread = undefined
  clearTimeout(idle)
  const problem = why instanceof Problem ? why : new Problem('internal.unexpected')
  for (const tell of waiting.values()) tell(problem)
  void worker.terminate()
}
