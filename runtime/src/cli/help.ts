// The help pages of the command line, made from the table of commands.
import { optionsOf, type Command } from './command.ts'
import { align } from './output.ts'

/** How a command is written: `peyvand import <entity> <file> [--map <file>] …`. */
export function usageOf(command: Command): string {
  const words = command.arguments.map(({ name, optional }) => (optional ? `[<${name}>]` : `<${name}>`))
  const options = Object.entries(command.options).map(
    ([name, { value, many }]) => `[--${name}${value === undefined ? '' : ` <${value}>`}]${many ? '…' : ''}`,
  )
  return ['peyvand', command.name, ...words, ...options].join(' ')
}

/** The page of one command. */
export function commandHelp(command: Command): string {
  const options = Object.entries(optionsOf(command)).map(([name, { value, help }]) => [
    `  --${name}${value === undefined ? '' : ` <${value}>`}`,
    help,
  ])
  const words = command.arguments.map(({ name, help }) => [`  <${name}>`, help])
  const details = command.details ? ['', ...command.details] : []
  return [command.summary, '', `Usage: ${usageOf(command)}`, ...details, '', ...align([...words, ...options])].join(
    '\n',
  )
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

/** The commands as Markdown, for `docs/cli.md`; a test keeps the two the same. */
export function commandsPage(commands: readonly Command[]): string {
  const head = [
    '# Command line',
    '',
    'Made from the table of commands (`node runtime/src/cli/peyvand.ts --help --markdown`); a test keeps it fresh.',
    '',
    'In the project: `pnpm peyvand <command>`. Every command has `--help` and `--json` (one JSON value on standard output, progress and remarks on standard error). The exit code is 0 when it is done, 1 when it failed or not everything was done, 2 when it was called wrongly.',
    '',
    'With `--url` a command goes to a running server, with the API key in `PEYVAND_KEY`. Without it, it works straight on the database that the [settings](settings.md) name, as the system itself. The embedded database has room for one process: while a server runs on it, use `--url`.',
    '',
    'A command is an HTTP client of the product’s own API in both cases; what it may do with `--url` is what the key’s owner may do.',
  ]
  return [
    ...head,
    ...commands.flatMap((command) => ['', `## ${command.name}`, '', '```text', commandHelp(command), '```']),
    '',
  ].join('\n')
}
