// Coming in: the first administrator from the printed link, a wrong password that loses nothing, choices that follow a person
// to another machine, and the way back out of a publish.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en as own } from '../../studio/src/texts/en.ts'
import { enStudio } from '../../studio/src/texts/en-studio.ts'
import { fa as texts } from '../../studio/src/texts/fa.ts'
import { findBrowser } from '../support/browser.ts'
import { axe, fromApi, openPage, startApp, type RunningApp, type Watched } from './app.ts'

const en = { ...own, ...enStudio }
const browser = findBrowser()
if (browser === undefined) console.log('SKIPPED: browser tests of the doors (no Chromium found)')

const fa = texts as Readonly<Record<string, unknown>>
const first = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'a good long password' }

describe.skipIf(browser === undefined)('the doors of a fresh platform', () => {
  let app: RunningApp
  beforeAll(async () => {
    app = await startApp({ unclaimed: true, env: { DEMO: '0' } })
  })
  afterAll(async () => {
    await app?.stop()
  })

  const open = async (path: string, options: Parameters<typeof openPage>[1] = {}): Promise<Watched> => {
    const watched = await openPage(app, { language: 'en', ...options })
    watched.page.setDefaultTimeout(15_000)
    await watched.page.goto(app.url + path)
    return watched
  }
  const signInByHand = async ({ page }: Watched, password = first.password): Promise<void> => {
    await page.fill('[name=email]', first.email)
    await page.fill('[name=password]', password)
    await page.keyboard.press('Enter')
  }

  test('the printed link makes the first administrator, once', async () => {
    const link = /\S+\/setup\?token=\S+/.exec(app.server!.output())![0]
    const path = link.slice(link.indexOf('/setup'))
    const watched = await open(path)
    const { page, complaints } = watched
    await page.waitForSelector(`h1:has-text("${en['setup.title']}")`)
    expect(await axe(page)).toEqual([])
    await page.fill('[name=name]', first.name)
    await page.fill('[name=email]', first.email)
    await page.fill('[name=password]', 'short')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.querySelector<HTMLInputElement>('[name=password]')!.validity.valid)).toBe(
      false,
    )
    await page.fill('[name=password]', first.password)
    await page.keyboard.press('Enter')
    await page.waitForSelector(`pv-sidebar .me:has-text("${first.name}")`)
    await page.waitForSelector('.state')
    expect(await fromApi<{ value: unknown[] }>(app, watched, 'users?$select=email')).toMatchObject({
      value: [expect.objectContaining({ email: first.email })],
    })
    expect(complaints()).toEqual([])
    await watched.context.close()

    const again = await open(path)
    await again.page.fill('[name=name]', 'Mallory')
    await again.page.fill('[name=email]', 'mallory@example.com')
    await again.page.fill('[name=password]', first.password)
    await again.page.keyboard.press('Enter')
    await again.page.waitForSelector('[role=alert]')
    expect(await again.page.inputValue('[name=name]')).toBe('Mallory')
    await again.context.close()
  })

  test('a wrong password is said, and nothing is lost: neither the e-mail nor where the person was going', async () => {
    const watched = await open('/a/sales/product?sort=-name')
    const { page } = watched
    await page.waitForURL(/\/sign-in\?next=/)
    await signInByHand(watched, 'not this one')
    await page.waitForSelector('[role=alert]')
    expect(await page.textContent('[role=alert]')).toContain(en['sign-in.failed'])
    expect(await page.inputValue('[name=email]')).toBe(first.email)
    expect(await axe(page)).toEqual([])
    await signInByHand(watched)
    await page.waitForURL(`${app.url}/a/sales/product?sort=-name`)
    await watched.context.close()
  })

  test('what a person chose is there on another machine, also what they chose before signing in', async () => {
    const here = await open('/sign-in')
    await here.page.click('.door-foot button')
    await here.page.click('.menu .item:has-text("فارسی")')
    await expect.poll(() => here.page.getAttribute('html', 'dir')).toBe('rtl')
    await signInByHand(here)
    for (const choice of ['theme.dark', 'density.compact', 'calendar.gregory']) {
      const told = here.page.waitForResponse((answer) => answer.url().endsWith('/api/me') && answer.status() === 204)
      await here.page.click('pv-sidebar .me')
      await here.page.click(`.menu .item:has-text("${String(fa[choice])}")`)
      await told
    }
    await here.context.close()

    const there = await open('/sign-in')
    expect(await there.page.getAttribute('html', 'lang')).toBe('en')
    await signInByHand(there)
    await there.page.waitForSelector('pv-sidebar .me')
    const look = await there.page.evaluate(() => Object.fromEntries(Object.entries(document.documentElement.dataset)))
    expect(look).toMatchObject({ theme: 'dark', density: 'compact' })
    expect(await there.page.getAttribute('html', 'lang')).toBe('fa')
    await there.page.click('pv-sidebar .me')
    await there.page.waitForSelector(`.menu .item[aria-checked=true]:has-text("${String(fa['calendar.gregory'])}")`)
    await there.page.click('.menu .item:has-text("English")')
    await expect.poll(() => there.page.getAttribute('html', 'lang')).toBe('en')
    await there.context.close()
  })

  test('who wants no motion has every colour of another theme at once', async () => {
    const { page, context } = await open('/sign-in')
    await page.waitForSelector('[name=email]')
    const inks = (theme: string): Promise<readonly string[]> =>
      page.evaluate((name) => {
        document.documentElement.dataset['theme'] = name
        return [...document.querySelectorAll('body, .door :is(h1, label, button)')].map(
          (one) => getComputedStyle(one).color,
        )
      }, theme)
    const light = await inks('light')
    const dark = await inks('dark')
    expect(light.length).toBeGreaterThan(3)
    dark.forEach((ink, index) => expect(ink).not.toBe(light[index]))
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
    await context.close()
  })

  test('a publish is undone from the history', async () => {
    const watched = await open('/sign-in')
    const { page } = watched
    await signInByHand(watched)
    await page.waitForSelector('pv-sidebar .me')
    await page.goto(`${app.url}/studio`)
    await page.click(`.canvas button:has-text("${en['design.new']}")`)
    await page.fill('dialog [name=label]', 'Vehicle')
    await page.click(`dialog button:has-text("${en.create}")`)
    await page.waitForURL('**/studio/entity/abc_vehicle')
    await page.click('.draft-bar a.primary')
    await page.click(`.review button:has-text("${en['design.publish']}")`)
    await page.waitForSelector(`.toast:has-text("${en['design.published']}")`)

    await page.goto(`${app.url}/studio/history`)
    await page.waitForSelector('pv-history li:has-text("abc_vehicle")')
    expect(await axe(page)).toEqual([])
    await page.click(`pv-history button:has-text("${en['design.undo']}")`)
    await page.click(`dialog button:has-text("${en['design.undo']}")`)
    await page.waitForSelector(`pv-history li .badge:has-text("${en['history.undone']}")`)
    await expect.poll(() => page.locator('pv-design-tree a[href="/studio/entity/abc_vehicle"]').count()).toBe(0)
    const gone = await watched.context.request.get(`${app.url}/api/data/v1/abc_vehicles`)
    expect(gone.status()).toBe(404)
    await watched.context.close()
  })
})
