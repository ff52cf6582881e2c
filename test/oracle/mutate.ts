// Shows that the oracle would notice: each line of mutations.ts is changed in a copy of the tree, and the oracle is played on it until
// it differs. One that is not noticed within the cases is told, and fails the run.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engines } from '../support/server.ts'
import { mutations, type Mutation } from './mutations.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const packages = ['core', 'runtime']
const alongside = ['solutions', 'test', 'package.json', 'pnpm-workspace.yaml']

/** Plays every mutation; gives how many were not noticed. */
export async function mutate(cases: number, seed: number): Promise<number> {
  const copy = copyTree()
  try {
    let unnoticed = 0
    for (const mutation of mutations) {
      const { noticed, text } = playMutation(copy, mutation, cases, seed)
      if (!noticed) unnoticed++
      console.log(`${noticed ? 'noticed ' : 'MISSED  '} ${mutation.file}: ${mutation.breaks}${text}`)
    }
    console.log(`mutations: ${mutations.length - unnoticed} of ${mutations.length} noticed, seed ${seed}`)
    return unnoticed
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function playMutation(
  copy: string,
  { file, line, instead }: Mutation,
  cases: number,
  seed: number,
): { noticed: boolean; text: string } {
  const path = join(copy, 'core/src/access', file)
  const before = readFileSync(path, 'utf8')
  if (before.split(line).length !== 2) throw new Error(`${file} does not have the line once: ${line}`)
  writeFileSync(
    path,
    before.replace(line, () => instead),
  )
  try {
    const args = ['test/oracle/run.ts', '--engine', engines.at(-1)!, '--cases', String(cases), '--seed', String(seed)]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: copy,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
    const story = /DIFFERENCE.*case (\d+).*/.exec(stdout)
    // A tree that does not even begin to answer shows nothing.
    const failed = story === null ? `\n${stdout.slice(-500)}${stderr.slice(-1500)}` : ''
    return { noticed: status !== 0 && story !== null, text: story === null ? failed : ` (case ${story[1]})` }
  } finally {
    writeFileSync(path, before)
  }
}

/** A copy of the tree whose packages find each other, and everything else where it is. */
function copyTree(): string {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'peyvand-mutations-')))
  for (const name of [...packages, ...alongside])
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (source) => !/\/(node_modules|dist)(\/|$)/.test(source.slice(root.length)),
    })
  for (const place of ['', ...packages])
    linkModules(join(root, place, 'node_modules'), join(copy, place, 'node_modules'), copy)
  return copy
}

function linkModules(from: string, to: string, copy: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) {
    if (name === '@peyvand') {
      mkdirSync(join(to, name), { recursive: true })
      for (const one of packages) symlinkSync(join(copy, one), join(to, name, one))
    } else symlinkSync(realpathSync(join(from, name)), join(to, name))
  }
}
