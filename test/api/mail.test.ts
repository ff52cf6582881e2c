// Do mails about accounts leave through a real mail server, with nothing in them that others typed; and where everybody needs a
// second factor, does a link or a password alone open anything?
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeAt } from '../support/authenticator.ts'
import { startMailServer, type MailServer } from '../support/smtp.ts'
import { adminEmail, adminPassword, call, startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { Visitor } from '../support/visitor.ts'

const password = 'my first password'

describe('a mail server, and a second factor for everybody', () => {
  let server: TestServer
  let mail: MailServer
  let refusing: MailServer
  beforeAll(async () => {
    ;[mail, refusing] = await Promise.all([startMailServer(), startMailServer({ refuses: true })])
    server = await startServer({
      engine: 'pglite',
      env: {
        MAIL_URL: `smtp://sender:canary-of-mail@127.0.0.1:${mail.port}/?ignoreTLS=true`,
        MAIL_FROM: 'Peyvand <peyvand@example.com>',
        SECOND_FACTOR: 'everyone',
      },
    })
  })
  afterAll(async () => {
    await server?.stop()
    await Promise.all([mail?.stop(), refusing?.stop()])
  })

  const invite = (email: string, more: object = {}) => call(server, 'POST', '/api/users/invite', { email, ...more })
  const mailTo = (email: string) => until(() => mail.mails.find(({ to }) => to.includes(email)))
  const tokenIn = (body: string) => {
    const link = body.split('\n').find((line) => line.startsWith('http'))!
    expect(link.startsWith(`${server.url}/`)).toBe(true)
    return new URL(link).searchParams.get('token')
  }

  it('an invitation arrives, its link stands in the mail alone, and the account opens with a second factor only', async () => {
    const email = 'guest@example.com'
    const answer = await invite(email, { name: 'Guest', roles: [] })
    expect(answer.status, answer.text).toBe(201)
    expect(answer.text).not.toContain('token=')
    const taken = await mailTo(email)
    expect(taken).toMatchObject({ from: 'peyvand@example.com', to: [email] })
    expect(taken.headers.get('from')).toBe('Peyvand <peyvand@example.com>')
    expect(taken.headers.get('subject')).toBe('You are invited')
    expect(mail.logins).toContain('sender\0canary-of-mail')
    const token = tokenIn(taken.body)
    expect(server.output()).not.toContain(token)
    const visitor = new Visitor(server)
    expect((await visitor.post('/link', { token, password })).status).toBe(200)
    for (const path of ['/api/me', '/api/model', '/api/data/v1/users', '/api/keys', '/api/search?q=a'])
      expect((await visitor.ask('GET', path)).text, path).toContain('"auth.factor"')
    const { json } = await visitor.post('/two-factor/enroll', { password })
    expect((await visitor.post('/sign-in/code', { code: codeAt(json['uri'] as string) })).status).toBe(200)
    expect(await visitor.status()).toBe(200)
    // The password alone is half of the way from here on.
    const later = new Visitor(server)
    expect((await later.signIn(email, password)).json).toMatchObject({ secondFactor: true })
    expect(await later.status()).toBe(401)
  })

  it('the administrator is no exception, and keys need none', async () => {
    const visitor = new Visitor(server)
    await visitor.signIn(adminEmail, adminPassword)
    expect((await visitor.ask('GET', '/api/me')).text).toContain('"auth.factor"')
    expect((await call(server, 'GET', '/api/me')).status).toBe(200)
  })

  it('a mail is in the language of its reader, and says nothing that somebody typed', async () => {
    const email = 'reader@example.com'
    await call(server, 'POST', '/api/users', { email, name: 'Win <b>money</b> http://evil.example', password })
    const { json } = await call(server, 'GET', `/api/data/v1/users?$filter=email eq '${email}'`)
    const [person] = (json as { value: { id: string }[] }).value
    await call(server, 'PATCH', `/api/data/v1/users(${person!.id})`, { language: 'fa' })
    expect((await new Visitor(server).post('/reset', { email })).status).toBe(202)
    const { body, headers } = await mailTo(email)
    expect(body).toContain('رمز عبور')
    expect(body + [...headers.values()].join('\n')).not.toMatch(/evil|money/)
  })

  it.each(['a@example.com\r\nBcc: evil@example.com', 'a@example.com, evil@example.com', '<a@example.com>\nX: y'])(
    'nobody writes a header by an address: %j',
    async (email) => {
      const before = mail.mails.length
      expect((await invite(email)).status).toBe(422)
      expect((await new Visitor(server).post('/reset', { email })).status).toBe(202)
      expect(mail.mails.slice(before).flatMap(({ to }) => to)).not.toContain('evil@example.com')
    },
  )

  it('whoever asks for a new password gets the same answer whether the mail server takes it or not', async () => {
    const other = await startServer({
      engine: 'pglite',
      env: { MAIL_URL: `smtp://sender:canary-of-mail@127.0.0.1:${refusing.port}/?ignoreTLS=true` },
    })
    try {
      const answers = await Promise.all(
        [adminEmail, 'nobody@example.com'].map((email) => new Visitor(other).post('/reset', { email })),
      )
      expect(answers.map(({ status, text }) => `${status} ${text}`)).toEqual([
        `202 ${answers[1]!.text}`,
        `202 ${answers[1]!.text}`,
      ])
      await until(() => (other.output().includes('nobody here') ? true : undefined))
      expect(other.output()).not.toContain('canary-of-mail')
    } finally {
      await other.stop()
    }
  })
})
