// How many SQL statements PostgreSQL runs for a request, counted by PostgreSQL itself: for a moment it logs every statement
// and the log is read back through SQL. Off while anything is measured.
import type { Run } from './tables.ts'

/** Settings of the server that counting needs. */
export const loggingSettings: Readonly<Record<string, string>> = {
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'bench.log',
  log_line_prefix: '%a|',
  log_checkpoints: 'off',
  log_autovacuum_min_duration: '-1',
}

/** The heartbeat of the listening connection belongs to no request. */
const heartbeat = /statement: select 1$/

/** Statements that a program (by its application name) sent while `work` ran. */
export async function countStatements(run: Run, program: string, work: () => Promise<void>): Promise<number> {
  await run("alter system set log_statement to 'all'")
  await run('select pg_reload_conf()')
  await until(run, 'counting is on')
  const before = (await readLog(run)).length
  await work()
  await until(run, 'counting is over')
  const lines = (await readLog(run)).slice(before).split('\n')
  await run("alter system set log_statement to 'none'")
  await run('select pg_reload_conf()')
  return lines.filter((line) => isStatement(line, program) && !heartbeat.test(line)).length
}

function isStatement(line: string, program: string): boolean {
  return line.startsWith(`${program}|LOG:`) && /^[^|]*\|LOG:\s+(?:statement|execute [^:]*):/.test(line)
}

/** The collector writes a little later: a mark in the log says that all before it is there. */
async function until(run: Run, mark: string): Promise<void> {
  const text = `select '${mark} ${performance.now()}'`
  for (;;) {
    await run(text)
    if ((await readLog(run)).includes(text)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function readLog(run: Run): Promise<string> {
  const { rows } = (await run("select pg_read_file('log/bench.log') as text")) as { rows: { text: string }[] }
  return rows[0]!.text
}
