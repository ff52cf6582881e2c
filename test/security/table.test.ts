// Is docs/security.md true to the project: does every test it names exist, does it look at every chapter of ASVS 5.0, and does
// every item that is said to be met by a test name one?
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/security.md'), 'utf8')
const named = [...page.matchAll(/`(test\/[\w./-]+?\.test\.ts)(?:: ([^`]+))?`/g)].map(([, file, title]) => ({
  file: file!,
  title,
}))

it('every test it names exists, by file and by title', () => {
  expect(named.length).toBeGreaterThan(60)
  const wrong = named.filter(
    ({ file, title }) =>
      !existsSync(join(root, file)) || (title !== undefined && !readFileSync(join(root, file), 'utf8').includes(title)),
  )
  expect(wrong).toEqual([])
})

it('every file of test/security stands in it', () => {
  const files = globSync('test/security/*.test.ts', { cwd: root }).filter((file) => !file.endsWith('/table.test.ts'))
  expect(files.filter((file) => !named.some((each) => each.file === file))).toEqual([])
})

it('every advisory it names stands in the name of a test of its row', () => {
  const rows = [...page.matchAll(/^\| ([^|]+) \| ((?:CVE|GHSA|twenty|directus)[^|]+) \| ([^|]+) \|$/gm)]
  expect(rows.length).toBeGreaterThanOrEqual(12)
  const missing = rows.flatMap(([, title, advisories, tests]) => {
    const files = [...tests!.matchAll(/`(test\/[\w./-]+?\.test\.ts)`/g)].map(([, file]) => join(root, file!))
    // What stands in comments is no name.
    const names = files.map((file) => readFileSync(file, 'utf8').replaceAll(/^\s*\/\/.*$/gm, '')).join('\n')
    return advisories!
      .split(', ')
      .filter((advisory) => !names.includes(advisory.trim()))
      .map((advisory) => `${title}: ${advisory}`)
  })
  expect(missing).toEqual([])
})

it('every chapter is looked at, and every line says how it stands', () => {
  for (let chapter = 1; chapter <= 17; chapter++)
    expect(page, `V${chapter}`).toMatch(new RegExp(`^### .*\\bV${chapter}\\b`, 'm'))
  const lines = [...page.matchAll(/^\| (\d+\.\d+\.\d+[^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$/gm)]
  expect(lines.length).toBeGreaterThan(60)
  for (const [line, items, state, how, shown] of lines) {
    expect(['✓', '◐', '✗', '–', '⚙'], items).toContain(state)
    // What is not met is said in words; what is met is shown or said.
    expect(`${how}${shown}`.trim(), line).not.toBe('')
    if (state === '◐' || state === '✗') expect(how!.trim(), line).not.toBe('')
  }
})

it('what the product calls others by is one function', async () => {
  const { checkImports } = await import('../support/imports.ts')
  expect(checkImports(root).filter((line) => line.includes('net/call.ts'))).toEqual([])
})
