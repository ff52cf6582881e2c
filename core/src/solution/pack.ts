// A solution as files and back: one file per definition, in folders by kind, properties and files in a stable order, so that
// the same solution always gives the same bytes. Pure; reading and writing the disk is the runtime's.
import type { JsonObject } from '../base/json.ts'
import { textIn } from '../base/json.ts'
import type { SolutionManifest } from './manifest.ts'

const folders: Readonly<Record<string, string>> = {
  entity: 'entities',
  choice: 'choices',
  relationship: 'relationships',
  view: 'views',
  form: 'forms',
  app: 'apps',
  role: 'roles',
  webhook: 'webhooks',
}

/** Path → text of every file of a solution. law: unpack(pack(x)) = x. */
export function pack(manifest: SolutionManifest, definitions: readonly JsonObject[]): ReadonlyMap<string, string> {
  const files = definitions.map((definition): [string, string] => [
    `${folders[textIn(definition, 'kind')] ?? textIn(definition, 'kind')}/${textIn(definition, 'name')}.json`,
    print(definition),
  ])
  return new Map([
    ['solution.json', print(manifest as unknown as JsonObject)] as [string, string],
    ...files.sort(([a], [b]) => (a < b ? -1 : 1)),
  ])
}

/** A solution from its files. throws: SyntaxError for a file that is not JSON. */
export function unpack(files: ReadonlyMap<string, string>): { manifest: unknown; definitions: JsonObject[] } {
  const definitions: JsonObject[] = []
  let manifest: unknown
  for (const [path, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const value = JSON.parse(text) as JsonObject | JsonObject[]
    if (path === 'solution.json') manifest = value
    else definitions.push(...(Array.isArray(value) ? value : [value]))
  }
  return { manifest, definitions }
}

function print(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
