// Every setting of the product, and what is true of all of them: how they are read and refused, and how `docs/settings.md` is
// made of them (runtime/gen.ts). A setting is one entry of its area's file in config/. Reads no file.
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { database } from './config/database.ts'
import { files } from './config/files.ts'
import { history } from './config/history.ts'
import { jobs } from './config/jobs.ts'
import { network } from './config/network.ts'
import { observe } from './config/observe.ts'
import { queries } from './config/queries.ts'
import { requests } from './config/requests.ts'
import { Refusal, type Setting } from './config/setting.ts'
import { signIn } from './config/sign-in.ts'
import { start } from './config/start.ts'

/** The settings by area, as the documentation tells them. */
const areas = {
  'Address and network': network,
  'First start': start,
  Database: database,
  'Keys and sign-in': signIn,
  Requests: requests,
  Queries: queries,
  Files: files,
  'Jobs and webhooks': jobs,
  'What is kept': history,
  'Log and metrics': observe,
} as const satisfies Record<string, Record<string, Setting<unknown>>>

/** All members of several objects in one. */
type Merged<T> = (T extends unknown ? (one: T) => void : never) extends (all: infer All) => void ? All : never
type Settings = Merged<(typeof areas)[keyof typeof areas]>

/** All settings. The key is the name in `Config`. */
export const settings = Object.assign({}, ...Object.values(areas)) as Settings

/** The settings of one process, read and checked. */
export type Config = {
  readonly [K in keyof Settings]: Exclude<ReturnType<Settings[K]['read']>, Refusal>
}

/** Reads the settings from the environment. An empty variable counts as absent. throws: Problem that names every bad setting. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const problems: Problem[] = []
  const refuse = (target: string, sentence: string): void => {
    problems.push(new Problem('check.invalid', { target, detail: `${target} ${sentence}` }))
  }
  const entries = Object.entries<Setting<unknown>>(settings).map(([name, { env: variable, read }]) => {
    const value = read(env[variable]?.trim() || undefined)
    if (value instanceof Refusal) refuse(variable, value.sentence)
    return [name, value]
  })
  if ((env['ADMIN_EMAIL'] || undefined) !== undefined && (env['ADMIN_PASSWORD'] ?? '').length < 8)
    refuse('ADMIN_PASSWORD', 'must have at least 8 characters')
  if (problems.length > 0)
    throw gather('check.invalid', problems, problems.map((problem) => problem.message).join('; '))
  return Object.freeze(Object.fromEntries(entries)) as Config
}

/** The base of every link: PUBLIC_URL, or the address it listens on. */
export function publicUrl(config: Config, port = config.port): string {
  if (config.publicUrl !== undefined) return config.publicUrl
  const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The settings as Markdown, for `docs/settings.md`: a table for each area. */
export function settingsPage(): string {
  const tables = Object.entries(areas).flatMap(([title, area]) => [
    `## ${title}`,
    '',
    '| name | default | meaning |',
    '|---|---|---|',
    ...Object.values<Setting<unknown>>(area).map(({ env, shown, doc }) => `| \`${env}\` | ${shown} | ${doc} |`),
    '',
  ])
  return [
    '# Settings',
    '',
    'Generated from `runtime/src/config` by `pnpm gen`. An empty variable counts as absent.',
    '',
    ...tables,
  ].join('\n')
}
