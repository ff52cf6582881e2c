// Finds the records that lookup cells mean: one read per lookup and batch, through the caller's rights, remembered for the
// following rows. What is not found is not remembered when it may still come: rows of the same file may be parents.
import { Problem } from '@peyvand/core/base/problem.ts'
import { plainText, type JsonValue } from '@peyvand/core/base/json.ts'
import { spell } from './compare.ts'
import type { Assignment, Match } from './assign.ts'
import type { Wanted } from './cell.ts'
import type { Store } from './store.ts'

/** An id, `many` when the text means several records, or undefined when it means none. */
export type Answer = { readonly id: string } | 'many' | undefined

/** unit: texts remembered for one lookup; beyond it everything is forgotten and asked again. */
const usualRemembered = 100_000

export class Lookups {
  private readonly known = new Map<string, Map<string, Answer>>()
  private readonly mostRemembered: number

  constructor(mostRemembered = usualRemembered) {
    this.mostRemembered = mostRemembered
  }

  /** How many texts are remembered. */
  get size(): number {
    return this.known.values().reduce((sum, { size }) => sum + size, 0)
  }

  /** Forgets everything: what was remembered may have been taken back. */
  forget(): void {
    this.known.clear()
  }

  /** Finds everything that these rows want and that is not known yet. */
  async prepare(store: Store, wanted: readonly Wanted[]): Promise<void> {
    // Only here: what these rows want must stay known until they are done.
    for (const memory of this.known.values()) if (memory.size > this.mostRemembered) memory.clear()
    const open = Map.groupBy(
      wanted.filter(({ assignment, text }) => !this.memory(assignment.match!).has(spelled(assignment.match!, text))),
      ({ assignment }) => assignment,
    )
    for (const [{ match }, asked] of open) await this.find(store, match!, [...new Set(asked.map(({ text }) => text))])
  }

  /** The record a text means. */
  answer({ assignment, text }: Wanted): Answer {
    return this.memory(assignment.match!).get(spelled(assignment.match!, text))
  }

  /** A record that has just come to be. */
  remember(match: Match, text: string, id: string): void {
    this.memory(match).set(spelled(match, text), { id })
  }

  private async find(store: Store, match: Match, texts: readonly string[]): Promise<void> {
    const memory = this.memory(match)
    const usable = texts.filter((text) => isWritable(match, text))
    const records = usable.length === 0 ? [] : await store.find(match.target, match.path, usable, [['id'], match.path])
    for (const record of records) {
      const text = spell(match.kind, walk(record, match.path)) ?? ''
      const id = plainText(record['id'])
      const before = memory.get(text)
      memory.set(text, before === undefined || (before !== 'many' && before.id === id) ? { id } : 'many')
    }
    if (!match.self && !match.create)
      for (const text of texts) if (!memory.has(spelled(match, text))) memory.set(spelled(match, text), undefined)
  }

  private memory({ target, path }: Match): Map<string, Answer> {
    const name = `${target.name}/${path.join('/')}`
    const memory = this.known.get(name) ?? new Map<string, Answer>()
    this.known.set(name, memory)
    return memory
  }
}

/** A value at a path of a record that was read with expanded lookups. */
export function walk(record: Readonly<Record<string, JsonValue>>, path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (value, name) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? value[name] : undefined),
    record,
  )
}

function spelled(match: Match, text: string): string {
  return spell(match.kind, text) ?? ''
}

/** Whether a text can be a value of the matched property at all; the database is not asked otherwise. */
function isWritable({ kind }: Match, text: string): boolean {
  if (text.includes('\u0000')) return false
  if (kind === 'integer') return /^[+-]?\d{1,15}$/.test(text)
  if (kind === 'decimal') return /^[+-]?\d{1,30}(\.\d{1,30})?$/.test(text)
  if (kind === 'uuid') return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
  return kind === 'text'
}

/** Why a lookup's text leads to no record. */
export function lookupProblem({ match }: Assignment, text: string, answer: Answer): Problem {
  const by = match!.path.join('.')
  if (answer === 'many')
    return new Problem('check.reference', {
      detail: `"${text}" is the ${by} of several records of "${match!.target.name}"`,
      hint: 'Match by a field that only one record has',
      params: { rule: 'ambiguous' },
    })
  return new Problem('check.reference', { detail: `There is no "${match!.target.name}" whose ${by} is "${text}"` })
}
