// A process that seals the audit without a pause until it is killed; says a dot for each look. Settings come from the environment.
import { sealAll } from '@peyvand/runtime/audit/chain.ts'
import { readConfig } from '@peyvand/runtime/config.ts'
import { openPlatform } from '@peyvand/runtime/index.ts'

const { database, audit } = await openPlatform(readConfig(process.env), { serves: false })
for (;;) {
  await sealAll(database, audit)
  process.stdout.write('.')
}
