// What else a plan changes, in a list: what depends on it, and why. The words for kinds and steps stand here too, because plans
// name more of them than have a translation.
import { html, type TemplateResult } from 'lit'
import { enStudio } from '../texts/en-studio.ts'
import { say, type TextKey } from '../texts/text.ts'

/** One thing that a plan affects, as far as is shown. */
export interface AffectedPart {
  readonly kind: string
  readonly name: string
  readonly because: string
}

/** The list of what a plan affects. */
export function paintAffects(affects: readonly AffectedPart[]): TemplateResult {
  return html`<ul class="affects card">
    ${affects.map(({ kind, name, because }) => html`<li><span class="badge">${word(`kind.${kind}`, kind)}</span><strong class="ltr">${name}</strong><span class="quiet" dir="auto">${because}</span></li>`)}
  </ul>`
}

/** A translated word, or the word as it is. */
export function word(key: string, fallback: string): string {
  return key in enStudio ? say(key as TextKey) : fallback.replaceAll('_', ' ')
}
