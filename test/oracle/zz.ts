import { play } from './play.ts'
const from = Number(process.env['SEED'] ?? 1),
  worlds = Number(process.env['WORLDS'] ?? 1),
  cases = Number(process.env['CASES'] ?? 300)
for (let seed = from; seed < from + worlds; seed++) {
  const t = Date.now()
  const {
    differences,
    kinds,
    cases: n,
  } = await play({ seed, engine: (process.env['ENGINE'] ?? 'pglite') as 'pglite', cases })
  console.log(seed, n, 'cases', Date.now() - t, 'ms', JSON.stringify([...kinds]))
  for (const each of differences) console.log(each)
}
