// Moving about in a grid of buttons with the keyboard: one of them can be reached by Tab, arrows go to the next in reading
// direction, Home and End to the ends of the row, with Control to those of the grid.

interface Keys {
  /** After painting: one button is the way in. */
  readonly settle: () => void
  readonly focused: (event: Event) => void
  /** Moves the focus when the key is one that moves. */
  readonly pressed: (event: KeyboardEvent) => void
}

/** The keys of the grid inside an element; rows without buttons are passed over. */
export function keysOf(host: HTMLElement, grid: string): Keys {
  let current: HTMLElement | undefined
  const rows = (): HTMLElement[][] =>
    [...host.querySelectorAll(`${grid} [role=row]`)]
      .map((row) => [...row.querySelectorAll<HTMLElement>(':scope > [role]')])
      .filter((cells) => cells.some((cell) => cell.querySelector('button')))
  const reach = (button: HTMLElement | null | undefined): void => {
    if (!button || button === current) return
    if (current) current.tabIndex = -1
    current = button
    button.tabIndex = 0
  }
  return {
    settle: () => {
      if (!current?.isConnected) reach(host.querySelector<HTMLElement>(`${grid} [data-entity] button`))
    },
    focused: (event) => reach((event.target as Element).closest<HTMLElement>('button')),
    pressed: (event) => {
      const all = rows()
      const row = all.findIndex((cells) => cells.some((cell) => cell.contains(event.target as Node)))
      if (row < 0 || event.altKey || event.metaKey) return
      const column = all[row]!.findIndex((cell) => cell.contains(event.target as Node))
      const to = target(event, { row, column, rows: all.length, columns: all[row]!.length })
      if (!to) return
      event.preventDefault()
      // A cell may hold nothing: then the nearest before it.
      let at = to.column
      while (at > 0 && !all[to.row]![at]?.querySelector('button')) at--
      const button = all[to.row]![at]?.querySelector('button')
      // Focus alone leaves what is half covered where it is.
      button?.focus({ preventScroll: true })
      button?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    },
  }
}

interface Place {
  readonly row: number
  readonly column: number
  readonly rows: number
  readonly columns: number
}

function target(
  { key, ctrlKey, target: from }: KeyboardEvent,
  { row, column, rows, columns }: Place,
): { readonly row: number; readonly column: number } | undefined {
  const forward = getComputedStyle(from as Element).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
  const inside = (value: number, count: number) => Math.max(0, Math.min(value, count - 1))
  if (key === 'ArrowDown') return { row: inside(row + 1, rows), column }
  if (key === 'ArrowUp') return { row: inside(row - 1, rows), column }
  if (key === 'PageDown') return { row: inside(row + 10, rows), column }
  if (key === 'PageUp') return { row: inside(row - 10, rows), column }
  if (key === 'ArrowLeft' || key === 'ArrowRight')
    return { row, column: inside(column + (key === forward ? 1 : -1), columns) }
  if (key === 'Home') return { row: ctrlKey ? 0 : row, column: 0 }
  if (key === 'End') return { row: ctrlKey ? rows - 1 : row, column: columns - 1 }
  return undefined
}
