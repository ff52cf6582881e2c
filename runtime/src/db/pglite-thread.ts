// Starts the thread of the embedded database and waits until it is open. What it is asked, and when it is ended and started
// again, is decided by pglite.ts.
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Answer, WorkerData } from './pglite-worker.ts'

/** One life of the worker thread. */
export interface Thread {
  readonly worker: Worker
  readonly port: MessagePort
  readonly marks: BigInt64Array
  readonly ended: Promise<void>
}

/** Starts a thread on the folder. throws: Problem when the database does not open. */
export async function startThread(folder: string): Promise<Thread> {
  const { port1, port2 } = new MessageChannel()
  const progress = new SharedArrayBuffer(16)
  const workerData: WorkerData = { port: port2, folder, progress }
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), {
    workerData,
    transferList: [port2],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    port1.once('message', (answer: Answer) => (answer.op === 'ready' ? resolve() : reject(openFailure(answer))))
    worker.once('error', reject)
    void ended.then(() =>
      reject(new Problem('internal.unavailable', { detail: 'The embedded database did not start' })),
    )
  })
  return { worker, port: port1, marks: new BigInt64Array(progress), ended }
}

function openFailure(answer: Answer): Problem {
  return new Problem('internal.unavailable', {
    detail: `The embedded database did not open: ${answer.op === 'failed' ? answer.message : answer.op}`,
  })
}
