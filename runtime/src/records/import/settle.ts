// Rows that wait for others: as long as any finds what it waits for they are written; what is left points at nothing, at what may
// be made, or in circles. The rows of circles are written without their links first, and linked after.
import { Problem } from '@peyvand/core/base/problem.ts'
import { readInput } from '../input.ts'
import { setValue, type ReadRow, type Wanted } from './cell.ts'
import { circlesIn, nameOf, waiter, type Waiter } from './circle.ts'
import type { Importing } from './importing.ts'
import { locate } from './locate.ts'
import type { Writing } from './store.ts'
import { createTargets, notFound, writeRows } from './write.ts'

/** Imports the rows that waited for others. */
export async function settle(importing: Importing): Promise<void> {
  await rounds(importing)
  if (importing.waiting.size > 0) await settleRest(importing)
  await importing.tell()
}

async function rounds(importing: Importing): Promise<void> {
  const { waiting, batch } = importing
  for (let before = Infinity; waiting.size > 0 && waiting.size < before;) {
    before = waiting.size
    for await (const part of waiting.take(batch))
      await importing.chunk({ waiting: part }, () => writeRows(importing, part))
  }
}

async function settleRest(importing: Importing): Promise<void> {
  const { waiting, batch, plan } = importing
  const waiters: Waiter[] = []
  for await (const part of asked(importing, waiting.look(batch)))
    for (const read of part) waiters.push(waiter(read, plan.all, missing(importing, read)))
  if (plan.all.some(({ match }) => match?.self && match.create)) await createMissing(importing, waiters)
  const circles = circlesIn(waiters)
  if (circles.size > 0) await settleCircles(importing, circles)
  await rounds(importing)
  for await (const part of asked(importing, waiting.take(batch)))
    await importing.chunk({ waiting: part }, async () => failAll(importing, part))
}

/** Rows that wait, so many at a time, with what they wait for asked for once more. */
async function* asked(importing: Importing, parts: AsyncGenerator<ReadRow[]>): AsyncGenerator<ReadRow[]> {
  for await (const part of parts) {
    await prepare(importing, part)
    yield part
  }
}

function prepare({ lookups, store }: Importing, rows: readonly ReadRow[]): Promise<void> {
  return lookups.prepare(
    store,
    rows.flatMap(({ wanted }) => wanted),
  )
}

/** What a row that waits does not find, as far as it was asked for. */
function missing({ lookups }: Importing, read: ReadRow): Wanted[] {
  return read.wanted.filter((wanted) => wanted.assignment.match!.self && lookups.answer(wanted) === undefined)
}

function failAll(importing: Importing, rows: readonly ReadRow[]): void {
  for (const read of rows)
    importing.fail(
      read,
      missing(importing, read).map((wanted) => notFound(wanted, undefined)),
    )
}

/** Makes the records that rows wait for and that no row of the file is. */
async function createMissing(importing: Importing, waiters: readonly Waiter[]): Promise<void> {
  const inFile = new Set<string>()
  for (const { names } of waiters) for (const name of names) inFile.add(name)
  for await (const part of asked(importing, importing.waiting.look(importing.batch))) {
    const wanted = part.flatMap((read) => missing(importing, read).filter((each) => !inFile.has(nameOf(each))))
    if (wanted.length > 0) await importing.chunk({}, () => createTargets(importing, wanted))
  }
}

async function settleCircles(importing: Importing, circles: ReadonlySet<number>): Promise<void> {
  const { waiting, batch } = importing
  const inCircles: ReadRow[] = []
  for await (const part of waiting.take(batch)) {
    const isIn = Map.groupBy(part, ({ row }) => circles.has(row.number))
    inCircles.push(...(isIn.get(true) ?? []))
    await waiting.push(isIn.get(false) ?? [])
  }
  await importing.chunk({ waiting: inCircles }, () => writeCircle(importing, inCircles))
}

/** Writes the rows of circles without their links, and then the links: in one transaction, so that none stays without. */
async function writeCircle(importing: Importing, rows: readonly ReadRow[]): Promise<void> {
  const ids = new Map<ReadRow, string>()
  importing.circle = ids
  for (const part of partsOf(rows, importing.batch)) await writeRows(importing, part)
  importing.circle = undefined
  for (const part of partsOf([...ids.keys()], importing.batch)) await link(importing, part, ids)
}

async function link(importing: Importing, rows: readonly ReadRow[], ids: ReadonlyMap<ReadRow, string>): Promise<void> {
  await prepare(importing, rows)
  const links = rows.map((read) => ({ id: ids.get(read)!, ...linksOf(importing, read) }))
  const outcomes = await importing.store.update(importing.plan.entity, links)
  rows.forEach((read, place) => outcomes[place] instanceof Problem && unlinked(importing, read, outcomes[place]))
}

function linksOf({ writer, plan, lookups }: Importing, read: ReadRow): Writing {
  const body: ReadRow['body'] = {}
  for (const wanted of read.wanted) {
    const answer = lookups.answer(wanted)
    if (wanted.assignment.match!.self && answer !== undefined && answer !== 'many')
      setValue(body, wanted.assignment, answer.id)
  }
  const input = readInput(writer, plan.entity, body, 'update')
  return input instanceof Problem ? { values: {}, given: [] } : input
}

/** A row of a circle that is there, but without its link: it counts as failed. */
function unlinked(importing: Importing, read: ReadRow, problem: Problem): void {
  importing.counts.created--
  importing.fail(read, locate(importing.plan, read, problem))
}

function partsOf(rows: readonly ReadRow[], size: number): ReadRow[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size))
}
