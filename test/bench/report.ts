// The printed table: medians over the rounds, and the product's share of the fastest raw server's requests per second.
import { writes, type OperationName } from './operations.ts'
import type { Figures } from './load.ts'

export interface Measured extends Figures {
  readonly side: string
  readonly operation: OperationName
  readonly connections: number
  readonly round: number
  /** unit: CPU seconds during the run. */
  readonly appCpu: number
  readonly databaseCpu: number
}

/** First targets: what must be reached at 32 connections. */
const target = (operation: OperationName) => (writes.has(operation) ? 0.4 : 0.5)

/** Prints one line per operation, number of connections and side. */
export function printTable(measured: readonly Measured[]): void {
  console.log('\noperation  conn  side        req/s   ratio   p50 ms   p99 ms   CPU ms/request app + database   failed')
  const groups = Map.groupBy(measured, ({ operation, connections }) => `${operation}|${connections}`)
  for (const group of groups.values()) {
    const sides = Map.groupBy(group, ({ side }) => side)
    const reference = median([...(sides.get('raw-json') ?? group)].map(rate))
    for (const [side, rounds] of sides) console.log(line(side, rounds, reference))
  }
  const product = measured.filter(({ side, connections }) => side === 'product' && connections === 32)
  for (const operation of new Set(product.map((one) => one.operation))) {
    const raw = measured.filter(
      (one) => one.operation === operation && one.connections === 32 && one.side === 'raw-json',
    )
    if (raw.length === 0) continue
    const ratio = median(product.filter((one) => one.operation === operation).map(rate)) / median(raw.map(rate))
    if (ratio < target(operation))
      console.log(
        `BELOW TARGET: ${operation} at 32 connections is ${ratio.toFixed(2)} of the raw server (target ${target(operation)})`,
      )
  }
}

function line(side: string, rounds: readonly Measured[], reference: number): string {
  const { operation, connections } = rounds[0]!
  const per = (value: (one: Measured) => number) =>
    median(rounds.map((one) => (value(one) / one.requests) * 1000)).toFixed(2)
  const rps = median(rounds.map(rate))
  const failed = rounds.reduce((sum, one) => sum + one.failed, 0)
  const cells = [
    operation.padEnd(10),
    String(connections).padStart(4),
    ` ${side.padEnd(9)}`,
    rps.toFixed(0).padStart(7),
    side === 'raw-json' ? '      ' : (rps / reference).toFixed(2).padStart(6),
  ]
  cells.push(
    median(rounds.map(({ p50 }) => p50))
      .toFixed(2)
      .padStart(8),
    median(rounds.map(({ p99 }) => p99))
      .toFixed(2)
      .padStart(8),
    `${per((one) => one.appCpu).padStart(14)} + ${per((one) => one.databaseCpu)}`.padEnd(30),
    String(failed),
  )
  return cells.join('  ')
}

function rate({ requests, seconds }: Measured): number {
  return requests / seconds
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}
