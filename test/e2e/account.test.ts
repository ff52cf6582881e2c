// One's own account in a real browser: setting up a second factor and signing in with it, a passkey (of a virtual authenticator),
// sessions, keys, an invitation, a new password; in English and Persian. SHOTS=<folder> keeps pictures.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeAt, nextCode } from '../support/authenticator.ts'
import { findBrowser } from '../support/browser.ts'
import { freePort } from '../support/postgres.ts'
import { adminEmail, adminPassword, call } from '../support/server.ts'
import { until } from '../support/until.ts'
import { axe, openPage, signIn, startApp, type RunningApp, type Watched } from './app.ts'

const browser = findBrowser()
if (browser === undefined) console.log('SKIPPED: browser tests of accounts (no Chromium found)')
const shots = process.env['SHOTS']

describe.skipIf(browser === undefined)('an account', () => {
  let app: RunningApp
  beforeAll(async () => {
    // Browsers make passkeys for names, not for addresses.
    const port = await freePort()
    const url = `http://localhost:${port}`
    app = await startApp({ engine: 'pglite', solutions: 'none', port, env: { DEMO: '0', PUBLIC_URL: url } })
    app = { ...app, url }
  })
  afterAll(() => app?.stop())

  const open = async (path: string, language = 'en', signedIn = false): Promise<Watched> => {
    const watched = await openPage(app, { language, width: 1280, height: 900 })
    watched.page.setDefaultTimeout(15_000)
    if (signedIn) await signIn(app, watched)
    await watched.page.goto(app.url + path)
    return watched
  }
  const shoot = async ({ page }: Watched, name: string) => {
    if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
  }
  const fill = async ({ page }: Watched, email: string, password: string) => {
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', password)
    await page.click('.door-card .primary')
  }

  /** Complaints, but for the 403 with which the server asks for the password once more. */
  const besidesQuestions = ({ complaints }: Watched) => complaints().filter((each) => !/\b403\b.*two-factor/.test(each))
  /** What is sensitive asks for the password once more. */
  const confirmWith = async ({ page }: Watched, password: string) => {
    await page.fill('dialog [name=password]', password)
    await page.click('dialog .primary')
  }

  test('takes a passkey, and opens with it', async () => {
    const watched = await open('/account', 'en', true)
    const { page, context } = watched
    const session = await context.newCDPSession(page)
    await session.send('WebAuthn.enable')
    await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    await page.click('pv-passkeys button:has-text("Add a passkey")')
    await page.waitForSelector('pv-passkeys .rows li')
    expect(await axe(page)).toEqual([])
    await shoot(watched, 'account-en')
    await page.context().clearCookies()
    await page.goto(`${app.url}/sign-in?next=%2Faccount`)
    await page.click('button:has-text("Sign in with a passkey")')
    await page.waitForSelector('pv-sessions .rows li:has-text("Passkey")')
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })

  test('takes a second factor, and asks for it', async () => {
    const watched = await open('/account', 'en', true)
    const { page } = watched
    await page.click('pv-enrol button.primary')
    await confirmWith(watched, adminPassword)
    await page.waitForSelector('.qr path')
    expect(await page.locator('.codes li').count()).toBe(10)
    expect(await axe(page)).toEqual([])
    await shoot(watched, 'enrol-en')
    const uri = await page.evaluate(() => {
      const secret = document.querySelector('.secret')!.textContent.replace(/\s/g, '')
      return `otpauth://totp/x?secret=${secret}`
    })
    await page.fill('pv-enrol [name=code]', codeAt(uri))
    await page.click('pv-enrol form .primary')
    await page.waitForSelector('pv-factor .badge.good')
    expect(besidesQuestions(watched)).toEqual([])
    await watched.context.close()

    for (const language of ['fa', 'en']) {
      const fresh = await open('/sign-in?next=%2Faccount', language)
      await fill(fresh, adminEmail, adminPassword)
      await fresh.page.waitForSelector('.input.code')
      expect(await axe(fresh.page)).toEqual([])
      await shoot(fresh, `code-${language}`)
      if (language === 'en') {
        await fresh.page.fill('[name=code]', '000000')
        await fresh.page.click('.door-card .primary')
        await fresh.page.waitForSelector('.notice.bad')
        await fresh.page.fill('[name=code]', nextCode(uri))
        await fresh.page.click('.door-card .primary')
        await fresh.page.waitForSelector('pv-sessions .rows li')
        await fresh.page.click('pv-factor .ghost')
        await fresh.page.click('dialog .danger')
        await confirmWith(fresh, adminPassword)
        await fresh.page.waitForSelector('pv-enrol')
      }
      await fresh.context.close()
    }
  })

  test('is told in Persian too', async () => {
    const watched = await open('/sign-in', 'fa')
    await shoot(watched, 'sign-in-fa')
    await watched.context.close()
    const account = await open('/account', 'fa', true)
    await account.page.waitForSelector('pv-sessions .rows li')
    expect(await axe(account.page)).toEqual([])
    await account.page.click('pv-enrol button.primary')
    await confirmWith(account, adminPassword)
    await account.page.waitForSelector('.qr path')
    await shoot(account, 'account-fa')
    expect(besidesQuestions(account)).toEqual([])
    await account.context.close()
  })

  test('makes a key and shows it once', async () => {
    const watched = await open('/account', 'en', true)
    const { page } = watched
    await page.click('pv-keys button:has-text("New API key")')
    await page.fill('dialog [name=name]', 'Nightly sync')
    await page.check('dialog [name=read]')
    expect(await axe(page)).toEqual([])
    await shoot(watched, 'key-en')
    await page.click('dialog .primary')
    const key = await page.textContent('dialog .secret')
    expect(key).toMatch(/^\s*pvd_[\w-]{43}\s*$/)
    await page.click('dialog .primary')
    await page.waitForSelector('pv-keys .rows li:has-text("Nightly sync")')
    await watched.context.close()
  })

  test('begins with an invitation, and is found again with a link', async () => {
    const server = { url: app.url, adminKey: app.server!.adminKey }
    const invited = await call(server, 'POST', '/api/users/invite', {
      email: 'mina@example.com',
      name: 'Mina',
      roles: ['administrator'],
    })
    const { link } = invited.json as { link: string }
    const watched = await open(new URL(link).pathname + new URL(link).search, 'fa')
    const { page } = watched
    await page.waitForSelector('[name=password]')
    expect(await axe(page)).toEqual([])
    await shoot(watched, 'invitation-fa')
    await page.fill('[name=password]', 'my very own words')
    await page.click('.door-card .primary')
    await page.waitForSelector('pv-sidebar .me:has-text("Mina")')
    await page.goto(link)
    await page.waitForSelector('.door-card a[href="/sign-in"]')
    await watched.context.close()

    const lost = await open('/sign-in')
    await shoot(lost, 'sign-in-en')
    await lost.page.click('button:has-text("Forgot your password?")')
    await lost.page.fill('[name=email]', 'mina@example.com')
    await lost.page.click('.door-card .primary')
    await lost.page.waitForSelector('h1:has-text("Look at your mail")')
    const [, path] = await until(
      () => /https?:\/\/[^/]+(\/new-password\?token=[\w-]+)/.exec(app.server!.output()) ?? undefined,
    )
    await lost.page.goto(app.url + path!)
    await lost.page.waitForSelector('[name=password]')
    await shoot(lost, 'new-password-en')
    await lost.page.fill('[name=password]', 'another set of words')
    await lost.page.click('.door-card .primary')
    await lost.page.waitForSelector('pv-sidebar .me:has-text("Mina")')
    expect(lost.complaints()).toEqual([])
    await lost.context.close()
  })

  test('is seen and closed by an administrator: sessions, keys, second factor, a link', async () => {
    const server = { url: app.url, adminKey: app.server!.adminKey }
    const email = 'sara@example.com'
    const made = await call(server, 'POST', '/api/users', { email, name: 'Sara', password: adminPassword, roles: [] })
    const { id } = made.json as { id: string }
    await call(server, 'POST', '/api/users/keys', { email, name: 'Nightly sync' })
    const theirs = await Promise.all([open('/sign-in'), open('/sign-in')])
    for (const one of theirs) {
      await fill(one, email, adminPassword)
      await one.page.waitForSelector('pv-sidebar .me:has-text("Sara")')
    }
    const sessions = async () =>
      ((await call(server, 'GET', `/api/users/${id}/sessions`)).json as { value: unknown[] }).value.length
    for (const language of ['fa', 'en']) {
      const watched = await open(`/a/administration/user/${id}`, language, true)
      const { page } = watched
      await page.waitForSelector('.person-doors li:has-text("Nightly sync")')
      expect(await axe(page)).toEqual([])
      await shoot(watched, `person-${language}`)
      if (language === 'en') {
        await page.click('.person-doors li button[aria-label^="Sign out"]')
        await until(async () => ((await sessions()) === 1 ? true : undefined))
        await page.click('.person-doors button:has-text("Send a link")')
        await page.waitForSelector('dialog .secret:has-text("token=")')
        expect(await axe(page)).toEqual([])
        await shoot(watched, 'person-link-en')
        await page.click('dialog .primary')
        await page.click('.person-doors li button[aria-label^="End key"]')
        await page.click('dialog .danger')
        await page.waitForSelector('.person-doors li:has-text("Nightly sync")', { state: 'detached' })
      }
      expect(watched.complaints()).toEqual([])
      await watched.context.close()
    }
    for (const one of theirs) await one.context.close()
  })

  test('is asked for a second factor at the door where everybody needs one', async () => {
    const server = { url: app.url, adminKey: app.server!.adminKey }
    const definition = { kind: 'role', name: 'guarded', secondFactor: true, grants: [{ entity: 'team', read: 'all' }] }
    expect((await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition }] })).status).toBe(200)
    await call(server, 'POST', '/api/users', { email: 'g@example.com', password: adminPassword, roles: ['guarded'] })
    const watched = await open('/sign-in')
    await fill(watched, 'g@example.com', adminPassword)
    await watched.page.click('pv-factor-door pv-enrol button.primary')
    await confirmWith(watched, adminPassword)
    await watched.page.waitForSelector('.qr path')
    expect(await axe(watched.page)).toEqual([])
    await shoot(watched, 'factor-door-en')
    await watched.context.close()
  })
})
