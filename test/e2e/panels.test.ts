// What stands beside the daily work, by hand in a real browser: the history of a record, worked-out values while typing,
// merging two records, the page of all that a search finds, and the jobs of a model change. In both directions of writing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { findBrowser } from '../support/browser.ts'
import { call } from '../support/server.ts'
import { axe, openPage, signIn, startApp, type RunningApp, type Watched } from './app.ts'

const hasBrowser = findBrowser() !== undefined
if (!hasBrowser) console.log('SKIPPED: panels in a browser (no browser)')

const readers = [
  {
    language: 'en',
    theme: 'light',
    figures: { old: '€1,000', fresh: '€2,500' },
    words: { created: 'Created', merge: 'Merge', running: 'Running', queued: 'Waiting', cancelled: 'Cancelled' },
    probability: '50',
  },
  {
    language: 'fa',
    theme: 'dark',
    figures: { old: '€۱٬۰۰۰', fresh: '€۲٬۵۰۰' },
    words: { created: 'ساخته شد', merge: 'ادغام', running: 'در حال اجرا', queued: 'در انتظار', cancelled: 'لغو شد' },
    probability: '۵۰',
  },
] as const

const parcel = {
  kind: 'entity',
  name: 'parcel',
  label: 'Parcel',
  plural: 'Parcels',
  entitySet: 'parcels',
  ownership: 'user',
  primaryField: 'name',
  fields: [
    { name: 'name', type: 'text', maxLength: 100, required: true },
    { name: 'code', type: 'text', maxLength: 20 },
  ],
}

describe.runIf(hasBrowser)('beside the daily work', () => {
  let app: RunningApp
  beforeAll(async () => {
    // Nobody does the jobs, so that they wait to be looked at; every table with a row is large.
    app = await startApp({ env: { DEMO: '1', JOBS: '0', JOB_ROWS: '0' } })
  })
  afterAll(() => app?.stop())

  const open = async (path: string, options: Parameters<typeof openPage>[1]): Promise<Watched> => {
    const watched = await openPage(app, options)
    watched.page.setDefaultTimeout(20_000)
    await signIn(app, watched)
    await watched.page.goto(app.url + path)
    return watched
  }
  const done = async ({ complaints, context }: Watched): Promise<void> => {
    expect(complaints()).toEqual([])
    await context.close()
  }
  const send = async (method: string, path: string, body: object): Promise<{ readonly id: string }> => {
    const answer = await call(app.server!, method, path, body)
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer.json as { id: string }
  }
  const deal = (name: string) =>
    send('POST', '/api/data/v1/opportunities', {
      name,
      stage: 'prospecting',
      amount: 1000,
      amount_currency: 'EUR',
      probability: 10,
    })

  test.each(readers)('a record is shared with a person until a day, and no more ($language)', async (told) => {
    const { id } = await deal(`Shared ${told.language}`)
    const watched = await open(`/a/sales/opportunity/${id}`, told)
    const { page } = watched
    await page.click('pv-sharing .button')
    await page.waitForSelector('dialog .share-with')
    expect(await page.locator('dialog footer .primary').isDisabled()).toBe(true)
    await page.click('dialog pv-lookup input')
    const first = page.locator('dialog pv-lookup [role=option] bdi').first()
    const name = (await first.textContent())!
    await first.click()
    expect(await page.locator('dialog [name=read]').isDisabled()).toBe(true)
    await page.check('dialog [name=write]')
    await page.click('dialog pv-date .pick')
    await page.click('.calendar .top button >> nth=1')
    await page.click('.calendar button[data-iso] >> nth=20')
    expect(await axe(page)).toEqual([])
    await page.click('dialog footer .primary')
    const item = page.locator('pv-sharing li')
    await item.waitFor()
    expect(await item.locator('bdi').textContent()).toBe(name)
    const shares = await call(app.server!, 'POST', '/api/actions/shares_of', { on: `opportunities(${id})` })
    expect(shares.json).toMatchObject({ value: [{ name, rights: ['read', 'write'], inherited: false }] })
    expect(await axe(page)).toEqual([])
    await item.locator('button').click()
    await item.waitFor({ state: 'detached' })
    await done(watched)
  })

  test.each(readers)(
    'a record says who has access and why; the app is seen as somebody else ($language)',
    async (told) => {
      const { id } = await deal(`Access ${told.language}`)
      const watched = await open(`/a/sales/opportunity/${id}`, told)
      const { page } = watched
      await page.click('pv-access-doors .button')
      await page.waitForSelector('.access-verdict.good')
      expect(await axe(page)).toEqual([])
      await page.click('dialog [role=tab] >> nth=1')
      await page.waitForSelector('.access-people li')
      expect(await axe(page)).toEqual([])
      await page.keyboard.press('Escape')
      const users = await call(
        app.server!,
        'GET',
        "/api/data/v1/users?$select=id,name&$filter=email ne 'admin@example.com'",
      )
      const { id: other, name } = (users.json as { value: { id: string; name: string }[] }).value[0]!
      await page.goto(`${app.url}/a/everything/user/${other}`)
      await page.click('pv-access-doors .button >> nth=2')
      await page.waitForSelector('.viewing')
      await page.reload()
      expect(await page.locator('.viewing').textContent()).toContain(name)
      await page.waitForSelector('.grid-body')
      expect(await axe(page)).toEqual([])
      await page.click('.viewing .button')
      await page.waitForSelector('.viewing', { state: 'detached' })
      await done(watched)
    },
  )

  test.each(readers)('a record tells its history and takes an old value back ($language)', async (told) => {
    const { id } = await deal(`History ${told.language}`)
    await send('PATCH', `/api/data/v1/opportunities(${id})`, { amount: 2500, stage: 'proposal' })
    const watched = await open(`/a/sales/opportunity/${id}`, told)
    const { page } = watched
    const first = page.locator('.changes > li').first()
    await first.waitFor()
    expect(await page.locator('.changes > li').count()).toBe(2)
    expect(plain(await first.locator('del').allTextContents())).toContain(told.figures.old)
    expect(plain(await first.locator('ins').allTextContents())).toContain(told.figures.fresh)
    expect(await page.locator('.changes > li').last().textContent()).toContain(told.words.created)
    expect(await axe(page)).toEqual([])
    await first.locator('dt button').first().focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Control+s')
    await page.waitForSelector('.save-state.saved')
    await expect.poll(() => page.locator('.changes > li').count()).toBe(3)
    const kept = await call(app.server!, 'GET', `/api/data/v1/opportunities(${id})?$select=stage,amount`)
    // The first field of the change in the entity's order is the stage; the amount stays as it became.
    expect(kept.json).toMatchObject({ stage: 'prospecting', amount: 2500 })
    await page.setViewportSize({ width: 390, height: 844 })
    await first.scrollIntoViewIfNeeded()
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
    await done(watched)
  })

  test.each(readers)('a worked-out value follows while one types ($language)', async (told) => {
    const { id } = await deal(`Formula ${told.language}`)
    const watched = await open(`/a/sales/opportunity/${id}`, told)
    const { page } = watched
    const shown = () => page.locator('[data-field=weighted_amount] .control').innerText()
    const boxed = async () =>
      (await page.locator('[data-field=weighted_amount] input').count()) > 0
        ? page.locator('[data-field=weighted_amount] input').inputValue()
        : shown()
    await page.waitForSelector('[data-field=weighted_amount]')
    const before = await boxed()
    expect(before).not.toBe('')
    await page.fill('#field-probability', told.probability)
    await page.keyboard.press('Tab')
    await expect.poll(boxed).not.toBe(before)
    const asked = await call(app.server!, 'GET', `/api/data/v1/opportunities(${id})?$select=probability`)
    expect(asked.json).toMatchObject({ probability: 10 })
    await page.keyboard.press('Control+s')
    await page.waitForSelector('.save-state.saved')
    await done(watched)
  })

  test.each(readers)('two records become one ($language)', async (told) => {
    const names = ['Merge me', 'Merge me too'].map((name) => `${name} ${told.language}`)
    const [stays, goes] = await Promise.all(
      names.map((name) => send('POST', '/api/data/v1/accounts', { name, phone: name.length > 12 ? '+40 1' : '+40 2' })),
    )
    await send('POST', '/api/data/v1/contacts', { last_name: 'Moves', account_id: goes!.id })
    const watched = await open(`/a/sales/account?q=${encodeURIComponent('Merge me')}`, told)
    const { page } = watched
    for (const name of names)
      await page.locator('.grid-body .grid-row', { hasText: name }).first().locator('input').check({ force: true })
    await page.click(`button:has-text("${told.words.merge}")`)
    await page.waitForSelector('dialog .merge')
    expect(await axe(page)).toEqual([])
    await page.check(`dialog th label:has-text("${names[0]}") >> nth=0 >> input`)
    await page.click(`dialog footer .primary`)
    await page.waitForSelector('.toast')
    const other = await call(app.server!, 'GET', `/api/data/v1/accounts(${goes!.id})?$select=state`)
    expect(other.json).toMatchObject({ state: 'inactive' })
    const moved = await call(app.server!, 'GET', `/api/data/v1/accounts(${stays!.id})/contacts?$select=last_name`)
    expect(moved.text).toContain('Moves')
    await done(watched)
  })

  test.each(readers)('the results page shows all that is found, of one kind too ($language)', async (told) => {
    const watched = await open('/search?q=har', told)
    const { page } = watched
    await page.waitForSelector('.search-page mark')
    const kinds = await page.locator('.search-page section').count()
    expect(kinds).toBeGreaterThan(1)
    expect(await axe(page)).toEqual([])
    await page.click('.facet >> nth=1')
    await expect.poll(() => page.locator('.search-page section').count()).toBe(1)
    await page.click('.facet >> nth=0')
    await expect.poll(() => page.locator('.search-page section').count()).toBe(kinds)
    await page.fill('.search-page input', 'nothing has this name')
    await page.waitForSelector('.search-page .state')
    await page.fill('.search-page input', 'Hartley')
    await page.waitForSelector('.search-page li a')
    await page.click('.search-page li a >> nth=0')
    await page.waitForSelector('pv-record-page .form')
    await done(watched)
  })

  test.each(readers)(
    'a list of thirty columns keeps its names in sight, and shows the column one moves to ($language)',
    async (told) => {
      const { language } = told
      const fields = Array.from({ length: 29 }, (_, at) => ({ name: `part${at}`, type: 'text', label: `Part ${at}` }))
      const name = `barge_${language}`
      const columns = [{ field: 'name', width: 260 }, ...fields.map((field) => ({ field: field.name, width: 140 }))]
      const sections = [
        {
          name: 'all',
          columns: 4,
          controls: [{ field: 'name', span: 3 }, ...fields.map((field) => ({ field: field.name }))],
        },
      ]
      const definitions = [
        { ...parcel, name, entitySet: `${name}s`, fields: [parcel.fields[0], ...fields] },
        { kind: 'view', name: `${name}_all`, entity: name, type: 'grid', label: 'All', default: true, columns },
        { kind: 'form', name: `${name}_main`, entity: name, label: 'Barge', tabs: [{ name: 'main', sections }] },
      ]
      await send('POST', '/api/model/apply', { changes: definitions.map((definition) => ({ op: 'put', definition })) })
      const { id } = await send('POST', `/api/data/v1/${name}s`, { name: 'Ophelia', part20: 'Anchor' })
      const watched = await open(`/a/everything/${name}`, told)
      const { page } = watched
      await page.waitForSelector('.grid-body .first:has-text("Ophelia")')
      await page.focus('[role=grid]')
      for (let at = 0; at < 22; at++) await page.keyboard.press(language === 'fa' ? 'ArrowLeft' : 'ArrowRight')
      const seen = (selector: string) =>
        page.locator(selector).evaluate((cell) => {
          const { left, width, top, height } = cell.getBoundingClientRect()
          return cell.contains(document.elementFromPoint(left + width / 2, top + height / 2))
        })
      await page.waitForSelector('.cell.focus:has-text("Anchor")')
      await expect.poll(() => seen('.cell.focus')).toBe(true)
      expect(await seen('.grid-body .cell.first')).toBe(true)
      expect(await seen('.grid-head .cell.first')).toBe(true)
      expect(await axe(page)).toEqual([])
      await page.keyboard.press('Home')
      await expect.poll(() => page.evaluate(() => document.querySelector('.grid-scroll')!.scrollLeft)).toBe(0)
      await page.goto(`${app.url}/a/everything/${name}/${id}`)
      for (const width of [1440, 1024, 640]) {
        await page.setViewportSize({ width, height: 800 })
        await page.waitForSelector('#field-part0')
        const widths = await page
          .locator('.form-field .control')
          .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().width))
        expect(Math.min(...widths)).toBeGreaterThan(150)
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
      }
      await done(watched)
    },
  )

  test.each(readers)('jobs of a model change are seen and cancelled ($language)', async (told) => {
    const name = `parcel_${told.language}`
    const entity = { ...parcel, name, entitySet: `${name}s` }
    const keyed = { ...entity, keys: [{ name: 'code', fields: ['code'] }] }
    const apply = (definition: object) => send('POST', '/api/model/apply', { changes: [{ op: 'put', definition }] })
    await apply(entity)
    await send('POST', `/api/data/v1/${name}s`, { name: 'One', code: 'A' })
    const published = await apply(keyed)
    expect(published).toHaveProperty('jobs')
    const watched = await open('/studio', told)
    const { page } = watched
    await page.waitForSelector('.studio-jobs li')
    expect(await axe(page)).toEqual([])
    await page.click('header a[href="/jobs"]')
    const row = page.locator('.jobs-page .jobs li', { hasText: name })
    await row.waitFor()
    expect(await row.textContent()).toContain(told.words.queued)
    expect(await axe(page)).toEqual([])
    await row.getByRole('button').click()
    await page.click('dialog button.danger')
    await expect.poll(() => row.textContent()).toContain(told.words.cancelled)
    await facet(page, told.words.running)
    await page.waitForSelector('.jobs-page .state')
    await facet(page, told.words.cancelled)
    await row.waitFor()
    const model = await call(app.server!, 'GET', `/api/model/definitions/entity/${name}`)
    expect(model.text).not.toContain('"keys":[{')
    await done(watched)
  })
})

const facet = (page: Page, label: string): Promise<void> => page.click(`.facet:has-text("${label}")`)

/** Texts without the marks that isolate and space them. */
const plain = (texts: readonly string[]): string[] =>
  texts.map((text) => text.replaceAll(/[\u2066-\u2069\u200e\u200f\s]/g, ''))
