// The buttons of a record: how saving stands, save, discard, more. What they do is the record's business.
import type { FormState } from '@peyvand/core/form/state.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { settings } from '../data/settings.ts'
import { toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { openMenu } from '../kit/popover.ts'
import { say } from '../texts/text.ts'

export type SaveState = 'clean' | 'dirty' | 'saving' | 'saved' | 'failed'

export interface Buttons {
  readonly state: FormState
  readonly saving: SaveState
  readonly savedAt: Date | undefined
  readonly compact: boolean
  /** Buttons the frame adds. */
  readonly tools: unknown
  readonly close: () => void
  readonly discard: () => void
  readonly save: () => void
  readonly reload: () => void
  readonly remove: () => void
  /** Present where the record has a state: makes it active or inactive. */
  readonly toggle?: { readonly active: boolean; readonly run: () => void }
  /** Present on a person, for those who look after privacy. */
  readonly privacy?: () => void
  /** Present on a record that was merged into another. */
  readonly split?: () => void
}

/** Paints the buttons at the head of a record. */
export function paintButtons(buttons: Buttons): TemplateResult {
  const { state, saving, compact, tools, discard, save, close } = buttons
  const { canSave, canDelete, dirty, isNew } = state
  const size = compact ? 'small' : ''
  return html`<span class="save-state ${saving}" role="status">${sayingOf(buttons)}</span>
    ${dirty && !isNew ? html`<button type="button" class="button ghost small" @click=${discard}>${say('discard')}</button>` : nothing}
    ${canSave && (dirty || isNew) ? html`<button type="button" class="button primary ${size} save" ?disabled=${saving === 'saving'} title="Ctrl S" @click=${save}>${say(isNew ? 'create' : 'save')}</button>` : nothing}
    ${canDelete ? html`<button type="button" class="button ghost icon ${size}" aria-label=${say('more')} aria-haspopup="menu" @click=${(event: Event) => openMore(event.currentTarget as HTMLElement, buttons)}>${icon('more')}</button>` : nothing}
    ${tools ?? nothing}${compact ? paintCloser(close) : nothing}`
}

/** The cross that closes a record beside a list. */
export function paintCloser(close: () => void): TemplateResult {
  return html`<button
    type="button"
    class="button ghost icon small"
    aria-label=${say('close')}
    title="Esc"
    @click=${close}
  >
    ${icon('close')}
  </button>`
}

function sayingOf({ saving, savedAt, state }: Buttons): unknown {
  if (saving === 'saving') return say('saving')
  if (saving === 'failed') return html`${icon('alert', 14)}${say('save.failed')}`
  if (state.dirty) return say('save.dirty')
  if (saving !== 'saved' || !savedAt) return nothing
  const time = new Intl.DateTimeFormat(settings.locale, { hour: '2-digit', minute: '2-digit' }).format(savedAt)
  return html`${icon('check', 14)}${say('saved.at', { time })}`
}

function openMore(anchor: HTMLElement, { state, reload, remove, toggle, split, privacy }: Buttons): void {
  const copyLink = () => {
    void navigator.clipboard?.writeText(location.href)
    toast(say('copied'))
  }
  openMenu(
    anchor,
    [
      { label: say('copy.link'), icon: 'link', run: copyLink },
      { label: say('refresh'), icon: 'refresh', disabled: state.dirty, run: reload },
      ...(toggle
        ? [
            {
              label: say(toggle.active ? 'deactivate' : 'activate'),
              icon: toggle.active ? 'lock' : 'check',
              disabled: state.dirty,
              run: toggle.run,
            },
          ]
        : []),
      ...(split ? [{ label: say('split'), icon: 'undo', disabled: state.dirty, run: split }] : []),
      ...(privacy ? [{ label: say('privacy'), icon: 'shield', disabled: state.dirty, run: privacy }] : []),
      'line',
      { label: say('delete'), icon: 'trash', danger: true, run: remove },
    ],
    'end',
  )
}
