// The role designer in a real browser: a role is made, its matrix set with mouse and keyboard, a rule written, a field hidden, and
// published; then the data service allows somebody with that role exactly that.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { en as first } from '../../studio/src/texts/en.ts'
import { enAccess } from '../../studio/src/texts/en-access.ts'
import { enRoles } from '../../studio/src/texts/en-roles.ts'
import { enStudio } from '../../studio/src/texts/en-studio.ts'
import { fa as persian } from '../../studio/src/texts/fa.ts'
import { findBrowser } from '../support/browser.ts'
import { personWithKey } from '../support/person.ts'
import { call } from '../support/server.ts'
import { axe, openPage, signIn, startApp, type RunningApp, type Watched } from './app.ts'

const en = { ...first, ...enStudio, ...enAccess, ...enRoles }
const fa = persian as typeof en
const browser = findBrowser()
if (browser === undefined) console.log('SKIPPED: browser tests of the role designer (no Chromium found)')

describe.skipIf(browser === undefined)('the role designer', () => {
  let app: RunningApp
  beforeAll(async () => {
    app = await startApp({ env: { DEMO: '0' } })
  })
  afterAll(async () => {
    await app?.stop()
  })

  const open = async (path: string, language = 'en'): Promise<Watched> => {
    const watched = await openPage(app, { language })
    watched.page.setDefaultTimeout(30_000)
    await signIn(app, watched)
    await watched.page.goto(app.url + path)
    return watched
  }

  test('a role is made, and allows exactly what its matrix, rule and field profile say', async () => {
    const accounts = await Promise.all(
      ['Open', 'Secret'].map((name) => call(app.server!, 'POST', '/api/data/v1/accounts', { name, phone: '+4981234' })),
    )
    const watched = await open('/studio/roles')
    const { page } = watched
    await page.click(`.review header button:has-text("${en['role.new']}")`)
    await page.fill('dialog [name=label]', 'Reader of accounts')
    await page.click('dialog footer .primary')

    // One cell by its menu, one by a key, a whole row, and a column over the entities found.
    await page.click('[data-entity=account] [data-cell=read]')
    await choose(page, en['role.depth.all'])
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('1')
    expect(await cellLabel(page, 'account', 'create')).toContain(en['role.depth.own'])
    await page.click('[data-entity=contact] [data-row]')
    await choose(page, en['role.depth.unit'])
    await page.fill('.rights-tools input[type=search]', 'lead')
    await page.click('[data-column=read]')
    await choose(page, en['role.depth.unit_tree'])
    await page.fill('.rights-tools input[type=search]', '')
    await page.click('.rights-tools .switch')
    expect(await page.locator('[data-entity]').evaluateAll(namesOf)).toEqual(['*', 'account', 'contact', 'lead'])

    await page.click('[data-entity=account] [data-rule]')
    await page.fill('#role-rule', "name != 'Secre")
    await page.waitForSelector('dialog .expression-says .error')
    expect(await axe(page)).toEqual([])
    const place = () => page.locator('dialog footer .primary').boundingBox()
    const before = await place()
    await page.fill('#role-rule', "name != 'Secret'")
    await page.waitForSelector('dialog .expression-says output')
    expect(await place(), 'what is said about a rule moves no button').toEqual(before)
    expect(await page.locator('dialog .role-ticks .tick').allTextContents()).toEqual([en['role.op.create']])
    await page.click('dialog footer .primary')
    await page.waitForSelector('[data-entity=account] .rule.on')
    expect(await axe(page)).toEqual([])

    await page.click(`.segment button:has-text("${en['role.tab.fields']}")`)
    await pick(page, 'profile-entity', 'account')
    await pick(page, 'profile-field', 'phone')
    await page.waitForSelector('[data-profile="account.phone"]')
    expect(await axe(page)).toEqual([])

    await page.click('.draft-bar a.primary')
    await page.waitForSelector(`.access-diff:has-text("${en['diff.none']}")`)
    expect(await axe(page)).toEqual([])
    await page.click(`.review button:has-text("${en['design.publish']}")`)
    await page.waitForSelector('.toast')
    await page.waitForURL(/\/studio\/roles\/abc_reader_of_accounts$/)

    const person = await personWithKey(app.server!, 'reader@example.com', ['abc_reader_of_accounts'])
    const ask = (method: string, path: string, body?: unknown) => call(person, method, `/api/data/v1/${path}`, body)
    const seen = await ask('GET', 'accounts')
    expect(seen.json).toMatchObject({ value: [{ name: 'Open' }] })
    expect(seen.text).not.toContain('phone')
    expect((await ask('GET', 'accounts?$select=phone')).status).toBe(400)
    expect((await ask('POST', 'accounts', { name: 'Mine' })).status).toBe(201)
    const id = (accounts[0]!.json as { readonly id: string }).id
    expect((await ask('PATCH', `accounts(${id})`, { name: 'Theirs' })).status).toBe(403)
    expect((await ask('GET', 'opportunities')).status).toBe(403)
    expect((await ask('GET', 'leads')).status).toBe(200)
    expect((await ask('POST', 'leads', { last_name: 'Karimi', status: 'new' })).status).toBe(403)
    expect((await ask('POST', 'contacts', { last_name: 'Ahmadi' })).status).toBe(201)
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })

  test('a designer is not told that what they may not see is gone', async () => {
    const changes = [
      {
        kind: 'role',
        name: 'shaper',
        label: 'Shaper',
        privileges: ['customize'],
        grants: [{ entity: 'account', read: 'all' }],
      },
    ].map((definition) => ({ op: 'put', definition }))
    expect((await call(app.server!, 'POST', '/api/model/apply', { changes })).status).toBe(200)
    await personWithKey(app.server!, 'shaper@example.com', ['shaper'])
    const watched = await openPage(app, { language: 'en' })
    const { page, context } = watched
    const data = { email: 'shaper@example.com', password: 'a good password' }
    await context.request.post(`${app.url}/api/auth/sign-in/email`, { data, headers: { origin: app.url } })
    await page.goto(`${app.url}/studio/roles/salesperson`)
    await page.waitForSelector('[data-entity=account] [data-cell=read]')
    expect(await page.locator('.role-page .problems li').allInnerTexts()).toEqual([
      expect.stringMatching(/about \d+ entities that you do not see/),
    ])
    expect(await axe(page)).toEqual([])
    await page.focus('[data-entity=account] [data-cell=delete]')
    await page.keyboard.press('4')
    await page.click('.draft-bar a.primary')
    // What may not be done, why and what to do are sentences of their own, whatever the language around them.
    const lines = page.locator('.review .problems li').first().locator('strong, p')
    await expect
      .poll(() => lines.allInnerTexts())
      .toEqual([
        en['problem.access.denied'],
        expect.stringMatching(/by those who may administer$/),
        expect.stringMatching(/^Leave the role as it is/),
      ])
    expect(await axe(page)).toEqual([])
    expect(watched.complaints()).toEqual([])
    await context.close()
  })

  test('what a shipped role loses is told before it is published, from right to left', async () => {
    await personWithKey(app.server!, 'seller@example.com', ['salesperson'])
    await call(app.server!, 'POST', '/api/data/v1/products', { name: 'Table' })
    const watched = await open('/studio/roles/salesperson', 'fa')
    const { page } = watched
    await page.waitForSelector(`.role-page .holders:has-text("${fa['role.users'].other.replace('{count}', '۱')}")`)
    await page.focus('[data-entity=product] [data-cell=create]')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await choose(page, fa['role.depth.none'])
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['cell'])).toBe('read')
    await page.click('[data-entity="*"] [data-cell=export]')
    await choose(page, fa['role.depth.own'])
    await page.waitForSelector('[data-entity=queue] .given[data-cell=export]')
    expect(await axe(page)).toEqual([])
    await page.click(`.segment button:has-text("${fa['role.tab.settings']}")`)
    await page.waitForSelector('pv-role-settings')
    expect(await axe(page)).toEqual([])
    await page.click('.draft-bar a.primary')
    await page.waitForSelector('.access-diff .badge.bad')
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })

  test('a role is given to a person and a team and taken away, once it was said what that does', async () => {
    const person = await personWithKey(app.server!, 'gita@example.com', [])
    await call(app.server!, 'POST', '/api/data/v1/teams', { name: 'Northern team' })
    await call(app.server!, 'POST', '/api/data/v1/accounts', { name: 'Gained' })
    const reads = async () => (await call(person, 'GET', '/api/data/v1/accounts')).status
    const watched = await open('/studio/roles/sales_manager?tab=people')
    const { page } = watched
    const give = async (name: string, team: boolean) => {
      await page.click(`pv-role-people button:has-text("${en['role.give']}")`)
      if (team) await page.click('dialog .segment button:last-child')
      await page.fill('#role-give-to', name.slice(0, 4))
      await page.waitForSelector(`.found [role=option]:has-text("${name}")`)
      await page.press('#role-give-to', 'Enter')
      expect(await axe(page)).toEqual([])
      await page.click('dialog footer .primary')
    }
    await page.waitForSelector(`.state:has-text("${en['role.nobody']}")`)
    expect(await axe(page)).toEqual([])
    await give('gita@example.com', false)
    await page.waitForSelector('dialog .access-diff .badge.good')
    expect(await axe(page)).toEqual([])
    expect(await reads()).toBe(403)
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-held="gita@example.com"]')
    await page.waitForSelector('.role-page .holders:has-text("1")')
    expect(await reads()).toBe(200)

    // A team without members gains nobody anything: there is nothing to ask.
    await give('Northern team', true)
    await page.waitForSelector('[data-held="Northern team"]')
    expect(await axe(page)).toEqual([])

    const take = '[data-held="gita@example.com"] button'
    await page.click(take)
    await page.waitForSelector('dialog .access-diff .badge.bad')
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog', { state: 'detached' })
    expect(await reads()).toBe(200)
    expect(await page.evaluate((button) => document.activeElement?.matches(button), take)).toBe(true)
    await page.keyboard.press('Enter')
    await page.waitForSelector('dialog .access-diff .badge.bad')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-held="gita@example.com"]', { state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.closest('pv-role-people') !== null)).toBe(true)
    expect(await reads()).toBe(403)
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })
})

const namesOf = (rows: readonly Element[]) => rows.map((row) => (row as HTMLElement).dataset['entity'])

const cellLabel = (page: Page, entity: string, operation: string) =>
  page.getAttribute(`[data-entity=${entity}] [data-cell=${operation}]`, 'aria-label')

/** Chooses a reach in the menu that is open. */
async function choose(page: Page, reach: string): Promise<void> {
  await page.click(`.menu .item:has(.cut:text-is("${reach}"))`)
}

/** Chooses an entity or field by its name in a select. */
async function pick(page: Page, id: string, name: string): Promise<void> {
  await page.click(`#${id}`)
  await page.click(`.options .item:has(.second:text-is("${name}"))`)
}
