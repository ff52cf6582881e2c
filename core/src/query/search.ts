// `$search`: words and "phrases" that must all be found, each possibly negated with NOT.
import { Problem } from '../base/problem.ts'
import type { SearchTerm } from './tree.ts'

const maxTerms = 10
const pattern = /\s+|"([^"]*)"|([^\s"()]+)|([^])/y

/** The terms of a search text. */
export function splitSearch(text: string): SearchTerm[] | Problem {
  const terms: SearchTerm[] = []
  let not = false
  pattern.lastIndex = 0
  while (pattern.lastIndex < text.length) {
    const position = pattern.lastIndex
    const [, phrase, word, other] = pattern.exec(text)!
    if (other !== undefined) return wrong(`"${other}" cannot stand`, position)
    if (word === 'OR')
      return new Problem('request.unsupported', {
        detail: '"OR" in a search is not supported',
        target: '$search',
        position,
      })
    if (word === 'NOT') not = true
    const term = phrase ?? (word === 'AND' || word === 'NOT' ? undefined : word)
    if (term === undefined || term === '') continue
    terms.push({ text: term, ...(not ? { not } : {}) })
    not = false
    if (terms.length > maxTerms)
      return new Problem('limit.size', {
        detail: `A search may have at most ${maxTerms} words`,
        target: '$search',
        position,
      })
  }
  return terms.length > 0 ? terms : wrong('There is nothing to search for', 0)
}

function wrong(detail: string, position: number): Problem {
  return new Problem('request.syntax', {
    detail: `${detail} at position ${position} of "$search"`,
    target: '$search',
    position,
    hint: 'Write words, or a phrase in double quotes',
  })
}
