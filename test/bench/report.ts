// The printed table: medians over the rounds, and the product's share of the raw server's requests per second with its
// target. The same figures as one JSON document for programs.
import type { Measured } from './measure.ts'
import { targets, type OperationName } from './operations.ts'
import type { Side } from './side.ts'

/** One line of the table. */
export interface Line {
  readonly operation: OperationName
  readonly connections: number
  readonly side: Side['name']
  /** unit: requests per second. */
  readonly rate: number
  /** Of the raw server's rate, median over the rounds of the share within each round. */
  readonly share?: number
  readonly target?: number
  /** unit: milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Of the raw server's p99. */
  readonly p99Ratio?: number
  /** unit: CPU milliseconds per 1,000 requests. */
  readonly serverCpu: number
  readonly databaseCpu: number
  readonly statements?: number
  readonly records?: number
  readonly bytes?: number
  readonly failed: number
}

/** What is known of an operation on a side besides its speed. */
export interface Known {
  readonly statements?: number
  readonly records?: number
  readonly bytes?: number
}

/** The lines of the table. */
export function linesOf(measured: readonly Measured[], known: (operation: string, side: string) => Known): Line[] {
  const groups = Map.groupBy(measured, ({ operation, connections }) => `${operation}|${connections}`)
  return [...groups.values()].flatMap((group) => {
    const most = Math.max(
      ...measured.filter((one) => one.operation === group[0]!.operation).map((one) => one.connections),
    )
    const sides = Map.groupBy(group, ({ side }) => side)
    return [...sides.values()].map((rounds) => lineOf(rounds, sides.get('raw-json'), most, known))
  })
}

function lineOf(
  rounds: readonly Measured[],
  raw: readonly Measured[] | undefined,
  most: number,
  known: (operation: string, side: string) => Known,
): Line {
  const { operation, connections, side } = rounds[0]!
  const per = (cpu: (one: Measured) => number) => median(rounds.map((one) => (cpu(one) * 1e6) / one.requests))
  const compared = side === 'raw-json' ? undefined : raw
  const against = (value: (one: Measured) => number) =>
    compared &&
    median(
      rounds.flatMap((one) => {
        const other = compared.find(({ round }) => round === one.round)
        return other ? [value(one) / value(other)] : []
      }),
    )
  return {
    operation,
    connections,
    side,
    rate: median(rounds.map(rateOf)),
    share: against(rateOf),
    ...(side === 'product' && connections === most ? { target: targets[operation] } : {}),
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
    p99Ratio: against(({ p99 }) => p99),
    serverCpu: per((one) => one.serverCpu),
    databaseCpu: per((one) => one.databaseCpu),
    ...known(operation, side),
    failed: rounds.reduce((sum, one) => sum + one.failed, 0),
  }
}

const head =
  'operation  conn  side       req/s    share target   p50 ms   p99 ms  ratio   CPU ms/1000: server  database   SQL  records   bytes  failed'

/** The table as text, with what misses its target told below. */
export function tableOf(lines: readonly Line[]): string {
  const missed = lines.filter(({ share, target }) => share !== undefined && target !== undefined && share < target)
  return [
    head,
    ...lines.map(textOf),
    ...missed.map(
      ({ operation, connections, share, target }) =>
        `BELOW TARGET: ${operation} at ${connections} connections is ${share!.toFixed(2)} of the raw server (target ${target!.toFixed(2)})`,
    ),
  ].join('\n')
}

function textOf(line: Line): string {
  const number = (value: number | undefined, digits: number, width: number) =>
    (value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits)).padStart(width)
  return [
    line.operation.padEnd(10),
    number(line.connections, 0, 4),
    ` ${line.side.padEnd(8)}`,
    number(line.rate, line.rate < 100 ? 1 : 0, 7),
    number(line.share, 2, 7),
    number(line.target, 2, 6),
    number(line.p50, 2, 7),
    number(line.p99, 2, 7),
    number(line.p99Ratio, 2, 6),
    number(line.serverCpu, 0, 20),
    line.side === 'embedded' ? ' '.repeat(8) : number(line.databaseCpu, 0, 8),
    number(line.statements, 1, 5),
    number(line.records, 0, 7),
    number(line.bytes, 0, 6),
    number(line.failed, 0, 6),
  ].join('  ')
}

function rateOf({ requests, seconds }: Measured): number {
  return requests / seconds
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}
