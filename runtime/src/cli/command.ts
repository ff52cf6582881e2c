// What a command of `peyvand` is: one file per command under commands/, described as data so that help, parsing and the
// documentation read the same table. Decides how arguments are read; what a command does stands in its own file.
import { parseArgs } from 'node:util'
import type { JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Output } from './output.ts'

export interface Option {
  /** What stands for the value in the help; absent for a switch. */
  readonly value?: string
  /** May be given several times. */
  readonly many?: boolean
  readonly help: string
}

export interface Argument {
  readonly name: string
  readonly help: string
  readonly optional?: boolean
}

/** What a command was called with. */
export interface Call {
  readonly arguments: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly output: Output
}

export interface Command {
  /** One or two words: `import`, `user add`. */
  readonly name: string
  readonly summary: string
  /** What more there is to say, in lines of the help. */
  readonly details?: readonly string[]
  readonly arguments: readonly Argument[]
  readonly options: Readonly<Record<string, Option>>
  /** Whether `--url` makes sense. */
  readonly remote?: boolean
  /** Does it, and tells people through `call.output` on the way. throws: Problem (exit code 1), WrongUse (2). */
  run(call: Call): Promise<Outcome>
}

/** What came of a command. */
export interface Outcome {
  /** What `--json` prints. */
  readonly result: JsonValue
  /** True when not everything was done: exit code 1. */
  readonly failed?: boolean
}

/** The command was called in a way that can never work: exit code 2. */
export class WrongUse extends Problem {
  constructor(detail: string, hint?: string) {
    super('request.malformed', { detail, hint })
    this.name = 'WrongUse'
  }
}

const everywhere: Readonly<Record<string, Option>> = {
  json: { help: 'Print the result as JSON.' },
  help: { help: 'Print this help.' },
}
const door: Readonly<Record<string, Option>> = {
  url: {
    value: 'address',
    help: 'A running server; the API key is taken from PEYVAND_KEY. Without it: straight on the database.',
  },
}

/** Every option of a command, its own first. */
export function optionsOf(command: Command): Readonly<Record<string, Option>> {
  return { ...command.options, ...(command.remote ? door : {}), ...everywhere }
}

/** The call a list of words makes of a command. throws: WrongUse that says which word is wrong. */
export function readCall(command: Command, words: readonly string[], env: Call['env'], output: Output): Call {
  const options = optionsOf(command)
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { value, many }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: many ?? false },
    ]),
  )
  const { values, positionals } = parse(words, config, options)
  const given = values as Call['options']
  if (given['help'] !== true) checkArguments(command, positionals)
  return { arguments: positionals, options: given, env, output }
}

function parse(
  words: readonly string[],
  config: NonNullable<Parameters<typeof parseArgs>[0]>['options'],
  options: Readonly<Record<string, Option>>,
) {
  try {
    return parseArgs({ args: [...words], options: config, allowPositionals: true, strict: true })
  } catch (error) {
    const unknown = /Unknown option '(-[^']*)'/.exec((error as Error).message)?.[1]
    if (unknown === undefined) throw new WrongUse((error as Error).message.split('\n')[0]!)
    throw new WrongUse(
      `There is no option ${unknown}.`,
      suggest(unknown.replace(/^-+/, ''), Object.keys(options))?.replace('"', '"--'),
    )
  }
}

function checkArguments(command: Command, given: readonly string[]): void {
  const missing = command.arguments.slice(given.length).find((argument) => !argument.optional)
  if (missing) throw new WrongUse(`<${missing.name}> is missing: ${missing.help}`)
  const extra = given[command.arguments.length]
  if (extra !== undefined) throw new WrongUse(`"${extra}" is one word too many.`)
}

/** An option's text, when it was given. */
export function textOption(call: Call, name: string): string | undefined {
  const value = call.options[name]
  return typeof value === 'string' ? value : undefined
}

/** Every text of an option that may be given several times. */
export function textOptions(call: Call, name: string): readonly string[] {
  const value = call.options[name]
  return Array.isArray(value) ? (value as readonly string[]) : []
}

/** Whether a switch was set. */
export function hasOption(call: Call, name: string): boolean {
  return call.options[name] === true
}
