// Which character separates the cells of a text file: the one that gives the most even rows.

const candidates = [',', ';', '\t', '|'] as const

/**
 * The delimiter of a text from its beginning. Quoted cells are skipped, so that a delimiter inside them counts for
 * nothing. A first line `sep=;`, as spreadsheets write it, decides. `cut` says that the last line may be incomplete.
 */
export function detectDelimiter(head: string, cut = false): string {
  const said = /^\uFEFF?sep=(.)\r?\n/.exec(head)
  if (said) return said[1]!
  let best = ','
  let bestScore = 0
  for (const candidate of candidates) {
    const score = scoreWidths(countCells(head, candidate, cut))
    if (score > bestScore) [best, bestScore] = [candidate, score]
  }
  return best
}

/** Cells per row: how many the header has, times the share of rows that agree with it. */
function scoreWidths(widths: readonly number[]): number {
  const header = widths[0] ?? 0
  if (header < 2) return 0
  const even = widths.filter((width) => width === header).length / widths.length
  return header * even ** 2
}

function countCells(text: string, delimiter: string, cut: boolean): number[] {
  const widths: number[] = []
  let width = 1
  let quoted = false
  let empty = true
  for (const char of text) {
    if (char === '"') quoted = !quoted
    if (!quoted && (char === '\n' || char === '\r')) {
      if (!empty) widths.push(width)
      ;[width, empty] = [1, true]
      continue
    }
    if (!quoted && char === delimiter) width++
    empty = false
  }
  if (!empty && (!cut || widths.length === 0)) widths.push(width)
  return widths.slice(0, 200)
}
