// Dialogs and toasts: what asks before it goes on, and what only tells.
import { html, LitElement, nothing, render, type TemplateResult } from 'lit'
import { icon } from './icons.ts'
import { say } from '../texts/text.ts'

/** Opens a modal dialog and waits for its answer; undefined when it is dismissed. The content gets the way to answer. */
export function openDialog<T>(
  content: (answer: (value?: T) => void, repaint: () => void) => TemplateResult,
  options: { wide?: boolean; label?: string } = {},
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const dialog = document.createElement('dialog')
    if (options.wide) dialog.className = 'wide'
    if (options.label) dialog.setAttribute('aria-label', options.label)
    let value: T | undefined
    const answer = (given?: T) => {
      value = given
      dialog.close()
    }
    const repaint = () => render(content(answer, repaint), dialog)
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(value)
    })
    document.body.append(dialog)
    repaint()
    dialog.showModal()
    void beginAtFirst(dialog)
  })
}

/** Elements paint a moment after the dialog opened, which then has begun at whatever was there first: it begins at the first of all. */
async function beginAtFirst(dialog: HTMLDialogElement): Promise<void> {
  for (const part of dialog.querySelectorAll('*')) if (part instanceof LitElement) await part.updateComplete
  const controls = '.body :is(input, textarea, button, a[href]):not(:disabled, [tabindex="-1"])'
  const first = dialog.querySelector<HTMLElement>('[autofocus]') ?? dialog.querySelector<HTMLElement>(controls)
  first?.focus()
}

/** Asks yes or no; true for yes. */
export async function confirm(question: {
  title: string
  body?: unknown
  yes: string
  no?: string
  danger?: boolean
}): Promise<boolean> {
  const yes = await openDialog<boolean>(
    (answer) =>
      html` <header><h2>${question.title}</h2></header>
        ${question.body ? html`<div class="body"><p>${question.body}</p></div>` : nothing}
        <footer>
          <button type="button" class="button" @click=${() => answer(false)}>${question.no ?? say('cancel')}</button>
          <button
            type="button"
            class="button ${question.danger ? 'danger' : 'primary'}"
            autofocus
            @click=${() => answer(true)}
          >
            ${question.yes}
          </button>
        </footer>`,
    { label: question.title },
  )
  return yes === true
}

let tray: HTMLElement | undefined

/** Tells something for a few seconds, with at most one thing to do about it. */
export function toast(text: unknown, action?: { label: string; run: () => void }, kind: 'good' | 'bad' = 'good'): void {
  if (!tray) {
    tray = document.createElement('div')
    tray.className = 'toasts'
    tray.popover = 'manual'
    tray.setAttribute('role', 'status')
    document.body.append(tray)
  }
  if (tray.matches(':popover-open')) tray.hidePopover()
  tray.showPopover()
  const box = document.createElement('div')
  box.className = 'toast'
  const close = () => {
    box.remove()
    if (!tray!.childElementCount) tray!.hidePopover()
  }
  render(
    html`${icon(kind === 'good' ? 'check' : 'alert')}<span>${text}</span>${
        action
          ? html`<button
              type="button"
              @click=${() => {
                close()
                action.run()
              }}
            >
              ${action.label}
            </button>`
          : nothing
      } <button type="button" aria-label=${say('close')} @click=${close}>${icon('close', 14)}</button>`,
    box,
  )
  tray.append(box)
  // Whoever is reading it, or about to press its button, is not hurried.
  const closeUnread = () => {
    if (box.matches(':hover, :focus-within')) setTimeout(closeUnread, 2_000)
    else close()
  }
  setTimeout(closeUnread, action ? 10_000 : 5_000)
}
