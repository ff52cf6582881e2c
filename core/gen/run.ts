// `pnpm gen`: writes what is derived from the schemas and the type folders. `--check` writes nothing and fails when a file
// on disk is not what would be written. Order: barrels → field schema → TypeScript types → validators.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { elementBarrel, typeBarrel } from './barrel.ts'
import { fieldSchema } from './field.ts'
import { definitionTypes } from './definitions.ts'
import { propertyNames } from './names.ts'
import { typePage } from './type-page.ts'
import { validators } from './validators.ts'

const source = join(dirname(fileURLToPath(import.meta.url)), '../src')
const schemas = join(source, 'schemas')

/** Every generated file with its text. */
export async function generate(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  files.set(join(source, 'types/index.ts'), typeBarrel(join(source, 'types')))
  files.set(join(source, 'types/elements.ts'), elementBarrel(join(source, 'types')))
  const field = await fieldSchema(join(source, 'types'), schemas)
  files.set(join(schemas, 'field.schema.json'), `${JSON.stringify(field, null, 2)}\n`)
  files.set(join(schemas, 'definitions.ts'), await definitionTypes(schemas, field))
  files.set(join(schemas, 'names.ts'), propertyNames(schemas, field))
  files.set(join(source, '../../docs/types.md'), await typePage(join(source, 'types')))
  for (const [name, text] of validators(schemas, field)) files.set(join(schemas, name), text)
  return files
}

async function run(check: boolean): Promise<number> {
  const stale: string[] = []
  for (const [file, text] of await generate()) {
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
    stale.push(relative(process.cwd(), file))
    if (!check) writeFileSync(file, text)
  }
  if (stale.length === 0) console.log('generated files are fresh')
  else console.log(check ? `stale, run "pnpm gen":\n  ${stale.join('\n  ')}` : `written:\n  ${stale.join('\n  ')}`)
  return check && stale.length > 0 ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await run(process.argv.includes('--check'))
