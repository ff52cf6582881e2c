// A text with the parts that were found in it. The text is data: it is painted as text, never as markup.
import { html, type TemplateResult } from 'lit'

/** Paints a text with <mark> around the ranges (UTF-16 units, in order, without overlaps). */
export function marked(text: string, ranges: readonly (readonly [start: number, end: number])[]): TemplateResult {
  const parts: unknown[] = []
  let last = 0
  for (const [start, end] of ranges) {
    if (start < last || end > text.length) continue
    parts.push(text.slice(last, start), html`<mark>${text.slice(start, end)}</mark>`)
    last = end
  }
  return html`<bdi class="found-text">${parts}${text.slice(last)}</bdi>`
}
