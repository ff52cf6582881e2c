// A person's choices in their own record on the server, so that they are found again on another machine. The browser keeps
// its own copy, which also serves whoever is signed out; a choice made there goes to the server with the next sign-in.
import { fetchJson } from './http.ts'
import { models } from './model.ts'
import { settings, type ChoiceName } from './settings.ts'

let sending = Promise.resolve()

/** Starts to keep choices on the server while somebody is signed in. */
export function keepPreferences(): void {
  settings.subscribe(() => {
    sending = sending.then(send)
  })
}

/** Takes over what this person chose elsewhere, and hands in what was chosen here before signing in. */
export async function meetPreferences(): Promise<void> {
  // Who looks as somebody else keeps their own ways of looking.
  if (models.model?.person.view !== undefined) return
  await settings.adopt(models.model?.person.settings ?? {})
  await (sending = sending.then(send))
}

/** Sends what the server does not have yet. A failure is no one's concern: it is tried again with the next choice. */
async function send(): Promise<void> {
  const names = [...settings.unsent]
  if (names.length === 0 || !models.model || models.model.person.view !== undefined) return
  const body = Object.fromEntries(names.map((name) => [name, chosen(name)]))
  try {
    await fetchJson('/api/me', { method: 'PATCH', body })
  } catch {
    return
  }
  settings.sent(names.filter((name) => body[name] === chosen(name)))
}

const chosen = (name: ChoiceName): string | null => (name === 'calendar' ? settings.chosenCalendar : settings[name])
