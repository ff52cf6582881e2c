// What is sensitive asks for the password, or for a session that was proven just now: when the server says so, the person is asked
// and the work is done once more, with what they gave.
import { Problem } from '@peyvand/core/base/problem.ts'
import { html, nothing } from 'lit'
import { confirmPassword } from '../../data/account.ts'
import { explain } from '../../forms/explain.ts'
import { openDialog } from '../../kit/dialog.ts'
import { written } from '../../shell/again.ts'
import { say } from '../../texts/text.ts'

/** Does the work; asks for the password first where the server wants that. Undefined when the person thought better of it. */
export async function proven<T>(work: (password?: string) => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'auth.stale') throw error
    const password = await askPassword()
    return password === undefined ? undefined : work(password)
  }
}

function askPassword(): Promise<string | undefined> {
  let wrong = ''
  return openDialog<string>(
    (answer, repaint) =>
      html`<form
        @submit=${async (event: SubmitEvent) => {
          event.preventDefault()
          try {
            const password = written(new FormData(event.target as HTMLFormElement), 'password')
            await confirmPassword(password)
            answer(password)
          } catch (error) {
            wrong = error instanceof Problem && error.code === 'auth.invalid' ? say('account.wrong') : explain(error)
            repaint()
          }
        }}
      >
        <header class="dialog-head"><h2>${say('account.confirm')}</h2></header>
        <div class="body">
          <p>${say('account.confirm.text')}</p>
          <label class="field"
            ><span class="label">${say('password')}</span
            ><input
              class="input ltr"
              name="password"
              type="password"
              autocomplete="current-password"
              required
              autofocus
          /></label>
          ${wrong ? html`<p class="error" role="alert">${wrong}</p>` : nothing}
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button
          ><button class="button primary">${say('account.continue')}</button>
        </footer>
      </form>`,
    { label: say('account.confirm') },
  )
}
