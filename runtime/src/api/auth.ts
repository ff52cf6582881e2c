// /api/auth: signing in and out, one's own account, one-time links, the first administrator. Decides who may send what to these
// routes at all; nobody needs to be signed in to reach them, so each route says whom it asks for. Of the sign-in library no route
// is open by itself.
import { Hono } from 'hono'
import { Problem } from '@peyvand/core/base/problem.ts'
import { wantedPerson } from '../auth/act-as.ts'
import { mayTry } from '../auth/attempts.ts'
import { checkOrigin } from '../auth/origin.ts'
import { useSetupToken } from '../auth/setup.ts'
import type { RunningPlatform } from '../platform.ts'
import { accountRoutes } from './auth/account.ts'
import { ask, answerWith, bodyOf, textOf } from './auth/ask.ts'
import { linkRoutes } from './auth/link.ts'
import { signInRoutes, signInWithPassword } from './auth/sign-in.ts'
import { clientAddress, headersOf } from './gate.ts'
import { endView, isPersonal } from './view.ts'

/** The routes under /api/auth. */
export function authRoutes(platform: RunningPlatform): Hono {
  const app = new Hono()
  app.use('*', async (c, next) => {
    const foreign = checkOrigin(c.req.raw, platform.config.publicUrl)
    if (foreign !== undefined) throw foreign
    if (wantedPerson(headersOf(c)) !== undefined)
      throw new Problem('access.denied', { target: 'Act-As', detail: 'This is not done in the name of somebody else' })
    const looking = platform.callers.viewed({ headers: headersOf(c) }) !== undefined
    if (looking && isPersonal(c.req.method, c.req.path))
      throw new Problem('access.denied', { target: 'view', detail: 'Leave the view of somebody else first' })
    await next()
    // Whoever comes in or goes looks as themselves again.
    if (looking && c.res.ok && /\/(?:sign-out|sign-in\/\w+)$/.test(c.req.path)) endView(platform, c)
    c.header('cache-control', 'no-store')
  })
  app.post('/setup', async (c) => {
    const key = `setup from ${clientAddress(c, platform.config.trustProxy)}`
    await mayTry(
      platform.database,
      [{ key, most: platform.config.signInLimit * 4, window: 60_000 }],
      'Too many attempts',
    )
    const body = await bodyOf(c)
    const [token, email, password] = ['token', 'email', 'password'].map((name) => textOf(body, name)) as [
      string,
      string,
      string,
    ]
    const name = typeof body['name'] === 'string' && body['name'].trim() !== '' ? body['name'].slice(0, 200) : undefined
    await useSetupToken(platform, token, { email, name, password })
    return signInWithPassword(platform, c, { email, password, rememberMe: true })
  })
  app.get('/get-session', async (c) => {
    const answer = await ask(platform, c, '/get-session')
    return answerWith(answer, answer.body, answer.status)
  })
  app.route('/', signInRoutes(platform))
  app.route('/', accountRoutes(platform))
  app.route('/', linkRoutes(platform))
  app.all('*', () => {
    throw new Problem('missing.path')
  })
  return app
}
