// How busy the machine is with others, so that a bound on time says something about the product and not about its neighbours.
import { Worker } from 'node:worker_threads'

/** How many times longer work takes now than its own CPU: 1 on a machine that has nothing else to do. unit of `burn`: milliseconds */
export function slowdown(burn = 300): number {
  const [began, before] = [performance.now(), process.cpuUsage()]
  const used = (): number => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  }
  while (used() < burn);
  return Math.max(1, (performance.now() - began) / used())
}

/** What a loop with nothing to do is late by; the machine's part of any other loop's delay. unit: milliseconds */
export interface Lateness {
  readonly usual: number
  readonly most: number
}

const code = `
  const { parentPort } = require('node:worker_threads')
  const delay = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  parentPort.on('message', () => {
    parentPort.postMessage({ usual: delay.percentile(99) / 1e6 - 10, most: delay.max / 1e6 - 10 })
    delay.reset()
  })`

/** A loop of its own beside the test, that only says how late it is. */
export class Witness {
  readonly #worker = new Worker(code, { eval: true })

  /** How late it was since it was last asked: 99 % of the time, and at most. */
  async ask(): Promise<Lateness> {
    const told = new Promise<Lateness>((resolve) => this.#worker.once('message', resolve))
    this.#worker.postMessage('', [])
    const { usual, most } = await told
    return { usual: Math.max(0, usual), most: Math.max(0, most) }
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }
}
