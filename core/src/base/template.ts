// Templates of composed texts: `{first_name} {last_name}`. Decides what a template may say and how it is filled in.
import { valueText, type Value } from './kind.ts'

const token = /\{([a-z][a-z0-9_]{0,47})\}/g

/** The names a template asks for, in order; undefined when there are none or a brace is left over. */
export function templateNames(template: string): readonly string[] | undefined {
  const names = [...template.matchAll(token)].map((match) => match[1]!)
  return names.length === 0 || /[{}]/.test(template.replace(token, '')) ? undefined : [...new Set(names)]
}

/**
 * The template with values in it; a value that is missing leaves no double space behind. Null when nothing is left, and at
 * most `limit` characters.
 */
export function compose(template: string, valueOf: (name: string) => Value, limit: number): string | null {
  const filled = template.replace(token, (_, name: string) => valueText(valueOf(name) ?? null))
  const text = filled.replace(/\s+/gu, ' ').trim()
  return text === '' ? null : Array.from(text).slice(0, limit).join('').trimEnd()
}
