// Regular expressions that people write into definitions. Decides which are safe to run on a server; matching itself is
// the platform's. Refused: long ones, back-references, repeats inside repeats, repeated alternatives, and more open repeats
// than the length of the text allows (a backtracking matcher takes about length ^ repeats steps).

/** unit: characters. */
export const maxPatternLength = 200

/** unit: matcher steps, about a tenth of a second. */
const mostSteps = 1e8

/** Why a pattern is refused for texts of up to `longest` characters, in one sentence; undefined when it may run. */
export function patternProblem(pattern: string, longest: number): string | undefined {
  if (pattern.length > maxPatternLength) return `A pattern can have at most ${maxPatternLength} characters`
  const unread = readError(pattern)
  if (unread !== undefined) return `This is not a regular expression: ${unread}`
  const found = scan(pattern)
  if (typeof found === 'string') return found
  const open = found + (pattern.startsWith('^') ? 0 : 1)
  if (longest ** open <= mostSteps) return undefined
  return `This pattern can take very long on ${longest} characters; use fewer of *, + and {n,}, start it with ^, or lower maxLength`
}

function readError(pattern: string): string | undefined {
  try {
    return new RegExp(pattern, 'u').source === '' ? 'it is empty' : undefined
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^.*: /, '') : 'it cannot be read'
  }
}

interface Group {
  repeats: boolean
  alternatives: boolean
}

/** The number of open repeats, or why the pattern is refused. */
function scan(pattern: string): number | string {
  const groups: Group[] = [{ repeats: false, alternatives: false }]
  let closed: Group | undefined
  let open = 0
  for (let i = 0; i < pattern.length; i++) {
    const repeat = repeatAt(pattern, i)
    if (repeat !== undefined) {
      if (closed?.repeats && repeat.most > 32)
        return 'A repeat inside a repeat can take very long; write it without nesting'
      if (closed?.alternatives && repeat.most > 32)
        return 'A repeated choice (a|b)* can take very long; use a character class [ab]*'
      if (repeat.most === Infinity) open++
      if (repeat.most > 1) for (const group of groups) group.repeats = true
      i += repeat.length - 1
      closed = undefined
      continue
    }
    closed = undefined
    const char = pattern[i]!
    if (char === '\\') {
      if (/[1-9k]/.test(pattern[i + 1] ?? '')) return 'Back-references are not allowed in a pattern'
      i++
    } else if (char === '[') i = endOfClass(pattern, i)
    else if (char === '(') groups.push({ repeats: false, alternatives: false })
    else if (char === ')') closed = groups.pop()
    else if (char === '|') for (const group of groups) group.alternatives = true
  }
  return open
}

function repeatAt(pattern: string, at: number): { most: number; length: number } | undefined {
  const char = pattern[at]
  const lazy = (length: number): number => length + (pattern[at + length] === '?' ? 1 : 0)
  if (char === '*' || char === '+') return { most: Infinity, length: lazy(1) }
  if (char === '?' && pattern[at - 1] !== '(') return { most: 1, length: lazy(1) }
  const match = char === '{' ? /^\{(\d+)(,(\d*))?\}/.exec(pattern.slice(at)) : null
  if (!match) return undefined
  const most = match[2] === undefined ? Number(match[1]) : match[3] === '' ? Infinity : Number(match[3])
  return { most, length: lazy(match[0].length) }
}

function endOfClass(pattern: string, start: number): number {
  let i = start + 1
  while (i < pattern.length && pattern[i] !== ']') i += pattern[i] === '\\' ? 2 : 1
  return i
}
