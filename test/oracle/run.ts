// `pnpm oracle`: the oracle by hand. 20,000 cases over both engines (`--cases`, `--seed`, `--engine`), `--twins` for databases that
// differ only in what the caller must not see, `--mutate` for lines of access that are changed one after the other (`--only` those
// that say this or, after a comma, that). `--per-world` cases are asked of one world, and it ends after `--most` differences.
import { parseArgs } from 'node:util'
import { engines, type Engine } from '../support/server.ts'
import { binaries, startCluster } from '../support/postgres.ts'
import { mutate } from './mutate.ts'
import { play } from './play.ts'
import { compareTwins } from './twins.ts'

const { values: said } = parseArgs({
  options: {
    cases: { type: 'string', default: process.env['CASES'] ?? '' },
    seed: { type: 'string', default: process.env['SEED'] ?? '' },
    engine: { type: 'string', default: '' },
    'per-world': { type: 'string', default: '500' },
    most: { type: 'string', default: '20' },
    twins: { type: 'boolean', default: false },
    mutate: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
})

/** Cases that one world is asked: enough to walk far from where it began, few enough to see many worlds. */
const perWorld = Number(said['per-world'])
const most = Number(said.most)

const seed = said.seed === '' ? Math.floor(Math.random() * 2 ** 31) : Number(said.seed)
const wanted = engines.filter((engine) => said.engine === '' || said.engine === engine)
const started = performance.now()
const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`

async function askOracle(cases: number): Promise<number> {
  const kinds = new Map<string, number>()
  const worlds = Math.ceil(cases / perWorld)
  let [asked, differences, next] = [0, 0, 0]
  const work = async (engine: Engine): Promise<void> => {
    while (next < worlds && differences < most) {
      const n = next++
      const played = await play({
        seed: seed + n,
        engine,
        cases: Math.min(perWorld, cases - n * perWorld),
        most: Math.min(most, 3),
      })
      asked += played.cases
      differences += played.differences.length
      for (const [kind, count] of played.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + count)
      for (const story of played.differences) console.log(story)
      console.log(`${engine}: world ${seed + n}, ${asked} cases, ${differences} differences, ${seconds()}`)
    }
  }
  await Promise.all(wanted.map(work))
  console.log([...kinds].map(([kind, count]) => `${kind} ${count}`).join(', '))
  console.log(`oracle: ${asked} cases in ${worlds} worlds, seed ${seed}, ${differences} differences, ${seconds()}`)
  return differences
}

async function askTwins(requests: number): Promise<number> {
  let [asked, differences] = [0, 0]
  const statuses = new Map<number, number>()
  for (let n = 0; asked < requests && differences < most; n++) {
    const engine = wanted[n % wanted.length]!
    const compared = await compareTwins({
      seed: seed + n,
      engine,
      requests: Math.min(1_000, requests - asked),
      askers: 5,
    })
    asked += compared.requests
    differences += compared.differences.length
    for (const [status, count] of compared.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count)
    for (const story of compared.differences) console.log(story)
    console.log(
      `${engine}: world ${seed + n}, ${compared.changes} hidden changes, ${asked} requests, ${differences} differences, ${seconds()}`,
    )
  }
  console.log(
    [...statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${status}: ${count}`)
      .join(', '),
  )
  console.log(`twins: ${asked} requests, seed ${seed}, ${differences} differences, ${seconds()}`)
  return differences
}

const cluster =
  process.env['TEST_POSTGRES_URL'] === undefined && wanted.includes('postgres') && binaries() !== undefined
    ? await startCluster({ fsync: 'off', synchronous_commit: 'off' })
    : undefined
if (cluster !== undefined) process.env['TEST_POSTGRES_URL'] = cluster.url
try {
  console.log(`seed ${seed}`)
  const cases = said.cases === '' ? undefined : Number(said.cases)
  const wrong = said.mutate
    ? await mutate({ cases: cases ?? 3_000, seed: said.seed === '' ? 1 : seed, only: said.only })
    : said.twins
      ? await askTwins(cases ?? 5_000)
      : await askOracle(cases ?? 20_000)
  process.exitCode = wrong === 0 ? 0 : 1
} finally {
  await cluster?.stop()
}
