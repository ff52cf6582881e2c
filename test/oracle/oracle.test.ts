// Does the product show and change exactly what a naive reading of the role definitions says? Random worlds on both engines, a small
// share of what `pnpm oracle` plays. Failures tell their story; SEED repeats a run.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { engines } from '../support/server.ts'
import { mutations } from './mutations.ts'
import { play } from './play.ts'
import { compareTwins } from './twins.ts'

const cases = Number(process.env['CASES'] ?? 500)
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`oracle: ${cases} cases, seed ${seed}`)

describe.concurrent.each(engines)('on %s', (engine) => {
  const n = engines.indexOf(engine)

  test('the oracle and the API say the same', { timeout: 600_000 }, async () => {
    const { differences } = await play({ seed: seed + n, engine, cases: Math.ceil(cases / engines.length) })
    expect(differences.join('\n\n')).toBe('')
  })
})

test.concurrent(
  'databases that differ in what the caller must not see give the same answers',
  { timeout: 600_000 },
  async () => {
    const { differences, changes } = await compareTwins({
      seed,
      engine: engines.at(-1)!,
      requests: Math.ceil(cases / 2),
      askers: 1,
    })
    expect(differences.join('\n\n')).toBe('')
    expect(changes).toBeGreaterThan(0)
  },
)

/** What decides must not be what is judged. */
const judging =
  'state condition evaluate person rights answer change aim draw draw-write request world id word operation things roles people records'.split(
    ' ',
  )

test('the oracle decides without anything of the engine', () => {
  const folder = import.meta.dirname
  for (const name of judging) {
    const text = readFileSync(join(folder, `${name}.ts`), 'utf8')
    const from = [...text.matchAll(/from '([^']+)'/g)].map(([, path]) => path!)
    expect([name, from.filter((path) => path.startsWith('@peyvand'))]).toEqual([name, []])
  }
  for (const file of globSync('*.ts', { cwd: folder }))
    expect(readFileSync(join(folder, file), 'utf8')).not.toMatch(/from '@peyvand\/core\/(access|query|expression)\//)
})

test('every line that mutations change is there', () => {
  for (const { file, line } of mutations) {
    const text = readFileSync(join(import.meta.dirname, '../../core/src/access', file), 'utf8')
    expect([file, line, text.split(line).length]).toEqual([file, line, 2])
  }
})
