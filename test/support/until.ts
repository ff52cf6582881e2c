// Waiting for a condition instead of for a time.

/** Asks again and again until there is an answer. throws when there is none in time. unit: milliseconds */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>, longest = 60_000): Promise<T> {
  const end = Date.now() + longest
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > end) throw new Error(`nothing came within ${longest} ms`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
