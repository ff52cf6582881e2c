// The session ended while someone worked: asks for the password in a dialog, so that nothing typed is lost.
import { html, nothing, type TemplateResult } from 'lit'
import { listen } from '../data/events.ts'
import { models } from '../data/model.ts'
import { showCode } from '../data/account.ts'
import { signIn } from '../data/session.ts'
import { openDialog } from '../kit/dialog.ts'
import { say } from '../texts/text.ts'

/** What was written into a field of a form. */
export function written(data: FormData, name: string): string {
  const value = data.get(name)
  return typeof value === 'string' ? value : ''
}

let asking: Promise<boolean> | undefined

/** Asks the person to sign in again; true when that worked. Many requests at once ask only once. */
export function askSignIn(): Promise<boolean> {
  asking ??= ask().finally(() => {
    asking = undefined
  })
  return asking
}

async function ask(): Promise<boolean> {
  let failed = false
  let step: 'password' | 'code' = 'password'
  const done = await openDialog<boolean>(
    (answer, repaint) =>
      html` <form
        @submit=${async (event: SubmitEvent) => {
          event.preventDefault()
          const data = new FormData(event.target as HTMLFormElement)
          try {
            failed = false
            if (step === 'code') await showCode(written(data, 'code'))
            else if ((await signIn(written(data, 'email'), written(data, 'password'))) === 'second-factor') {
              step = 'code'
              return repaint()
            }
            answer(true)
          } catch {
            failed = true
            repaint()
          }
        }}
      >
        <header class="dialog-head"><h2>${say('again.title')}</h2></header>
        <div class="body">
          <p>${say('again.text')}</p>
          ${step === 'password' ? passwordFields() : codeField()}
          ${failed ? html`<p class="error" role="alert">${say('sign-in.failed')}</p>` : nothing}
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer(false)}>${say('cancel')}</button
          ><button class="button primary">${say('sign-in')}</button>
        </footer>
      </form>`,
    { label: say('again.title') },
  )
  // The stream of events was refused meanwhile; it need not wait any longer.
  if (done) listen()
  return done === true
}

function passwordFields(): TemplateResult {
  return html`<label class="field"
      ><span class="label">${say('email')}</span
      ><input
        class="input ltr"
        name="email"
        type="email"
        autocomplete="username"
        required
        ?readonly=${/* What waits to be sent is this person's. */ models.model?.person.email !== undefined}
        .value=${models.model?.person.email ?? ''}
    /></label>
    <label class="field"
      ><span class="label">${say('password')}</span
      ><input class="input ltr" name="password" type="password" autocomplete="current-password" required autofocus
    /></label>`
}

function codeField(): TemplateResult {
  return html`<label class="field"
    ><span class="label">${say('factor.code')}</span
    ><input class="input ltr" name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus
  /></label>`
}
