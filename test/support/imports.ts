// The import graph and the rules it must obey: who may import whom, no value cycles, nothing of the server in the browser.
// Type-only imports vanish when the code runs and may point anywhere inside their package; only value imports count here.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'

/** Lowest first; a folder may import folders of lower rank, and itself. Folders in one row do not know each other. */
const coreOrder = [
  ['base'],
  ['schemas'],
  ['expression'],
  ['types'],
  ['model'],
  ['query', 'form', 'solution', 'workflow'],
  ['access'],
  ['plan'],
  ['answer'],
  ['plugin'],
  ['index.ts', 'server.ts', 'elements.ts'],
]
const runtimeOrder = [
  ['net'],
  ['config'],
  ['config.ts', 'heap.ts', 'observe.ts'],
  ['regularly.ts'],
  ['context.ts', 'events.ts', 'platform.ts'],
  ['db'],
  ['secrets'],
  ['audit'],
  ['meta'],
  ['records'],
  ['limits.ts'],
  ['files'],
  ['privacy'],
  ['jobs', 'sandbox'],
  ['workflow'],
  ['auth'],
  ['access'],
  ['webhooks'],
  ['actions'],
  ['plugins', 'plugin.ts'],
  ['api'],
  ['background.ts'],
  ['server.ts', 'index.ts'],
  ['main.ts'],
  ['cli'],
]

interface Edge {
  readonly from: string
  readonly to: string
  readonly line: number
  readonly dynamic: boolean
}

/** Every break of the rules, one line each. */
export function checkImports(root: string): string[] {
  const files = sources(root)
  const edges = files.flatMap((file) => importsOf(root, file))
  return [...edges.flatMap(breaks), ...cycles(files, edges), ...reachable(edges), ...waysOut(root, files)]
}

function sources(root: string): string[] {
  const found = globSync(
    [
      'core/{src,gen}/**/*.{ts,js}',
      'runtime/**/*.ts',
      'studio/src/**/*.ts',
      'plugins/**/*.ts',
      'solutions/**/*.ts',
      'examples/**/*.ts',
      'test/**/*.ts',
    ],
    { cwd: root },
  )
  return found.filter((file) => !file.includes('node_modules') && !file.includes('/dist/') && !file.endsWith('.d.ts'))
}

const statement = /^[ \t]*(?:import|export)\s+(?!type\b)(?:[\w*{][^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

function importsOf(root: string, file: string): Edge[] {
  const text = readFileSync(join(root, file), 'utf8')
  const edges = (pattern: RegExp, isDynamic: boolean) =>
    [...text.matchAll(pattern)].map((match) => ({
      from: file,
      to: resolve(root, file, match[1]!),
      line: text.slice(0, match.index).split('\n').length,
      dynamic: isDynamic,
    }))
  return [...edges(statement, false), ...edges(dynamic, true)]
}

/** A path inside the project, or the bare package name. */
function resolve(root: string, file: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier)).replace(/\?.*$/, '')
  const workspace = /^@peyvand\/(core|runtime)(?:\/(.+))?$/.exec(specifier)
  if (!workspace) return specifier
  const [, name, inner = 'index.ts'] = workspace
  const path = join(name!, 'src', inner.endsWith('.ts') || inner.endsWith('.js') ? inner : `${inner}.ts`)
  return existsSync(join(root, path)) ? relative(root, join(root, path)) : path
}

const packageOf = (file: string) => file.split('/')[0]!
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  runtime: ['runtime', 'core', 'solutions'],
  studio: ['studio', 'core'],
  plugins: ['plugins', 'core', 'runtime', 'studio'],
  solutions: ['solutions'],
  examples: ['examples', 'core', 'runtime'],
  test: ['test', 'core', 'runtime', 'studio', 'solutions', 'examples', 'plugins'],
}
const inside = (path: string) => Object.hasOwn(mayImport, packageOf(path)) && path.includes('/')

/** Generated from the type folders; nothing else may reach their elements. */
const elementList = 'core/src/types/elements.ts'

function breaks(edge: Edge): string[] {
  const say = (why: string) => [`${edge.from}:${edge.line} imports ${edge.to}: ${why}`]
  const door = edge.from === elementList || edge.from === 'core/src/elements.ts'
  if (edge.to.endsWith('/element.ts') && !door && !edge.from.endsWith('/element.ts'))
    return say('element.ts is reached from core/elements only')
  if (edge.to === elementList && edge.from !== 'core/src/elements.ts')
    return say('the list of elements is reached from core/elements only')
  if (!inside(edge.to))
    return packageOf(edge.from) === 'core' && edge.from.startsWith('core/src') && edge.to.startsWith('node:')
      ? say('core does no IO')
      : []
  const [from, to] = [packageOf(edge.from), packageOf(edge.to)]
  if (!mayImport[from]!.includes(to)) return say(`${from} may not know ${to}`)
  if (from === 'plugins' && to !== 'core' && to !== 'plugins' && !edge.to.endsWith('/plugin.ts'))
    return say(`a plugin reaches ${to} through ${to}/plugin.ts only`)
  if (from === 'core' && edge.from.startsWith('core/src') && to === 'core')
    return climbs(coreOrder, edge) ? say('core imports downwards only') : []
  if (from === 'runtime' && to === 'runtime' && edge.from.startsWith('runtime/src'))
    return climbs(runtimeOrder, edge) ? say('runtime imports downwards only') : []
  return []
}

function climbs(order: readonly (readonly string[])[], edge: Edge): boolean {
  const [from, to] = [edge.from.split('/')[2]!, edge.to.split('/')[2]!]
  if (from === to) return false
  const rank = (part: string) => order.findIndex((row) => row.includes(part))
  if (rank(from) < 0 || rank(to) < 0) return true
  return rank(to) >= rank(from)
}

/** Strongly connected components of the static value imports with more than one file (Tarjan). */
function cycles(files: readonly string[], edges: readonly Edge[]): string[] {
  const next = new Map<string, string[]>(files.map((file) => [file, []]))
  for (const edge of edges) if (!edge.dynamic && next.has(edge.to)) next.get(edge.from)!.push(edge.to)
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[] = []
  const visit = (file: string): void => {
    order.set(file, order.size)
    low.set(file, order.get(file)!)
    stack.push(file)
    for (const to of next.get(file)!) {
      if (!order.has(to)) visit(to)
      if (stack.includes(to)) low.set(file, Math.min(low.get(file)!, low.get(to)!))
    }
    if (low.get(file) !== order.get(file)) return
    const group = stack.splice(stack.indexOf(file))
    if (group.length > 1) found.push(`value cycle: ${group.join(' → ')} → ${group[0]}`)
  }
  for (const file of files) if (!order.has(file)) visit(file)
  return found
}

/** Nothing of Node or kysely may be reached from what runs in a browser. */
function reachable(edges: readonly Edge[]): string[] {
  const from = Map.groupBy(edges, (edge) => edge.from)
  const starts = [
    'core/src/index.ts',
    'core/src/elements.ts',
    ...from.keys().filter((file) => file.startsWith('studio/src')),
  ]
  const via = new Map<string, string | undefined>(starts.map((file) => [file, undefined]))
  const found: string[] = []
  for (const file of via.keys())
    for (const edge of from.get(file) ?? []) {
      if (via.has(edge.to)) continue
      via.set(edge.to, file)
      if (
        edge.to.startsWith('node:') ||
        edge.to === 'kysely' ||
        edge.to.startsWith('kysely/') ||
        edge.to === 'core/src/server.ts'
      )
        found.push(`the browser reaches ${edge.to}: ${trail(via, edge.to).join(' → ')}`)
    }
  return found
}

/** Modules that connect to others, and the calls that do. */
const connecting = /\bfrom ['"](?:node:)?(?:http|https|http2|net|tls|dgram|undici)['"]/
const calling = /(?<![.\w])(?:globalThis\s*\.\s*)?fetch\(|\bnew (?:WebSocket|EventSource|XMLHttpRequest)\b/
/** The one way out, the server's own socket, the database's, and the command line, which is a client. */
const mayConnect = /^runtime\/src\/(?:net\/|server\.ts$|db\/|cli\/)/

/** The server calls others through net/call.ts and in no other way: there it is judged where a call may lead. */
function waysOut(root: string, files: readonly string[]): string[] {
  return files
    .filter((file) => file.startsWith('runtime/src/') && !mayConnect.test(file))
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, i) =>
          (connecting.test(line) && !/^import type\b/.test(line)) || calling.test(line)
            ? [`${file}:${i + 1} calls others by itself: everything that goes out goes through net/call.ts`]
            : [],
        ),
    )
}

function trail(via: ReadonlyMap<string, string | undefined>, end: string): string[] {
  const path = [end]
  for (let at = via.get(end); at !== undefined; at = via.get(at)) path.unshift(at)
  return path
}
