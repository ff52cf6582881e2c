// One command line: finds the command, reads its words, runs it, and ends with 0 (done), 1 (failed) or 2 (wrong use).
import { closest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { readCall, WrongUse, type Call, type Command } from './command.ts'
import { commands } from './commands.ts'
import { commandHelp, commandsPage, overview } from './help.ts'
import { openOutput, type Output } from './output.ts'
import { problemDetails } from '../api/problem.ts'
import type { JsonValue } from '@peyvand/core/base/json.ts'

/** Runs one command line. shape: the exit code. */
export async function runCommandLine(
  words: readonly string[],
  env: Call['env'] = process.env,
  output: Output = openOutput(words.includes('--json')),
): Promise<number> {
  const command = findCommand(words)
  try {
    if (command === undefined) return showOverview(words, output)
    const call = readCall(command, words.slice(command.name.split(' ').length), env, output)
    if (call.options['help'] === true) {
      output.result({ command: command.name, help: commandHelp(command) })
      output.line(commandHelp(command))
      return 0
    }
    const outcome = await command.run(call)
    output.result(outcome.result)
    return outcome.failed ? 1 : 0
  } catch (error) {
    return fail(error, command, output)
  }
}

function findCommand(words: readonly string[]): Command | undefined {
  const [first, second] = words
  return commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first)
}

function showOverview(words: readonly string[], output: Output): number {
  const named = words.filter((word) => !word.startsWith('-'))
  if (named.length === 0) {
    const page = words.includes('--markdown') ? commandsPage(commands).trimEnd() : overview(commands)
    output.result({ commands: commands.map(({ name, summary }) => ({ name, summary })) })
    output.line(page)
    return words.length === 0 || words.includes('--help') || words.includes('-h') || words.includes('--json') ? 0 : 2
  }
  const written = named.slice(0, 2).join(' ')
  const near = commands.filter(({ name }) => name.startsWith(`${named[0]} `)).map(({ name }) => name)
  const best =
    closest(
      written,
      commands.map(({ name }) => name),
    ) ??
    closest(
      named[0]!,
      commands.map(({ name }) => name),
    )
  const hint =
    near.length > 0
      ? `There is: ${near.join(', ')}.`
      : best === undefined
        ? 'peyvand --help lists the commands.'
        : `Did you mean "${best}"?`
  throw new WrongUse(`There is no command "${near.length > 0 ? written : named[0]}".`, hint)
}

function fail(error: unknown, command: Command | undefined, output: Output): number {
  const problem =
    error instanceof Problem
      ? error
      : new Problem('internal.unexpected', { detail: error instanceof Error ? error.message : String(error) })
  if (!(error instanceof Problem) && error instanceof Error) output.note(error.stack ?? error.message)
  if (output.json) output.result({ error: JSON.parse(JSON.stringify(problemDetails(problem))) as JsonValue })
  else output.problem(problem)
  if (!(error instanceof WrongUse)) return 1
  if (command && !output.json) output.note(`See: peyvand ${command.name} --help`)
  return 2
}
