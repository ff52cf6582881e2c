// So many at a time: work that would take all processors or all memory if everybody did it at once.

/** A queue that runs at most `most` pieces of work at the same time, in the order they came. */
export function queueOf(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
