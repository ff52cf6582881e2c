// Whether the built studio still matches its sources: a hash over them is kept beside the build.
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const stampFile = join(root, 'studio/dist/.stamp')
/** What the build is made of. */
const sources = [
  'studio/src',
  'studio/public',
  'studio/index.html',
  'studio/vite.config.ts',
  'studio/package.json',
  'core/src',
  'pnpm-lock.yaml',
]

/** The hash to mark the next build with, or undefined when the build there is fresh. */
export async function isStale(): Promise<string | undefined> {
  const hash = await hashOf(sources)
  const built = await readFile(stampFile, 'utf8').catch(() => '')
  return built === hash ? undefined : hash
}

/** Marks the build as made from the sources with this hash. */
export async function markBuilt(hash: string): Promise<void> {
  await writeFile(stampFile, hash)
}

async function hashOf(paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.map(filesOf))).flat().sort()
  const contents = await Promise.all(files.map((file) => readFile(join(root, file))))
  const hash = createHash('sha256')
  files.forEach((file, i) => hash.update(`${file}\0${contents[i]!.length}\0`).update(contents[i]!))
  return hash.digest('hex')
}

async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => error.code,
  )
  if (entries === 'ENOTDIR') return [path]
  if (entries === undefined || typeof entries === 'string') return []
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length))
}
