// The main job, by hand and end to end: sign in, find the deals, change one, make an entity of one's own, publish it and work
// with it at once. In English from left to right and in Persian from right to left, with the Persian calendar and digits.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { en as own } from '../../studio/src/texts/en.ts'
import { enStudio } from '../../studio/src/texts/en-studio.ts'
import { fa } from '../../studio/src/texts/fa.ts'
import { findBrowser } from '../support/browser.ts'
import { adminEmail, adminPassword } from '../support/server.ts'
import { axe, fromApi, openPage, startApp, type RunningApp, type Watched } from './app.ts'

const en = { ...own, ...enStudio }

interface Told {
  readonly language: 'en' | 'fa'
  readonly name: string
  readonly dir: string
  readonly dark: boolean
  /** Words the app itself does not own: labels of the CRM. */
  readonly stage: string
  readonly negotiation: string
  readonly label: string
  readonly entity: string
  readonly mileage: { readonly label: string; readonly name: string; readonly typed: string; readonly shown: string }
  readonly bought: { readonly label: string; readonly name: string; readonly typed: string; readonly shown: string }
  readonly texts: Readonly<Record<string, unknown>>
}

const tales: readonly Told[] = [
  {
    language: 'en',
    name: 'English',
    dir: 'ltr',
    dark: false,
    stage: 'Stage',
    negotiation: 'Negotiation',
    label: 'Vehicle',
    entity: 'abc_vehicle',
    texts: en,
    mileage: { label: 'Mileage', name: 'mileage', typed: '12,345', shown: '12,345' },
    bought: { label: 'Bought on', name: 'bought_on', typed: '3 Dec 2026', shown: '3 Dec 2026' },
  },
  {
    language: 'fa',
    name: 'فارسی',
    dir: 'rtl',
    dark: true,
    stage: 'مرحله',
    negotiation: 'مذاکره',
    label: 'خودرو',
    entity: 'abc_khvdrv',
    texts: fa,
    mileage: { label: 'کارکرد', name: 'karkrd', typed: '۱۲٬۳۴۵', shown: '۱۲٬۳۴۵' },
    bought: { label: 'خرید', name: 'khrid', typed: '۱۴۰۵/۹/۱۲', shown: '۱۲ آذر ۱۴۰۵' },
  },
]

const browser = findBrowser()
if (browser === undefined)
  console.log('SKIPPED: the browser story (no Chromium found; set CHROMIUM_PATH or install chromium)')

describe.skipIf(browser === undefined)('a newcomer sells', () => {
  let app: RunningApp
  beforeAll(async () => {
    app = await startApp()
  })
  afterAll(async () => {
    await app?.stop()
  })

  test.each(tales)('in $language', async (told) => {
    const watched = await openPage(app)
    const { page } = watched
    page.setDefaultTimeout(15_000)
    await signInByHand(app, page, told)
    await findDeals(page, told)
    await changeDeal(app, watched, told)
    await makeEntity(page, told)
    await workWithIt(app, watched, told)
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })
})

const text = (told: Told, key: keyof typeof en): string => String(told.texts[key])

async function signInByHand(app: RunningApp, page: Page, told: Told): Promise<void> {
  await page.goto(app.url)
  await page.waitForURL(/\/sign-in/)
  await page.click('.door-foot button')
  await page.click(`.menu .item:has-text("${told.name}")`)
  await expect
    .poll(() => page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]))
    .toEqual([told.language, told.dir])
  expect.soft(await axe(page)).toEqual([])
  await page.fill('[name=email]', adminEmail)
  await page.fill('[name=password]', 'not this one')
  await page.keyboard.press('Enter')
  await page.waitForSelector('[role=alert]')
  expect(await page.textContent('[role=alert]')).toContain(text(told, 'sign-in.failed'))
  await page.fill('[name=password]', adminPassword)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.grid-body .chip')
  if (!told.dark) return
  await page.click('pv-sidebar .me')
  await page.click(`.menu .item:has-text("${text(told, 'theme.dark')}")`)
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark')
}

async function findDeals(page: Page, told: Told): Promise<void> {
  expect(page.url()).toContain('/a/sales/opportunity')
  const rows = () => page.getAttribute('[role=grid]', 'aria-rowcount').then(Number)
  const all = await rows()
  expect(all).toBeGreaterThan(50)
  expect(await page.locator('.grid-body .grid-row').count()).toBeLessThanOrEqual(80)
  expect.soft(await axe(page)).toEqual([])

  await page.click('#add-filter')
  await page.click('.condition pv-select:nth-child(1) button')
  await page.keyboard.type(told.stage)
  await page.keyboard.press('Enter')
  await page.click('.condition .value pv-select button')
  await page.click(`.options .item:has-text("${told.negotiation}")`)
  await expect.poll(() => new URL(page.url()).searchParams.get('filter')).toBe("stage eq 'negotiation'")
  await expect.poll(rows).toBeLessThan(all)
  await page.keyboard.press('Escape')
  const stages = () => page.locator('.grid-body .chip').allTextContents()
  await expect
    .poll(async () => new Set((await stages()).map((stage) => stage.trim())))
    .toEqual(new Set([told.negotiation]))

  await page.click('.grid-head .sorter >> nth=0')
  await expect.poll(() => new URL(page.url()).searchParams.get('sort')).toBe('name')
  await page.goBack()
  await page.goForward()
  await page.waitForSelector('.grid-body .chip')
}

async function changeDeal(app: RunningApp, watched: Watched, told: Told): Promise<void> {
  const { page } = watched
  await page.click('.grid-body .grid-row[aria-rowindex="3"] .first')
  await page.waitForSelector('pv-peek .form')
  expect.soft(await axe(page)).toEqual([])
  const title = await page.textContent('pv-peek h1')
  await page.click(`pv-peek [aria-label="${text(told, 'peek.next')}"]`)
  await expect.poll(() => page.textContent('pv-peek h1')).not.toBe(title)
  const id = new URL(page.url()).searchParams.get('peek')!
  await page.keyboard.press('Escape')
  await expect.poll(() => page.locator('pv-peek').count()).toBe(0)

  await page.keyboard.press('Enter')
  await page.waitForURL(`**/a/sales/opportunity/${id}`)
  await page.waitForSelector('#field-next_step')
  expect.soft(await axe(page)).toEqual([])
  const step = told.language === 'fa' ? 'تماس با مشتری (CRM) ۱۲٪' : 'Call them on Monday'
  await page.fill('#field-next_step', step)
  await page.keyboard.press('Control+s')
  await page.waitForSelector('.save-state.saved')
  const stored = await fromApi<{ next_step: string }>(app, watched, `opportunities(${id})?$select=next_step`)
  expect(stored.next_step).toBe(step)

  await page.fill('#field-probability', '300')
  await page.keyboard.press('Control+s')
  await page.waitForSelector('#field-probability-error')
  await page.click('pv-sidebar .nav >> nth=1')
  await page.waitForSelector('dialog')
  expect.soft(await axe(page)).toEqual([])
  await page.click(`dialog button:has-text("${text(told, 'leave.no')}")`)
  await page.click(`button:has-text("${text(told, 'discard')}")`)
}

async function makeEntity(page: Page, told: Told): Promise<void> {
  await page.click('a[href="/studio"]')
  await page.click(`.canvas button:has-text("${text(told, 'design.new')}")`)
  await page.fill('dialog [name=label]', told.label)
  expect(await page.inputValue('dialog [name=name]')).toBe(told.entity)
  expect.soft(await axe(page)).toEqual([])
  await page.click(`dialog button:has-text("${text(told, 'create')}")`)
  await page.waitForURL(`**/studio/entity/${told.entity}`)
  await addField(page, 'hash', told.mileage.label, told.mileage.name)
  await addField(page, 'calendar', told.bought.label, told.bought.name)
  expect.soft(await axe(page)).toEqual([])

  await page.click('.draft-bar a.primary')
  await page.waitForSelector('.steps li')
  expect(await page.locator('.steps .badge.good').count()).toBeGreaterThan(0)
  await page.click('.steps summary >> nth=0')
  expect(await page.textContent('.steps pre')).toContain(told.entity)
  expect.soft(await axe(page)).toEqual([])
  await page.click(`.review button:has-text("${text(told, 'design.publish')}")`)
  await page.waitForSelector(`.toast:has-text("${text(told, 'design.published')}")`)
  await page.waitForSelector(`pv-design-tree a[href="/studio/entity/${told.entity}"]`)
}

/** Adds a field of the type with this icon, and names it. */
async function addField(page: Page, type: string, label: string, name: string): Promise<void> {
  await page.click('.add-field')
  await page.click(`.menu .item:has(svg[data-icon="${type}"]) >> nth=0`)
  await page.waitForSelector('pv-properties [name=label]:focus')
  await page.fill('pv-properties [name=label]', label)
  await page.keyboard.press('Tab')
  await page.waitForURL(new RegExp(`field=${name}`))
}

async function workWithIt(app: RunningApp, watched: Watched, told: Told): Promise<void> {
  const { page } = watched
  await page.click('pv-sidebar .switcher')
  await page.click('.menu .item >> nth=0')
  await page.click(`pv-sidebar .nav:has-text("${told.label}")`)
  await page.waitForSelector('.state')
  expect.soft(await axe(page)).toEqual([])
  await page.click('.state a.button.primary')
  await page.waitForSelector('#field-name')
  await page.keyboard.press('Control+s')
  await page.waitForSelector('#field-name-error')
  await page.fill('#field-name', 'Rivo 300')
  await page.fill(`#field-${told.mileage.name}`, told.mileage.typed)
  await page.fill(`#field-${told.bought.name}`, told.bought.typed)
  await page.keyboard.press('Control+s')
  await page.waitForURL(/\/a\/sales\/abc_\w+\/[0-9a-f-]{36}/)
  await page.waitForSelector('.record-head h1:has-text("Rivo 300")')
  await page.click('.crumbs a')
  await page.waitForSelector('.grid-body .grid-row')
  const row = await page.textContent('.grid-body .grid-row')
  for (const shown of ['Rivo 300', told.mileage.shown, told.bought.shown]) expect(row).toContain(shown)
  const { value } = await fromApi<{ value: Record<string, unknown>[] }>(
    app,
    watched,
    `${await entitySet(app, watched, told.entity)}?$select=name,${told.mileage.name},${told.bought.name}`,
  )
  expect(
    value.map(({ name, [told.mileage.name]: mileage, [told.bought.name]: bought }) => [name, mileage, bought]),
  ).toEqual([['Rivo 300', 12345, '2026-12-03']])
}

async function entitySet(app: RunningApp, { context }: Watched, entity: string): Promise<string> {
  const { entities } = (await (await context.request.get(`${app.url}/api/model`)).json()) as {
    entities: { name: string; entitySet: string }[]
  }
  return entities.find(({ name }) => name === entity)!.entitySet
}
