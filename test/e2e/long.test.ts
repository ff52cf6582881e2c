// A list of nine thousand records in a browser: first rows, a jump to the far end, sorting and filtering there. Prints the
// figures; asserts three times what is meant, because a machine that tests much else at once is slow.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../studio/src/texts/en.ts'
import { findBrowser } from '../support/browser.ts'
import { call } from '../support/server.ts'
import { axe, openPage, signIn, startApp, type RunningApp, type Watched } from './app.ts'

const browser = findBrowser()
if (browser === undefined) console.log('SKIPPED: browser tests of long lists (no Chromium found)')

const many = 9_000
const mostRows = 80
/** unit: ms */
const meant = { first: 800, jump: 400 }
const slack = 3

describe.skipIf(browser === undefined)('nine thousand records', () => {
  let app: RunningApp
  let watched: Watched
  beforeAll(async () => {
    app = await startApp({})
    const stages = ['prospecting', 'negotiation', 'won']
    for (let from = 0; from < many; from += 4_500) {
      const rows = Array.from({ length: 4_500 }, (_, at) => ({
        name: `Bulk deal ${String(from + at).padStart(5, '0')}`,
        stage: stages[(from + at) % stages.length],
        amount: 1_000 + from + at,
        amount_currency: 'EUR',
        close_date: `2027-${String(1 + (at % 12)).padStart(2, '0')}-15`,
      }))
      const answer = await call(app.server!, 'POST', '/api/data/v1/opportunities/$bulk', { create: rows })
      expect([answer.status, answer.status < 300 ? '' : answer.text]).toEqual([answer.status, ''])
    }
    watched = await openPage(app, { language: 'en' })
    watched.page.setDefaultTimeout(15_000)
    await signIn(app, watched)
  })
  afterAll(async () => {
    await app?.stop()
  })

  const rowsInPage = () => watched.page.locator('.grid-body .grid-row').count()
  const count = async () => Number(await watched.page.getAttribute('[role=grid]', 'aria-rowcount'))
  /** Drags the scroll bar to its end and gives how long it takes until the last record is there. unit: ms */
  const jumpToEnd = () =>
    watched.page.evaluate(async () => {
      const grid = document.querySelector('[role=grid]')!
      const last = `.grid-row[aria-rowindex="${grid.getAttribute('aria-rowcount')}"] .first .cut`
      const start = performance.now()
      grid.scrollTop = grid.scrollHeight
      while (!document.querySelector(last)) await new Promise(requestAnimationFrame)
      return Math.round(performance.now() - start)
    })

  test('show their first rows and their last ones quickly, with few rows in the page', async () => {
    const { page } = watched
    const path = `${app.url}/a/sales/opportunity?view=all_opportunities`
    await page.goto(path)
    await page.waitForSelector('.grid-body .first .cut')
    await page.goto(path)
    await page.waitForSelector('.grid-body .first .cut')
    const first = await page.evaluate(() => Math.round(performance.now()))
    expect(await count()).toBeGreaterThan(many)
    const jump = await jumpToEnd()
    console.log(`  ${await count()} lines: first rows ${first} ms after navigation, the end ${jump} ms after the jump`)
    expect(await rowsInPage()).toBeLessThanOrEqual(mostRows)
    expect(first).toBeLessThanOrEqual(meant.first * slack)
    expect(jump).toBeLessThanOrEqual(meant.jump * slack)
  })

  test('are sorted and filtered at the far end', async () => {
    const { page, complaints } = watched
    await page.click('.grid-head .sorter:has-text("Name")')
    await expect.poll(() => new URL(page.url()).searchParams.get('sort')).toBe('name')
    await page.waitForSelector('.grid-row[aria-rowindex="2"] .first .cut')
    await jumpToEnd()
    expect(await rowsInPage()).toBeLessThanOrEqual(mostRows)
    await page.fill('.search input', 'Bulk deal 08999')
    await expect.poll(count).toBe(2)
    expect(await page.textContent('.grid-body .first')).toContain('Bulk deal 08999')
    await page.fill('.search input', '')
    await expect.poll(count).toBeGreaterThan(many)
    await page.goto(
      `${app.url}/a/sales/opportunity?view=all_opportunities&sort=-name&filter=${encodeURIComponent("startswith(name,'Bulk deal')")}`,
    )
    await page.waitForSelector('.grid-row[aria-rowindex="2"] .first:has-text("Bulk deal 08999")')
    await jumpToEnd()
    expect(await page.textContent(`.grid-row[aria-rowindex="${many + 1}"] .first`)).toContain('Bulk deal 00000')
    expect(await rowsInPage()).toBeLessThanOrEqual(mostRows)
    expect(complaints()).toEqual([])
  })

  test('stand in groups with count and sum in the base currency, which fold', async () => {
    const { page, complaints } = watched
    await page.goto(
      `${app.url}/a/sales/opportunity?view=pipeline&filter=${encodeURIComponent("startswith(name,'Bulk deal')")}`,
    )
    await page.waitForSelector('.grid-row.group')
    await page.waitForSelector('.grid-row[aria-rowindex="3"] .first .cut')
    const inGroup = many / 3
    expect(await count()).toBe(1 + 2 + 2 * inGroup)
    const head = page.locator('.grid-row.group >> nth=0')
    expect(await head.textContent()).toMatch(/Prospecting\s*3,000 records/)
    // 1,000 to 9,997 euros in steps of three, at 1.1 dollars.
    expect(await head.locator('.total bdi').first().textContent()).toBe('$18,145,050')
    expect(await axe(page)).toEqual([])
    await jumpToEnd()
    expect(await rowsInPage()).toBeLessThanOrEqual(mostRows)
    await page.focus('[role=grid]')
    await page.keyboard.press('Control+Home')
    await page.waitForSelector('.grid-row.group.active')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(count).toBe(1 + 2 + inGroup)
    await page.click('.grid-row.group >> nth=1')
    await expect.poll(count).toBe(1 + 2)
    expect(await page.getAttribute('.grid-row.group >> nth=1 >> .fold', 'aria-expanded')).toBe('false')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect.poll(count).toBe(1 + 2 + inGroup)
    await page.fill('.search input', 'Bulk deal 00000')
    await page.waitForSelector(`.list-foot:has-text("${en['group.searched']}")`)
    expect(await page.locator('.grid-row.group').count()).toBe(0)
    expect(complaints()).toEqual([])
  })

  const groupings: readonly (readonly [string, RegExp])[] = [
    ['owner', /Benjamin Dawson\s*\d+ records?/],
    ['account', /\S+\s*\d+ records?/],
    ['account.industry', /Agriculture\s*\d+ records?/],
    ['close_date', /\d+ \w+ \d{4}\s*\d+ records?/],
  ]
  test.each(groupings)('stand in groups by %s, each with rows of its own', async (field, shown) => {
    const { page, complaints } = watched
    const name = `abc_by_${field.replace('.', '_')}`
    const columns = [{ field: 'name' }, { field: 'amount', total: 'sum' }]
    const definition = { kind: 'view', name, entity: 'opportunity', type: 'grid', label: name, columns, group: [field] }
    const answer = await call(app.server!, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition }] })
    expect([answer.status, answer.status < 300 ? '' : answer.text]).toEqual([200, ''])
    const filter = encodeURIComponent("not startswith(name,'Bulk deal')")
    await page.goto(`${app.url}/a/sales/opportunity?view=${name}&filter=${filter}`)
    await page.waitForSelector('.grid-row.group')
    await page.waitForSelector('.grid-row[aria-rowindex="3"] .first .cut')
    expect((await page.locator('.grid-row.group').allTextContents()).join('\n')).toMatch(shown)
    expect(complaints()).toEqual([])
  })
})
