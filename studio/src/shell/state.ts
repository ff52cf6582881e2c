// The states a list, form or panel can be in besides filled: empty (why, and the one next action) and broken (what, and retry).
import { html, nothing, type TemplateResult } from 'lit'
import { icon } from '../kit/icons.ts'

/** Paints an empty or broken state. */
export function state(what: {
  kind?: 'empty' | 'broken'
  art?: string
  title: string
  text?: unknown
  actions?: unknown
  /** The page has no other heading. */
  heading?: boolean
}): TemplateResult {
  const kind = what.kind ?? 'empty'
  return html`<div class="state ${kind}" role=${kind === 'broken' ? 'alert' : nothing}>
    <span class="art">${icon(what.art ?? (kind === 'broken' ? 'alert' : 'inbox'), 24)}</span>
    ${what.heading ? html`<h1>${what.title}</h1>` : html`<h2>${what.title}</h2>`}
    ${what.text ? html`<p>${what.text}</p>` : nothing}
    ${what.actions ? html`<div class="actions">${what.actions}</div>` : nothing}
  </div>`
}
