// What is too much to be held at once, page after page.

/** Pages, each asked for behind the last of the one before; ends with the first empty one. */
export async function* pagesOf<T>(ask: (after: T | undefined) => Promise<readonly T[]>): AsyncGenerator<readonly T[]> {
  for (let page = await ask(undefined); page.length > 0; page = await ask(page.at(-1))) yield page
}
