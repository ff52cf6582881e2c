// Lists as the formatter writes them: on one line while they fit, else one item a line. Generated files are formatted too.

/** unit: characters. */
const width = 120

/** `before[items]after`, broken when it does not fit. */
export function printList(before: string, items: readonly string[], after: string, indent: string): string {
  const line = `${indent}${before}[${items.join(', ')}]${after}`
  if (line.length <= width) return line
  return `${indent}${before}[\n${items.map((item) => `${indent}  ${item},`).join('\n')}\n${indent}]${after}`
}
