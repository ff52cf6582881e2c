// Shows that the oracle would notice: each line of mutations.ts is changed in a copy of the tree, and the oracle is played on it until
// it differs. One that is not noticed within the cases is told, and fails the run.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
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

/** Mutations are played side by side, each in a copy of its own. */
const together = 2
/** A world is asked so little that many can be looked at. */
const perWorld = 150

interface Mutating {
  /** Asked of a mutation before it counts as not noticed. */
  readonly cases: number
  /** Of the first world, for mutations that name none. */
  readonly seed: number
  /** What the file or the words of a mutation have to hold, one of several between commas. */
  readonly only: string
}

/** Plays every mutation, beginning with the world that is known to show it; gives how many were not noticed. */
export async function mutate({ cases, seed, only }: Mutating): Promise<number> {
  const started = performance.now()
  const some = only.split(',')
  const chosen = mutations.filter(({ file, breaks }) => some.some((each) => `${file} ${breaks}`.includes(each)))
  const rest = [...chosen]
  let unnoticed = 0
  const work = async (): Promise<void> => {
    const copy = copyTree()
    try {
      for (let mutation = rest.shift(); mutation !== undefined; mutation = rest.shift()) {
        const { noticed, told } = await playMutation(copy, mutation, cases, mutation.world ?? seed)
        if (!noticed) unnoticed++
        console.log(`${noticed ? 'noticed ' : 'MISSED  '} ${mutation.file}: ${mutation.breaks}${told}`)
      }
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  }
  await Promise.all(Array.from({ length: together }, work))
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(`mutations: ${chosen.length - unnoticed} of ${chosen.length} noticed, ${seconds} s`)
  return unnoticed
}

async function playMutation(
  copy: string,
  { file, line, instead }: Mutation,
  cases: number,
  seed: number,
): Promise<{ noticed: boolean; told: string }> {
  const path = join(copy, 'core/src/access', file)
  const before = readFileSync(path, 'utf8')
  if (before.split(line).length !== 2) throw new Error(`${file} does not have the line once: ${line}`)
  writeFileSync(
    path,
    before.replace(line, () => instead),
  )
  try {
    const { difference, told } = await playCopy({ cwd: copy, cases, seed })
    // A tree that does not even begin to answer shows nothing.
    if (difference === undefined) return { noticed: false, told: `\n${told}` }
    writeFileSync(path, before)
    const { world, n } = difference
    const plain = await playCopy({ cwd: copy, cases: n, seed: world })
    if (plain.difference !== undefined)
      return { noticed: false, told: `: world ${world} differs without it\n${plain.told}` }
    return { noticed: true, told: ` (world ${world}, case ${n})` }
  } finally {
    writeFileSync(path, before)
  }
}

interface Played {
  readonly difference: { readonly world: number; readonly n: number } | undefined
  readonly told: string
}

/** Plays the oracle on a copy of the tree until it differs. */
async function playCopy({ cwd, cases, seed }: { cwd: string; cases: number; seed: number }): Promise<Played> {
  const args = ['--engine', engines.at(-1)!, '--cases', cases, '--per-world', perWorld, '--most', 1, '--seed', seed]
  const child = spawn(process.execPath, ['test/oracle/run.ts', ...args.map(String)], { cwd })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const story = /DIFFERENCE in world (\d+).* case (\d+)/.exec(stdout)
  const difference = story === null ? undefined : { world: Number(story[1]), n: Number(story[2]) }
  const told = stdout.slice(story?.index ?? -500)
  return { difference, told: `${told.slice(0, 5000)}${stderr.slice(-1500)}` }
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
