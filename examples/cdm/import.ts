// Converts a folder of Common Data Model documents and writes a definition file per entity, ready for `peyvand apply`.
// Prints what was left out and why.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { plainText, type JsonValue } from '@peyvand/core/base/json.ts'
import { convert } from './convert.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { prefix: { type: 'string', default: 'cdm_' } },
})
const [from, to] = positionals
if (from === undefined || to === undefined) {
  console.error(
    'From which folder to which? node examples/cdm/import.ts <folder of *.cdm.json> <folder to write> [--prefix cdm_]',
  )
  process.exit(2)
}
const documents = readdirSync(from)
  .filter((file) => file.endsWith('.cdm.json'))
  .sort()
  .map((file) => JSON.parse(readFileSync(join(from, file), 'utf8')) as JsonValue)
if (documents.length === 0) {
  console.error(`There is no *.cdm.json in ${from}`)
  process.exit(2)
}
const { definitions, notes } = convert(documents, { prefix: values.prefix })
mkdirSync(to, { recursive: true })
for (const definition of definitions)
  writeFileSync(join(to, `${plainText(definition['name'])}.json`), `${JSON.stringify(definition, null, 2)}\n`)
for (const note of notes) console.log(`  ${note}`)
const fields = definitions.reduce((sum, { fields: some }) => sum + (some as unknown[]).length, 0)
console.log(`${definitions.length} entities with ${fields} fields written to ${to}. Next: pnpm peyvand plan ${to}`)
