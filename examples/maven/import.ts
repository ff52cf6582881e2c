// Imports the four files of the sample from a folder, in the order in which they point at each other. Everything after the
// folder goes to `peyvand import` as it is: --url, --dry-run, --json.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const steps = [
  ['account', 'accounts.csv', 'accounts.json'],
  ['product', 'products.csv', 'products.json'],
  ['user', 'sales_teams.csv', 'sales-teams.json'],
  ['opportunity', 'sales_pipeline.csv', 'pipeline.json'],
] as const

const [folder, ...rest] = process.argv.slice(2)
if (folder === undefined || folder.startsWith('--'))
  stop('Which folder are the files in? node examples/maven/import.ts <folder> [--url <address>] [--dry-run]')
const missing = steps.map(([, file]) => file).filter((file) => !existsSync(join(folder, file)))
if (missing.length > 0) stop(`${folder} has no ${missing.join(', ')}`)

for (const [entity, file, mapping] of steps) {
  const words = ['import', entity, join(folder, file), '--map', join(here, mapping), ...rest]
  const { status } = spawnSync(process.execPath, [join(here, '../../runtime/src/cli/peyvand.ts'), ...words], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

function stop(message: string): never {
  console.error(message)
  process.exit(2)
}
