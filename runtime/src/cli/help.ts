// The help pages of the command line, made from the table of commands.
import { optionsOf, type Command } from './command.ts'
import { align } from './output.ts'

/** How a command is written: `peyvand import <entity> <file> [--map <file>] …`. */
export function usageOf(command: Command): string {
  const words = command.arguments.map(({ name, optional }) => (optional ? `[<${name}>]` : `<${name}>`))
  const options = Object.entries(command.options).map(([name, { value, many }]) => `[--${name}${value === undefined ? '' : ` <${value}>`}]${many ? '…' : ''}`)
  return ['peyvand', command.name, ...words, ...options].join(' ')
}

/** The page of one command. */
export function commandHelp(command: Command): string {
  const options = Object.entries(optionsOf(command)).map(([name, { value, help }]) => [`  --${name}${value === undefined ? '' : ` <${value}>`}`, help])
  const words = command.arguments.map(({ name, help }) => [`  <${name}>`, help])
  const details = command.details ? ['', ...command.details] : []
  return [command.summary, '', `Usage: ${usageOf(command)}`, ...details, '', ...align([...words, ...options])].join('\n')
}

/** The front page: every command with its summary. */
export function overview(commands: readonly Command[]): string {
  return [
    'peyvand — run, change and fill a Peyvand platform',
    '',
    'Usage: peyvand <command> [arguments] [options]',
    '',
    ...align(commands.map(({ name, summary }) => [`  ${name}`, summary])),
    '',
    'peyvand <command> --help says more about one command. Every command takes --json.',
    'Exit code: 0 done, 1 failed, 2 wrong use.',
  ].join('\n')
}
