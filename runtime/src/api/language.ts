// Which language an answer is in. Decides between what the request asks for and what the person chose.
import { languages } from '@peyvand/core/base/label.ts'

/** The caller's language: the best one of Accept-Language that we have, else the person's own, else English. */
export function labelLanguage(accepted: string | null | undefined, own: string | null | undefined): string {
  if (accepted) {
    const wishes = accepted.slice(0, 500).split(',').map(wish)
    wishes.sort((a, b) => b.weight - a.weight)
    const known = wishes.find(({ tag, weight }) => weight > 0 && isKnown(tag))
    if (known !== undefined) return known.tag
  }
  return own ?? 'en'
}

function wish(part: string): { tag: string; weight: number } {
  const [tag = '', ...parameters] = part.trim().split(';')
  const q = parameters
    .map((parameter) => /^\s*q=([\d.]{1,5})\s*$/.exec(parameter)?.[1])
    .find((value) => value !== undefined)
  return { tag: tag.trim(), weight: q === undefined ? 1 : Number(q) || 0 }
}

function isKnown(tag: string): boolean {
  return (
    /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(tag) &&
    (languages as readonly string[]).includes(tag.split('-')[0]!.toLowerCase())
  )
}
