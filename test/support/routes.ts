// The app with all its routes and nothing behind them: enough to know what routes there are. Run as a program it says which
// of them do not declare who may ask, and fails.
import { readConfig } from '@peyvand/runtime/config.ts'
import { undeclared } from '@peyvand/runtime/api/inventory.ts'
import { Metrics } from '@peyvand/runtime/observe.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { buildApp } from '@peyvand/runtime/server.ts'

/** A platform that can be asked for nothing. */
const nothing = {
  config: readConfig({}),
  database: {},
  events: { on: () => () => undefined },
  callers: {},
} as unknown as RunningPlatform

/** The app, without a database. throws: when a route does not say who may ask for it. */
export function bareApp(): ReturnType<typeof buildApp> {
  return buildApp(nothing, { metrics: new Metrics(), streams: new Set(), isStopping: () => false })
}

if (import.meta.main) {
  const wrong = await bareApp().then(undeclared, (error: Error) => [error.message])
  for (const line of wrong) console.error(line)
  process.exitCode = wrong.length === 0 ? 0 : 1
}
