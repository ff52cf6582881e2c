// The rounds: every operation at every number of connections, the sides one after the other and each round beginning with
// another one, so that whatever else the machine does meets all of them.
import { join } from 'node:path'
import { load, writeRequests, type Figures } from './load.ts'
import { cpuSeconds } from './meter.ts'
import { connectionsFor, draw, writes, type OperationName } from './operations.ts'
import { difference, holdingOf, type Holding } from './same.ts'
import { ask, type Side } from './side.ts'
import type { Pools } from './data.ts'

export interface Measured extends Figures {
  readonly side: Side['name']
  readonly operation: OperationName
  readonly connections: number
  readonly round: number
  /** unit: CPU seconds during the run; the database's are part of the server's on the embedded engine. */
  readonly serverCpu: number
  readonly databaseCpu: number
}

export interface Rounds {
  readonly operations: readonly OperationName[]
  readonly connections: readonly number[]
  readonly seconds: number
  readonly rounds: number
  readonly folder: string
  /** Brings the tables back to where they were, after a run that wrote. */
  readonly restore: () => Promise<void>
  readonly noted: (measured: Measured) => void
}

/** Asks every side the same questions first: what they answer, and in what they differ. throws: Error when they do. */
export async function compare(
  sides: readonly Side[],
  pools: Pools,
  operations: readonly OperationName[],
): Promise<Map<string, Holding>> {
  const found = new Map<string, Holding>()
  for (const operation of operations) {
    for (const [i, parameters] of draw(pools, 11, 5).entries()) {
      const held: Holding[] = []
      for (const side of sides) {
        const { status, text } = await ask(side, side.calls[operation](parameters))
        if (status >= 300) throw new Error(`${side.name} ${operation} answered ${status}: ${text.slice(0, 500)}`)
        const holding = holdingOf(operation, text)
        held.push(holding)
        if (i === 0) found.set(`${operation}|${side.name}`, holding)
      }
      const wrong = held.map((each) => difference(operation, held[0]!, each)).find((each) => each !== undefined)
      if (wrong !== undefined) throw new Error(`the sides answer ${operation} differently: ${wrong}`)
    }
  }
  return found
}

/** Runs all rounds. */
export async function measure(sides: readonly Side[], pools: Pools, rounds: Rounds): Promise<Measured[]> {
  const drawn = draw(pools, 7)
  const measured: Measured[] = []
  const file = (side: Side, operation: OperationName) => join(rounds.folder, `${side.name}.${operation}`)
  for (const side of sides)
    for (const operation of rounds.operations) {
      const some = operation === 'bulk' ? drawn.slice(0, 20) : drawn
      writeRequests(file(side, operation), side.port, side.token, some.map(side.calls[operation]))
    }
  for (let round = 0; round < rounds.rounds; round++)
    for (const operation of rounds.operations)
      for (const connections of connectionsFor(operation, rounds.connections)) {
        for (const side of rotated(sides, round)) {
          const run = { file: file(side, operation), port: side.port, connections, offset: 17 * (round + 1) }
          if (round === 0) await load({ ...run, seconds: rounds.seconds })
          const one = await runOne(side, { ...run, seconds: rounds.seconds }, operation, round)
          measured.push(one)
          rounds.noted(one)
        }
        if (writes.has(operation)) await rounds.restore()
      }
  return measured
}

async function runOne(
  side: Side,
  run: Parameters<typeof load>[0],
  operation: OperationName,
  round: number,
): Promise<Measured> {
  const read = () => [cpuSeconds(side.pid), side.databasePid ? cpuSeconds(side.databasePid) : 0] as const
  const [server, database] = read()
  const figures = await load(run)
  const [serverAfter, databaseAfter] = read()
  return {
    side: side.name,
    operation,
    connections: run.connections,
    round,
    ...figures,
    serverCpu: serverAfter - server,
    databaseCpu: databaseAfter - database,
  }
}

function rotated<T>(list: readonly T[], by: number): T[] {
  return list.map((_, i) => list[(i + by) % list.length]!)
}
