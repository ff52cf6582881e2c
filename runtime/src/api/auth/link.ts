// One-time links on the wire: asking for a new password, and using a link. Who asks learns nothing of whether there is such an
// account, neither from the answer nor from how long it takes.
import { Hono } from 'hono'
import { mayTry } from '../../auth/attempts.ts'
import { note } from '../../audit/note.ts'
import { addresseeOf, readLink, sendLink, takeLink } from '../../auth/link.ts'
import { checkPassword } from '../../auth/password.ts'
import { emailKey, setPassword } from '../../auth/user.ts'
import { observeError } from '../../observe.ts'
import type { RunningPlatform } from '../../platform.ts'
import { clientAddress } from '../gate.ts'
import { bodyOf, doerOf, textOf } from './ask.ts'
import { signInWithPassword } from './sign-in.ts'

const hour = 3_600_000

/** The routes of one-time links. */
export function linkRoutes(platform: RunningPlatform): Hono {
  const app = new Hono()
  const { config, database } = platform
  app.post('/reset', async (c) => {
    const email = emailKey(textOf(await bodyOf(c), 'email'))
    const from = clientAddress(c, config.trustProxy)
    const limits = [
      { key: `reset ${email}`, most: config.resetLimit, window: hour },
      { key: `reset from ${from}`, most: config.resetLimit * 10, window: hour },
    ]
    await mayTry(database, limits, 'Too many links were asked for')
    const doer = doerOf(c, platform)
    // The work begins after the answer: it takes as long for an address that nobody has.
    setImmediate(() => void send(email, doer).catch((error: unknown) => observeError('reset', error)))
    return c.json({ sent: true }, 202)
  })
  const send = async (email: string, doer: ReturnType<typeof doerOf>) => {
    const to = await addresseeOf(platform, email)
    if (to === undefined) return note(platform, { kind: 'link', outcome: 'refused', ...doer, detail: { for: 'reset' } })
    await sendLink(platform, 'reset', to, doer)
  }
  app.post('/link', async (c) => {
    await mayTry(
      database,
      [{ key: `link from ${clientAddress(c, config.trustProxy)}`, most: config.signInLimit * 8, window: hour / 60 }],
      'Too many links were tried',
    )
    const body = await bodyOf(c)
    const token = textOf(body, 'token')
    if (body['password'] === undefined) return c.json(await readLink(platform, token))
    const password = textOf(body, 'password')
    const { email } = await readLink(platform, token)
    await checkPassword(config, password)
    const { user, kind } = await takeLink(database, platform.schema, token)
    await setPassword(platform, user, password)
    await note(platform, { kind: 'link', outcome: 'used', user, ...doerOf(c, platform), detail: { for: kind } })
    await note(platform, { kind: 'password', outcome: 'changed', user, ...doerOf(c, platform) })
    return signInWithPassword(platform, c, { email, password, rememberMe: true })
  })
  return app
}
