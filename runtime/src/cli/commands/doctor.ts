// `peyvand doctor`: looks at everything an installation stands on and says, line by line, what is well and what to do.
import { existsSync } from 'node:fs'
import { access, constants, readFile, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Problem } from '@peyvand/core/base/problem.ts'
import { target } from '@peyvand/core/plan/target.ts'
import { readConfig, type Config } from '../../config.ts'
import { rollupsIn } from '@peyvand/core/model/rollups.ts'
import { contentKey } from '../../files/storage.ts'
import { rollupStates } from '../../jobs/rollups.ts'
import { limitsNow } from '../../limits.ts'
import type { RunningPlatform } from '../../platform.ts'
import { textOption, type Command } from '../command.ts'
import { openDoor } from '../door.ts'

/** One line of the report. */
export interface Finding {
  readonly what: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly says: string
  /** What to do about it. */
  readonly todo?: string
}

export const doctor: Command = {
  name: 'doctor',
  summary: 'Check the installation and say what to do',
  details: [
    'With --url the running server is checked from outside; without it everything here, the database included.',
  ],
  arguments: [],
  options: {},
  remote: true,
  async run(call) {
    const found: Finding[] = []
    const report = (finding: Finding) => {
      found.push(finding)
      call.output.line(`${finding.state.padEnd(5)} ${finding.what.padEnd(14)} ${finding.says}`)
      if (finding.todo) call.output.line(`      ${''.padEnd(14)} → ${finding.todo}`)
    }
    report(nodeVersion())
    if (textOption(call, 'url') !== undefined) await checkServer(await openDoor(call), report)
    else await checkHere(call.env, report)
    const failed = found.some(({ state }) => state === 'fail')
    call.output.line(
      failed
        ? 'Something is wrong: see the lines marked fail.'
        : found.some(({ state }) => state === 'warn')
          ? 'It works; see the lines marked warn.'
          : 'All is well.',
    )
    return { result: { ok: !failed, findings: found.map((each) => ({ ...each })) }, failed }
  },
}

type Report = (finding: Finding) => void

function nodeVersion(): Finding {
  const [major = 0] = process.versions.node.split('.').map(Number)
  return major >= 24
    ? { what: 'node', state: 'ok', says: process.versions.node }
    : {
        what: 'node',
        state: 'fail',
        says: process.versions.node,
        todo: 'Use Node 24 or newer; npm start brings its own.',
      }
}

async function checkServer(door: Awaited<ReturnType<typeof openDoor>>, report: Report): Promise<void> {
  const ready = await door.fetch('/api/health/ready')
  const facts = (await ready.json()) as { status: string; revision?: string; engine?: string }
  report(
    ready.ok
      ? { what: 'server', state: 'ok', says: `ready, revision ${facts.revision ?? '?'} on ${facts.engine ?? '?'}` }
      : { what: 'server', state: 'fail', says: facts.status, todo: 'Look at its log.' },
  )
  const model = await door.fetch('/api/model')
  await model.arrayBuffer()
  report(
    model.ok
      ? { what: 'key', state: 'ok', says: 'accepted' }
      : {
          what: 'key',
          state: 'fail',
          says: `refused (${model.status})`,
          todo: 'Make a new one with peyvand key create.',
        },
  )
}

async function checkHere(env: Readonly<Record<string, string | undefined>>, report: Report): Promise<void> {
  const config = settings(env, report)
  if (config === undefined) return
  report(limitsOn(config))
  report(studioBuild())
  if (config.databaseUrl === undefined) {
    report(await diskSpace(config.dataDir))
    const holder = await lockHolder(config.dataDir)
    report(
      holder === undefined
        ? { what: 'lock', state: 'ok', says: 'nobody holds the data folder' }
        : { what: 'lock', state: 'ok', says: `process ${holder} holds the data folder: the server is running` },
    )
    if (holder !== undefined)
      return report({
        what: 'database',
        state: 'warn',
        says: 'not looked at, because the server holds it',
        todo: 'Check the server with --url, or stop it first.',
      })
  }
  await checkDatabase(config, report)
}

function settings(env: Readonly<Record<string, string | undefined>>, report: Report): Config | undefined {
  try {
    const config = readConfig(env)
    report({
      what: 'settings',
      state: 'ok',
      says:
        config.databaseUrl === undefined
          ? `embedded database in ${resolve(config.dataDir)}`
          : `PostgreSQL at ${new URL(config.databaseUrl).host}`,
    })
    return config
  } catch (error) {
    report({ what: 'settings', state: 'fail', says: (error as Error).message, todo: 'See docs/settings.md.' })
    return undefined
  }
}

/** Whether every limit on what a caller may ask for is in force. */
function limitsOn(config: Config): Finding {
  const all = limitsNow(config)
  const off = all.filter(({ most }) => most === 0).map(({ setting }) => setting)
  if (off.length === 0) return { what: 'limits', state: 'ok', says: `all ${all.length} are on` }
  return {
    what: 'limits',
    state: 'warn',
    says: `${off.join(', ')} turned off`,
    todo: 'One caller can take what the others need; see docs/limits.md.',
  }
}

function studioBuild(): Finding {
  const page = fileURLToPath(new URL('../../../../studio/dist/index.html', import.meta.url))
  return existsSync(page)
    ? { what: 'studio', state: 'ok', says: 'built' }
    : { what: 'studio', state: 'warn', says: 'not built', todo: 'npm start builds it; or run pnpm build.' }
}

const scarce = 1_000_000_000
const tooLittle = 100_000_000

async function diskSpace(folder: string): Promise<Finding> {
  let there = resolve(folder)
  while (!existsSync(there)) there = dirname(there)
  const writable = await access(there, constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!writable)
    return {
      what: 'disk',
      state: 'fail',
      says: `${there} cannot be written`,
      todo: 'Give the user of the server the right to write there, or set DATA_DIR.',
    }
  const { bavail, bsize } = await statfs(there)
  const free = bavail * bsize
  const says = `${(free / 1e9).toFixed(1)} GB free`
  if (free >= scarce) return { what: 'disk', state: 'ok', says }
  return {
    what: 'disk',
    state: free < tooLittle ? 'fail' : 'warn',
    says,
    todo: 'Make room: a full disk stops every write.',
  }
}

/** The living process that holds the embedded database. */
async function lockHolder(folder: string): Promise<number | undefined> {
  try {
    const { pid } = JSON.parse(await readFile(join(folder, 'lock'), 'utf8')) as { pid: number }
    process.kill(pid, 0)
    return pid
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 0 : undefined
  }
}

async function checkDatabase(config: Config, report: Report): Promise<void> {
  let platform: RunningPlatform
  try {
    platform = await (await import('../local.ts')).openHere(config)
  } catch (error) {
    const hint = error instanceof Problem ? error.hint : undefined
    return report({
      what: 'database',
      state: 'fail',
      says: (error as Error).message,
      todo: hint ?? 'Check DATABASE_URL and whether the database runs.',
    })
  }
  try {
    report(await databaseVersion(platform))
    report(await collation(platform))
    report({
      what: 'model',
      state: 'ok',
      says: `revision ${platform.model().revision}, ${platform.model().entities.size} entities`,
    })
    report(await schemaDrift(platform))
    report(await rollupDrift(platform))
    report(await stuckJobs(platform))
    report(await fileContents(platform))
  } finally {
    await platform.close()
  }
}

async function databaseVersion({ database }: RunningPlatform): Promise<Finding> {
  const { rows } = await database.query<{ number: string; version: string }>({
    text: "select current_setting('server_version_num') as number, current_setting('server_version') as version",
  })
  const { number, version } = rows[0]!
  if (Number(number) >= 150_000)
    return {
      what: 'database',
      state: 'ok',
      says: `${database.engine === 'pglite' ? 'embedded ' : ''}PostgreSQL ${version}`,
    }
  return { what: 'database', state: 'fail', says: `PostgreSQL ${version}`, todo: 'Use PostgreSQL 15 or newer.' }
}

async function collation({ database }: RunningPlatform): Promise<Finding> {
  const { rows } = await database.query({
    text: "select c.collname from pg_catalog.pg_collation c where c.collname = 'und-x-icu'",
  })
  if (rows.length > 0) return { what: 'collation', state: 'ok', says: 'ICU collation is there' }
  return {
    what: 'collation',
    state: 'fail',
    says: 'the collation "und-x-icu" is missing',
    todo: 'Use a PostgreSQL built with ICU.',
  }
}

/** Jobs nobody works on although they are due, and those that failed for good lately. */
async function stuckJobs({ database, schema }: RunningPlatform): Promise<Finding> {
  const { rows } = await database.query<{ waiting: number; failed: number; kinds: string | null }>({
    text: `select count(*) filter (where j.state <> 'failed')::int as waiting, count(*) filter (where j.state = 'failed')::int as failed,
      string_agg(distinct j.kind, ', ') as kinds from "${schema}"._job j
      where j.state = 'queued' and j.run_at < now() - interval '5 minutes' or j.state = 'running' and j.lease_until < now() - interval '1 minute'
        or j.state = 'failed' and j.finished_at > now() - interval '7 days'`,
  })
  const { waiting, failed, kinds } = rows[0]!
  if (waiting + failed === 0) return { what: 'jobs', state: 'ok', says: 'none is stuck' }
  return {
    what: 'jobs',
    state: 'warn',
    says: `${waiting} stuck, ${failed} failed in the last week (${kinds})`,
    todo:
      waiting > 0
        ? 'Start a server with JOBS above 0; see /api/jobs.'
        : 'See /api/jobs?state=failed: what went wrong, retry.',
  }
}

/** What the last jobs that compared rollups have found. */
async function rollupDrift(platform: RunningPlatform): Promise<Finding> {
  const states = await rollupStates(platform.database, platform, rollupsIn(platform.model()))
  const drifted = states.filter(({ drift }) => drift > 0)
  const unseen = states.filter(({ checkedAt }) => checkedAt === null).length
  if (drifted.length > 0)
    return {
      what: 'rollups',
      state: 'warn',
      says: drifted.map(({ entity, field, drift }) => `${entity}.${field}: ${drift} records wrong`).join(', '),
      todo: 'peyvand rollup rebuild works them out anew, while people go on working.',
    }
  const says =
    unseen === 0
      ? `all ${states.length} were right when last compared`
      : `${unseen} of ${states.length} not compared lately`
  return {
    what: 'rollups',
    state: 'ok',
    says,
    ...(unseen === 0 ? {} : { todo: 'peyvand rollup check compares them with what they should be.' }),
  }
}

/** Contents looked for by one run. */
const mostContents = 10_000

/** Whether the newest files have their contents in the store. */
async function fileContents({ database, schema, files }: RunningPlatform): Promise<Finding> {
  const { rows } = await database.query<{ hash: string; size: string }>({
    text: `select f."hash", f."size"::text from "${schema}"."_file" f where f."ready" order by f."created_at" desc, f."id" limit ${mostContents}`,
  })
  let missing = 0
  try {
    for (const { hash, size } of rows) if ((await files.stat(contentKey(hash))) !== Number(size)) missing++
  } catch (error) {
    return { what: 'files', state: 'fail', says: (error as Error).message, todo: 'Check S3_ENDPOINT and its keys.' }
  }
  if (missing === 0) return { what: 'files', state: 'ok', says: `${rows.length} with their contents` }
  return {
    what: 'files',
    state: 'fail',
    says: `${missing} of ${rows.length} have no content in the store`,
    todo: 'Check DATA_DIR and S3_ENDPOINT; bring the contents back from a backup of the same time or later.',
  }
}

const shown = 5

/** Tables and columns of the model that the database does not have. */
async function schemaDrift(platform: RunningPlatform): Promise<Finding> {
  const { rows } = await platform.database.query<{ table: string; column: string }>({
    text: 'select c.table_name as "table", c.column_name as "column" from information_schema.columns c where c.table_schema = $1',
    values: [platform.schema],
  })
  const there = new Set(rows.flatMap(({ table, column }) => [table, `${table}.${column}`]))
  const tables = [...target(platform.model()).values()]
  const missing = tables.flatMap(({ name, columns }) =>
    there.has(name) ? columns.map((column) => `${name}.${column.name}`).filter((column) => !there.has(column)) : [name],
  )
  if (missing.length === 0)
    return { what: 'schema', state: 'ok', says: `${tables.length} tables are as the model says` }
  const more = missing.length > shown ? ` and ${missing.length - shown} more` : ''
  return {
    what: 'schema',
    state: 'fail',
    says: `the database lacks ${missing.slice(0, shown).join(', ')}${more}`,
    todo: 'Somebody changed tables outside of Peyvand: restore a backup, or add what is missing by hand.',
  }
}
