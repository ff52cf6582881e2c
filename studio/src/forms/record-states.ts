// What stands where a record would: it is being read, it is not there, the server failed.
import { Problem } from '@peyvand/core/base/problem.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { icon } from '../kit/icons.ts'
import { state } from '../shell/state.ts'
import { say } from '../texts/text.ts'
import { paintCloser } from './buttons.ts'
import { detailOf, explain } from './explain.ts'

/** The record is on its way; grey bars once that takes long enough to be noticed. */
export function waitingRecord(isSlow: boolean): TemplateResult {
  const bars = html`<div class="record-skeleton" aria-hidden="true">
    <span class="skeleton tall"></span>${Array.from({ length: 8 }, () => html`<span class="skeleton"></span>`)}
  </div>`
  return html`<div class="record-wait" aria-busy="true">${isSlow ? bars : nothing}</div>`
}

/** Whether there is no such record for this person. */
export const isOutOfSight = (error: unknown): boolean =>
  error instanceof Problem && (error.status === 404 || error.status === 403)

/**
 * The record cannot be shown: there is none for this person, or reading it failed and may be tried again. A page of its own shows
 * the way back to the list, where a peek has its closer.
 */
export function brokenRecord(
  error: unknown,
  again: () => void,
  frame: { readonly close: () => void } | { readonly back: TemplateResult },
): TemplateResult {
  const heading = 'back' in frame
  const retry = html`<button class="button" @click=${again}>${icon('refresh')}${say('retry')}</button>`
  return html`<div class="record-wait">
    ${'close' in frame ? html`<div class="tools">${paintCloser(frame.close)}</div>` : nothing}${
      isOutOfSight(error)
        ? state({
            art: 'search',
            title: say('record.missing'),
            text: say('record.missing.text'),
            actions: 'back' in frame ? frame.back : nothing,
            heading,
          })
        : state({ kind: 'broken', title: explain(error), text: detailOf(error), actions: retry, heading })
    }
  </div>`
}
