// Loaded into a server under test (`--expose-gc --import`): at SIGUSR2 it collects all garbage and prints what is left, so that
// a test can tell what is kept from what V8 has not got round to.
import { isMainThread } from 'node:worker_threads'

if (isMainThread && typeof globalThis.gc === 'function')
  process.on('SIGUSR2', () => {
    globalThis.gc!()
    const { heapUsed, external } = process.memoryUsage()
    console.log(`live heap: ${heapUsed + external}`)
  })
