// `matchesPattern` without a regular expression engine: the part of the pattern language that is a LIKE pattern, which
// cannot be made to run for long. Anything else is refused by name.
import { Problem } from '../base/problem.ts'

/** The LIKE pattern of a simple regular expression. */
export function likeOf(pattern: string): string | Problem {
  const start = pattern.startsWith('^') ? 1 : 0
  const closed = /(?:^|[^\\])(?:\\\\)*\$$/.test(pattern)
  const end = pattern.length - (closed ? 1 : 0)
  let like = start === 1 ? '' : '%'
  for (let i = start; i < end; i++) {
    const char = pattern[i]!
    if (char === '.') {
      const repeat = pattern[i + 1]
      like += repeat === '*' ? '%' : repeat === '+' ? '_%' : '_'
      if (repeat === '*' || repeat === '+') i++
    } else if (char === '\\') {
      const next = pattern[++i]
      if (next === undefined || /\w/.test(next)) return refuse(`\\${next ?? ''}`)
      like += escape(next)
    } else if ('[](){}*+?|^$'.includes(char)) return refuse(char)
    else if ('*+?{'.includes(pattern[i + 1] ?? ' ') && i + 1 < end) return refuse(pattern[i + 1]!)
    else like += escape(char)
  }
  return closed ? like : `${like}%`
}

function escape(char: string): string {
  return '\\%_'.includes(char) ? `\\${char}` : char
}

function refuse(part: string): Problem {
  return new Problem('request.unsupported', {
    detail: `"${part}" in a pattern of matchesPattern is not supported`,
    hint: 'Patterns know ^ and $ at the ends, ".", ".*" and ".+"; everything else is text',
  })
}

/** Whether the characters match a LIKE pattern: linear for each "%", as PostgreSQL does it. */
export function matchesLike(text: readonly string[], like: string): boolean {
  const tokens = [...like.matchAll(/\\([^])|[^]/gu)].map(([whole, escaped]) => ({
    text: escaped ?? whole,
    any: escaped === undefined && whole === '%',
    one: escaped === undefined && whole === '_',
  }))
  let [at, token, star, mark] = [0, 0, -1, 0]
  while (at < text.length) {
    const now = tokens[token]
    if (now && !now.any && (now.one || now.text === text[at])) {
      at++
      token++
    } else if (now?.any) {
      star = token++
      mark = at
    } else if (star >= 0) {
      token = star + 1
      at = ++mark
    } else return false
  }
  while (tokens[token]?.any) token++
  return token === tokens.length
}
