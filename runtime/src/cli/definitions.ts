// Definitions as files: every JSON file below a folder holds one definition or a list of them.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject, type JsonObject } from '@peyvand/core/base/json.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'

/** A definition and the file it stands in. */
export interface Found {
  readonly file: string
  readonly definition: JsonObject
}

/** Every definition below a folder, in the order of the file names. throws: Problem that names every unreadable file. */
export async function readDefinitions(folder: string): Promise<Found[]> {
  const info = await stat(folder).catch(() => undefined)
  if (!info?.isDirectory()) throw new Problem('missing.path', { detail: `There is no folder "${folder}".` })
  const files = (await readdir(folder, { recursive: true }))
    .filter(
      (name) =>
        name.endsWith('.json') && !name.split(/[\\/]/).some((part) => part.startsWith('.') || part === 'node_modules'),
    )
    .sort()
  const problems: Problem[] = []
  const found: Found[] = []
  for (const file of files) {
    const content = await readJson(join(folder, file)).catch(
      (error: unknown) =>
        problems.push(new Problem('request.malformed', { target: file, detail: (error as Error).message })) &&
        undefined,
    )
    for (const definition of Array.isArray(content) ? content : content === undefined ? [] : [content]) {
      if (isJsonObject(definition) && typeof definition['kind'] === 'string') found.push({ file, definition })
      else
        problems.push(
          new Problem('request.malformed', { target: file, detail: 'A definition is an object with a "kind".' }),
        )
    }
  }
  if (problems.length > 0) throw gather('request.malformed', problems, `${problems.length} files cannot be read`)
  if (found.length === 0)
    throw new Problem('missing.definition', {
      detail: `There is no definition in "${folder}".`,
      hint: 'A definition is a JSON file such as {"kind": "entity", "name": …}.',
    })
  return found
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''))
}
