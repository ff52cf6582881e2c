// Problems in the reader's words: by the rule that was broken where a value is wrong, else by the code.
import { Problem } from '@peyvand/core/base/problem.ts'
import { en } from '../texts/en.ts'
import { say, type TextKey } from '../texts/text.ts'

/** What happened, as one sentence for the person. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return say('problem.internal.unexpected')
  const rule = error.params?.['rule']
  const byRule = `rule.${String(rule)}`
  if (rule !== undefined && byRule in en) return say(byRule as TextKey, { limit: error.params?.['limit'] ?? '' })
  const byCode = `problem.${error.code}`
  return byCode in en ? say(byCode as TextKey) : error.message
}

/** The server's own words, where they add something to the sentence. */
export const detailOf = (error: unknown): string =>
  error instanceof Problem && error.message !== error.title ? error.message : ''
