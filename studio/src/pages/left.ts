// Lists as people left them: going back in the browser's history shows the same rows at the same place, with what was selected.
import { models } from '../data/model.ts'
import type { Place } from '../views/grid.ts'
import type { Lines } from '../views/windows.ts'

/** A list as it was left: what it showed, where in it the person was, and what they had selected. */
export interface Left {
  /** Names what was asked for: another query is another list. */
  readonly query: string
  readonly rows: Lines
  readonly place: Place
  readonly selected: ReadonlySet<string>
}

const most = 8
const lists = new Map<number, Left>()

// Whoever signs in next begins with nothing of this person.
models.subscribe(() => {
  if (!models.model) lists.clear()
})

/** Remembers a list of an entry of the history; only those left last are kept. */
export function keepLeft(entry: number, list: Left): void {
  if (!models.model) return
  lists.delete(entry)
  lists.set(entry, list)
  const oldest = lists.keys().next().value
  if (lists.size > most && oldest !== undefined) lists.delete(oldest)
}

/** The list as it was left at an entry of the history. */
export const leftAt = (entry: number): Left | undefined => lists.get(entry)
