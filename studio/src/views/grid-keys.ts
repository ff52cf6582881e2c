// The keyboard of a grid: which key does what on the active line. The grid carries it out.
import type { Row } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import type { GroupLine } from './groups.ts'

export interface Steered {
  /** The active line, how many there are, and how many fit a page. */
  readonly line: number
  readonly lines: number
  readonly page: number
  readonly column: number
  readonly lastColumn: number
  /** What the active line is. */
  readonly row: Row | undefined
  readonly group: GroupLine | undefined
  readonly hasSelection: boolean
  readonly toLine: (line: number) => void
  readonly toColumn: (column: number) => void
  /** Folds or opens a group; the other way round when it is not said. */
  readonly fold: (group: GroupLine, folded?: boolean) => void
  readonly tell: (type: string, detail?: unknown) => void
}

/** What a key press does; undefined when it is none of the grid's. */
export function moveOf(event: KeyboardEvent, grid: Steered): (() => void) | undefined {
  const { line, page, row } = grid
  const open = (how: 'peek' | 'page' | 'tab') => {
    if (row) grid.tell('open-row', { row, index: line, how })
  }
  const moves: Readonly<Record<string, () => void>> = {
    ArrowDown: () => grid.toLine(line + 1),
    ArrowUp: () => grid.toLine(line - 1),
    PageDown: () => grid.toLine(line + page),
    PageUp: () => grid.toLine(line - page),
    ...sideways(grid),
    Home: () => {
      grid.toColumn(0)
      if (event.ctrlKey) grid.toLine(0)
    },
    End: () => {
      grid.toColumn(grid.lastColumn)
      if (event.ctrlKey) grid.toLine(grid.lines - 1)
    },
    ' ': () => {
      if (grid.group) grid.fold(grid.group)
      else if (row) grid.tell('select-row', { row, index: line, range: event.shiftKey })
    },
    Enter: () => {
      if (grid.group) grid.fold(grid.group)
      else open(event.altKey ? 'peek' : event.ctrlKey || event.metaKey ? 'tab' : 'page')
    },
    p: () => open('peek'),
    Delete: () => {
      if (grid.hasSelection) grid.tell('delete-selected')
    },
  }
  return moves[event.key]
}

/** On a row the arrows go from cell to cell, on a group they open and fold it. */
function sideways({ column, lastColumn, group, fold, toColumn }: Steered): Readonly<Record<string, () => void>> {
  const [forward, backward] = settings.rtl ? ['ArrowLeft', 'ArrowRight'] : ['ArrowRight', 'ArrowLeft']
  return {
    [forward]: () => (group ? fold(group, false) : toColumn(Math.min(lastColumn, column + 1))),
    [backward]: () => (group ? fold(group, true) : toColumn(Math.max(0, column - 1))),
  }
}
