// Writes what is generated from the runtime: docs/settings.md. `checkStale` says which files no longer match their source.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { settingsPage } from './src/config.ts'

const outputs: readonly { readonly path: string; readonly render: () => string }[] = [
  { path: 'docs/settings.md', render: settingsPage },
]

function placeOf(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url))
}

/** Paths of generated files that differ from what their source says now. */
export async function checkStale(): Promise<string[]> {
  const stale = await Promise.all(
    outputs.map(async ({ path, render }) =>
      (await readFile(placeOf(path), 'utf8').catch(() => '')) === render() ? [] : [path],
    ),
  )
  return stale.flat()
}

/** Writes all generated files. */
export async function generate(): Promise<void> {
  await Promise.all(outputs.map(({ path, render }) => writeFile(placeOf(path), render())))
}

if (import.meta.main) {
  const stale = process.argv.includes('--check') ? await checkStale() : await generate().then(() => [])
  for (const path of stale) console.error(`${path} is stale: run pnpm gen`)
  process.exitCode = stale.length === 0 ? 0 : 1
}
