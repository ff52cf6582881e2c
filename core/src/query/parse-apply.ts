// `$apply`: transformations joined by "/", and what they share with other options: `$compute` and sort keys. Transformations
// that are not supported are refused by name.
import { Problem } from '../base/problem.ts'
import { readExpression } from '../expression/parse-odata.ts'
import {
  accept,
  deeper,
  expect,
  expectName,
  isNext,
  peek,
  syntax,
  take,
  unexpected,
  unsupported,
  type Reader,
} from '../expression/reader.ts'
import type { Syntax } from '../expression/tree.ts'
import { levelCount } from './rollups.ts'
import { splitSearch } from './search.ts'
import type { AggregateSyntax, Amount, ApplyStep, ComputeSyntax, GroupSyntax, OrderSyntax } from './syntax.ts'

const others = new Set(['nest', 'addnested', 'traverse', 'rolluprecursive', 'rollup'])
const maxSteps = 20

type Read = (reader: Reader) => DistributiveOmit<ApplyStep, 'position'> | undefined
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

const transformations: Readonly<Record<string, Read>> = {
  filter: (reader) => ({ op: 'filter', where: readExpression(reader) }),
  compute: (reader) => ({ op: 'compute', values: readComputes(reader) }),
  groupby: readGroup,
  aggregate: (reader) => ({ op: 'aggregate', aggregate: readAggregates(reader) }),
  orderby: (reader) => ({ op: 'orderby', order: readOrder(reader) }),
  top: (reader) => ({ op: 'top', amount: readAmount(reader) }),
  skip: (reader) => ({ op: 'skip', amount: readAmount(reader) }),
  topcount: (reader) => readBest(reader, true),
  bottomcount: (reader) => readBest(reader, false),
  topsum: (reader) => readShare(reader, true, false),
  bottomsum: (reader) => readShare(reader, false, false),
  toppercent: (reader) => readShare(reader, true, true),
  bottompercent: (reader) => readShare(reader, false, true),
  search: readSearched,
  expand: readExpanded,
  join: (reader) => readJoin(reader, false),
  outerjoin: (reader) => readJoin(reader, true),
  descendants: (reader) => readTree(reader, 'descendants'),
  ancestors: (reader) => readTree(reader, 'ancestors'),
  concat: readConcat,
}
const names = [...Object.keys(transformations), 'identity']

/** Reads the steps of $apply. throws: Problem */
export function readApply(reader: Reader): ApplyStep[] {
  const steps: ApplyStep[] = []
  do {
    const { text: name, start: position } = expectName(reader, 'a transformation such as filter or groupby')
    if (name === 'identity') continue
    if (others.has(name)) throw unsupported(reader, position, `"${name}" in $apply`)
    const read = Object.hasOwn(transformations, name) ? transformations[name] : undefined
    if (!read)
      throw new Problem('request.unknown', {
        detail: `There is no transformation "${name.slice(0, 60)}"`,
        target: reader.target,
        position,
        hint: `Write one of ${names.join(', ')}`,
      })
    const step = deeper(reader, position, () => inParentheses(reader, read))
    if (step) steps.push({ ...step, position })
    if (steps.length > maxSteps) throw syntax(reader, position, `There are more than ${maxSteps} transformations`)
  } while (accept(reader, '/'))
  return steps
}

function inParentheses<T>(reader: Reader, read: (reader: Reader) => T): T {
  expect(reader, '(')
  const result = read(reader)
  expect(reader, ')')
  return result
}

function readGroup(reader: Reader): Omit<GroupSyntax, 'position'> {
  const keys = inParentheses(reader, readKeys)
  if (!accept(reader, ',')) return { op: 'groupby', ...keys, aggregate: [] }
  const steps = readApply(reader)
  const at = steps.findIndex(({ op }) => op === 'aggregate')
  const last = steps[at]
  const after = at < 0 ? undefined : steps[at + 1]
  if (after) throw unsupported(reader, after.position, 'A transformation behind "aggregate" inside groupby')
  const within = at < 0 ? steps : steps.slice(0, at)
  return {
    op: 'groupby',
    ...keys,
    ...(within.length > 0 ? { within } : {}),
    ...(last?.op === 'aggregate' ? { aggregate: last.aggregate } : {}),
  }
}

type Path = Extract<Syntax, { op: 'path' }>

/** Levels that several rollups may come to together. */
const mostLevels = 50

/** Group keys; those of rollups stand behind the others. */
function readKeys(reader: Reader): Pick<GroupSyntax, 'by' | 'rollups'> {
  const plain: Path[] = []
  const rolled: { readonly keys: readonly Path[]; readonly all: boolean }[] = []
  do {
    const { text, start } = peek(reader)
    if (text === 'rollup' && peek(reader, 1).text === '(') {
      take(reader)
      rolled.push(inParentheses(reader, readRollup))
    } else plain.push(readPath(reader))
    if (plain.length + rolled.flatMap(({ keys }) => keys).length > 10)
      throw syntax(reader, start, 'There are more than 10 group keys')
  } while (accept(reader, ','))
  if (rolled.length === 0) return { by: plain }
  let from = plain.length
  const rollups = rolled.map(({ keys, all }) => ({ from, to: (from += keys.length), all }))
  if (levelCount(rollups) > mostLevels)
    throw syntax(reader, peek(reader).start, `The rollups come to more than ${mostLevels} levels`)
  return { by: [...plain, ...rolled.flatMap(({ keys }) => keys)], rollups }
}

function readRollup(reader: Reader): { keys: Path[]; all: boolean } {
  const keys: Path[] = []
  let all = false
  do {
    if (peek(reader).text === '$all' && keys.length === 0 && !all) {
      take(reader)
      all = true
    } else keys.push(readPath(reader))
  } while (accept(reader, ','))
  if (keys.length === 0) throw unexpected(reader, 'a property')
  return { keys, all }
}

function readPath(reader: Reader): Path {
  const { text: first, start: position } = expectName(reader, 'a property')
  const path = [first]
  while (accept(reader, '/')) path.push(expectName(reader).text)
  if (isNext(reader, '('))
    throw syntax(
      reader,
      position,
      'A group key is a property',
      `Write compute(${first.slice(0, 60)}(…) as x) before groupby`,
    )
  return { op: 'path', names: path, position }
}

function readAggregates(reader: Reader): AggregateSyntax[] {
  const aggregates: AggregateSyntax[] = []
  do {
    aggregates.push(readAggregate(reader))
    if (aggregates.length > 20) throw syntax(reader, peek(reader).start, 'There are more than 20 aggregates')
  } while (accept(reader, ','))
  return aggregates
}

function readAggregate(reader: Reader): AggregateSyntax {
  const { text, start: position } = peek(reader)
  if (text === '$count') {
    expectName(reader)
    return { method: 'count', alias: readAlias(reader), position }
  }
  const of = readExpression(reader)
  if (of.op === 'lambda' && of.test === 'count' && peek(reader).text === 'as')
    return { of, method: 'sum', alias: readAlias(reader), position }
  const method = readMethod(reader)
  if (peek(reader).text !== 'from') return { of, method, alias: readAlias(reader), position }
  take(reader)
  const from = { by: readPath(reader), method: readMethod(reader) }
  return { of, method, from, alias: readAlias(reader), position }
}

function readMethod(reader: Reader): string {
  expectWord(reader, 'with')
  return expectName(reader, 'sum, min, max, average or countdistinct').text
}

/** `amount mul 2 as double,year(close_date) as y`. throws: Problem */
export function readComputes(reader: Reader): ComputeSyntax[] {
  const values: ComputeSyntax[] = []
  do {
    const { start: position } = peek(reader)
    const value = readExpression(reader)
    values.push({ value, name: readAlias(reader), position })
    if (values.length > 20) throw syntax(reader, position, 'There are more than 20 computed values')
  } while (accept(reader, ','))
  return values
}

/** Sort keys. throws: Problem */
export function readOrder(reader: Reader): OrderSyntax {
  const order: { by: Syntax; descending: boolean }[] = []
  do {
    const by = readExpression(reader)
    const { type, text } = peek(reader)
    const direction = type === 'name' && /^(asc|desc)$/i.test(text) ? take(reader).text.toLowerCase() : 'asc'
    order.push({ by, descending: direction === 'desc' })
    if (order.length > 10) throw syntax(reader, peek(reader).start, 'There are more than 10 sort keys')
  } while (accept(reader, ','))
  return order
}

function readAmount(reader: Reader): Amount {
  const { type, text } = peek(reader)
  if (type !== 'integer' || !/^\d{1,15}$/.test(text)) throw unexpected(reader, 'a whole number from 0')
  const { slot } = take(reader)
  return { value: Number(text), ...(slot === undefined ? {} : { slot }) }
}

/** `topcount(5,amount)` */
function readBest(reader: Reader, descending: boolean): DistributiveOmit<ApplyStep, 'position'> {
  const amount = readAmount(reader)
  expect(reader, ',')
  return { op: 'cut', amount, order: [{ by: readExpression(reader), descending }] }
}

/** `topsum(1000,amount)`, `bottompercent(10,amount)` */
function readShare(reader: Reader, best: boolean, percent: boolean): DistributiveOmit<ApplyStep, 'position'> {
  const amount = readExpression(reader)
  expect(reader, ',')
  return { op: 'share', amount, of: readExpression(reader), best, percent }
}

function readSearched(reader: Reader): DistributiveOmit<ApplyStep, 'position'> {
  if (peek(reader).type !== 'search') throw unexpected(reader, 'words to search for')
  const search = splitSearch(take(reader).text)
  if (search instanceof Problem) throw search
  return { op: 'search', search }
}

/** `expand(contacts,filter(age gt 30))` */
function readExpanded(reader: Reader): DistributiveOmit<ApplyStep, 'position'> {
  const { text: name, start: position } = expectName(reader, 'a relationship')
  const steps = accept(reader, ',') ? readApply(reader) : []
  const other = steps.find(({ op }) => op !== 'filter')
  if (other) throw unsupported(reader, other.position, 'A transformation other than filter inside expand')
  const filters = steps.flatMap((step) => (step.op === 'filter' ? [step.where] : []))
  const filter = filters.length > 1 ? { op: 'call' as const, name: 'and', args: filters, position } : filters[0]
  return { op: 'expand', expand: { name, position, query: filter ? { filter } : {} } }
}

/** `join(contacts as c,filter(…))` */
function readJoin(reader: Reader, outer: boolean): DistributiveOmit<ApplyStep, 'position'> {
  const { text: name } = expectName(reader, 'a relationship')
  const alias = readAlias(reader)
  return { op: 'join', name, alias, outer, within: accept(reader, ',') ? readApply(reader) : [] }
}

/** `descendants($root/accounts,parent,id,filter(…),2,keep start)` */
function readTree(reader: Reader, test: 'ancestors' | 'descendants'): DistributiveOmit<ApplyStep, 'position'> {
  expectWord(reader, '$root')
  expect(reader, '/')
  const set = expectName(reader, 'an entity set').text
  expect(reader, ',')
  const hierarchy = expectName(reader, 'the name of a hierarchy').text
  expect(reader, ',')
  const node = expectName(reader, '"id"').text
  expect(reader, ',')
  const start = readApply(reader)
  let depth: Amount | undefined
  let keep = false
  while (accept(reader, ',')) {
    if (peek(reader).text === 'keep') {
      take(reader)
      expectWord(reader, 'start')
      keep = true
    } else depth = readAmount(reader)
  }
  return { op: 'tree', test, set, hierarchy, node, start, keep, ...(depth === undefined ? {} : { depth }) }
}

function readConcat(reader: Reader): DistributiveOmit<ApplyStep, 'position'> {
  const branches: (readonly ApplyStep[])[] = []
  do branches.push(readApply(reader))
  while (accept(reader, ','))
  if (branches.length < 2 || branches.length > 5) throw unexpected(reader, 'two to five sequences of transformations')
  return { op: 'concat', branches }
}

function readAlias(reader: Reader): string {
  expectWord(reader, 'as')
  const { text, start } = expectName(reader, 'a name for the result')
  if (!/^[A-Za-z_]\w{0,47}$/.test(text)) throw syntax(reader, start, 'A name has letters, digits and _ only')
  return text
}

function expectWord(reader: Reader, word: string): void {
  const token = expectName(reader, `"${word}"`)
  if (token.text !== word) throw syntax(reader, token.start, `Expected "${word}", found "${token.text.slice(0, 60)}"`)
}
