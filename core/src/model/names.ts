// Names of parts that say nothing of their own label or plural.
import type { Label } from '../base/label.ts'

/** `close_date` → "Close date". */
export function labelFromName(name: string): Label {
  const text = name.replaceAll('_', ' ').trim()
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** The entity set of an entity that names none: company → companies, box → boxes, deal → deals. */
export function pluralName(name: string): string {
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`
  if (/(s|x|z|ch|sh)$/.test(name)) return `${name}es`
  return `${name}s`
}
