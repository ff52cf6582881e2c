// What people lean on all day, in a real browser: long lists, two people on one record, small screens, links that say everything.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../studio/src/texts/en.ts'
import { findBrowser } from '../support/browser.ts'
import { axe, fromApi, openPage, signIn, startApp, type RunningApp, type Watched } from './app.ts'

const browser = findBrowser()
if (browser === undefined) console.log('SKIPPED: browser tests of daily work (no Chromium found)')

interface Deal {
  readonly id: string
  readonly name: string
  readonly next_step: string | null
  readonly description: string | null
}

describe.skipIf(browser === undefined)('daily work', () => {
  let app: RunningApp
  beforeAll(async () => {
    app = await startApp()
  })
  afterAll(async () => {
    await app?.stop()
  })

  const open = async (path: string, options: Parameters<typeof openPage>[1] = {}): Promise<Watched> => {
    const watched = await openPage(app, { language: 'en', ...options })
    watched.page.setDefaultTimeout(15_000)
    await signIn(app, watched)
    await watched.page.goto(app.url + path)
    return watched
  }
  const someDeal = async (watched: Watched): Promise<Deal> => {
    const { value } = await fromApi<{ value: Deal[] }>(
      app,
      watched,
      'opportunities?$top=1&$select=id,name,next_step,description&$orderby=name',
    )
    return value[0]!
  }

  test('the far end of a long list is one drag of the scroll bar away, with few rows in the page', async () => {
    const { page, context, complaints } = await open('/a/sales/opportunity?view=all_opportunities')
    await page.waitForSelector('.grid-body .first:has-text(" ")')
    const count = Number(await page.getAttribute('[role=grid]', 'aria-rowcount'))
    expect(count).toBeGreaterThan(300)
    await page.evaluate(() => {
      const grid = document.querySelector('[role=grid]')!
      grid.scrollTop = grid.scrollHeight
    })
    await page.waitForSelector(`.grid-row[aria-rowindex="${count}"] time`)
    expect(await page.locator('.grid-body .grid-row').count()).toBeLessThanOrEqual(80)
    await page.focus('[role=grid]')
    await page.keyboard.press('Control+Home')
    await page.waitForSelector('.grid-row[aria-rowindex="2"] time')
    await page.keyboard.press('ArrowDown')
    const active = await page.getAttribute('[role=grid]', 'aria-activedescendant')
    expect(await page.locator(`[id="${active}"]`).count()).toBe(1)
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('two people change different fields: both are kept, nobody is asked', async () => {
    const now = Date.now()
    const [mine, theirs] = await Promise.all([open('/'), open('/')])
    const deal = await someDeal(mine)
    for (const { page } of [mine, theirs]) {
      await page.goto(`${app.url}/a/sales/opportunity/${deal.id}`)
      await page.waitForSelector('#field-next_step')
    }
    await mine.page.fill('#field-next_step', `From me ${now}`)
    await theirs.page.fill('#field-description', `From them ${now}`)
    await theirs.page.keyboard.press('Control+s')
    await theirs.page.waitForSelector('.save-state.saved')
    await mine.page.keyboard.press('Control+s')
    await mine.page.waitForSelector('.save-state.saved')
    const { next_step, description } = await fromApi<Deal>(
      app,
      mine,
      `opportunities(${deal.id})?$select=next_step,description`,
    )
    expect([next_step, description]).toEqual([`From me ${now}`, `From them ${now}`])
    await Promise.all([mine.context.close(), theirs.context.close()])
  })

  test.each(['mine', 'theirs'] as const)('two people change the same field and I keep %s', async (choice) => {
    const now = Date.now()
    const typed = { mine: `Mine ${now}`, theirs: `Theirs ${now}` }
    const [mine, theirs] = await Promise.all([open('/'), open('/')])
    const deal = await someDeal(mine)
    for (const { page } of [mine, theirs]) {
      await page.goto(`${app.url}/a/sales/opportunity/${deal.id}`)
      await page.waitForSelector('#field-next_step')
    }
    await mine.page.fill('#field-next_step', typed.mine)
    await theirs.page.fill('#field-next_step', typed.theirs)
    await theirs.page.keyboard.press('Control+s')
    await theirs.page.waitForSelector('.save-state.saved')
    await mine.page.keyboard.press('Control+s')
    await mine.page.waitForSelector('dialog .conflict')
    expect(await axe(mine.page)).toEqual([])
    await mine.page.click(`dialog .side:has-text("${en[`conflict.${choice}`]}")`)
    await mine.page.click(`dialog button:has-text("${en.save}")`)
    await mine.page.waitForSelector('.save-state.saved')
    const { next_step } = await fromApi<Deal>(app, mine, `opportunities(${deal.id})?$select=next_step`)
    expect(next_step).toBe(typed[choice])
    await Promise.all([mine.context.close(), theirs.context.close()])
  })

  test('a change somebody else makes appears without reloading', async () => {
    const [mine, theirs] = await Promise.all([open('/'), open('/')])
    const deal = await someDeal(mine)
    for (const { page } of [mine, theirs]) {
      await page.goto(`${app.url}/a/sales/opportunity/${deal.id}`)
      await page.waitForSelector('#field-next_step')
    }
    const step = `Seen at once ${Date.now()}`
    await theirs.page.fill('#field-next_step', step)
    await theirs.page.keyboard.press('Control+s')
    await expect.poll(() => mine.page.inputValue('#field-next_step'), { timeout: 5000 }).toBe(step)
    await Promise.all([mine.context.close(), theirs.context.close()])
  })

  test.each([
    { language: 'en', theme: 'light' },
    { language: 'fa', theme: 'dark' },
  ])('what is open reads as well as the page below it ($language)', async (look) => {
    const watched = await open('/a/sales/opportunity', look)
    const { page } = watched
    const deal = await someDeal(watched)
    const reads = async (opener: string, opened: string): Promise<void> => {
      await page.click(opener)
      await page.waitForSelector(opened)
      expect(await axe(page), opener).toEqual([])
      await page.keyboard.press('Escape')
      await page.waitForSelector(opened, { state: 'detached' })
    }
    await page.waitForSelector('.grid-body .chip')
    await reads('.view-picker', '[role=menu]')
    await reads('pv-sidebar .me', '[role=menu]')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('nothing has this name')
    await page.waitForSelector('pv-palette .nothing')
    expect(await axe(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.goto(`${app.url}/a/sales/opportunity/${deal.id}`)
    await reads('[data-field=stage] button', '[role=listbox]')
    await reads('[data-field=close_date] .pick', '.calendar')
    await reads('[data-field=account] input', '[data-field=account] [role=option]')
    await page.goto(`${app.url}/a/sales/opportunity/${crypto.randomUUID()}`)
    await page.waitForSelector('.state a[href="/a/sales/opportunity"]')
    expect(await axe(page)).toEqual([])
    await watched.context.close()
  })

  test('a filter that is built stays inside a small window', async () => {
    const filter = encodeURIComponent("stage eq 'negotiation' and (amount gt 1000 or close_date lt 2030-12-01)")
    const { page, context } = await open(`/a/sales/opportunity?filter=${filter}`, { width: 1024, height: 768 })
    await page.click('.filter-chip .say >> nth=0')
    await page.waitForSelector('.filter-menu .value')
    const edge = () =>
      page.locator('.filter-menu').evaluate((menu) => Math.ceil(menu.getBoundingClientRect().right) - innerWidth)
    await expect.poll(edge).toBeLessThanOrEqual(0)
    await context.close()
  })

  test('who has no role yet is told so', async () => {
    const admin = await open('/')
    const person = { email: 'new.here@example.com', password: 'a good password' }
    const headers = { origin: app.url }
    const data = { ...person, name: 'New Here', roles: [] }
    const made = await admin.context.request.post(`${app.url}/api/users`, { data, headers })
    expect([200, 201], await made.text()).toContain(made.status())
    await admin.context.close()
    const { page, context, complaints } = await openPage(app, { language: 'en' })
    await context.request.post(`${app.url}/api/auth/sign-in/email`, { data: person, headers })
    await page.goto(app.url)
    await page.waitForSelector(`h1:has-text("${en['closed.title']}")`)
    expect(await page.locator('pv-sidebar .areas h2').count()).toBe(0)
    expect(await axe(page)).toEqual([])
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('what is typed in the peek is not lost without a question, whichever way it is left', async () => {
    const { page, context } = await open('/a/sales/account')
    await page.click('pv-sidebar .nav[href*="/opportunity"]')
    await page.waitForSelector('.grid-body .chip')
    await page.click('.grid-body .grid-row[aria-rowindex="4"] .first')
    await page.fill('#peek-name', 'Not saved yet')
    const at = page.url()
    const ways: Readonly<Record<string, () => Promise<unknown>>> = {
      link: () => page.click('pv-sidebar .nav[href*="/account"]'),
      page: () => page.click('pv-peek .button[href*="/opportunity/"]'),
      row: () => page.click('.grid-body .grid-row[aria-rowindex="5"] .first'),
      view: () => page.click('.view-picker').then(() => page.click('[role=menuitemradio][aria-checked=false]')),
      back: () => page.goBack(),
    }
    for (const [way, leave] of Object.entries(ways)) {
      await leave()
      await page.click(`dialog[open] button:has-text("${en['leave.no']}")`)
      await page.waitForSelector('dialog', { state: 'detached' })
      expect([await page.inputValue('#peek-name'), page.url()], way).toEqual(['Not saved yet', at])
    }
    await page.click('pv-sidebar .nav[href*="/account"]')
    await page.click(`dialog[open] button:has-text("${en['leave.yes']}")`)
    await page.waitForURL(/\/account/)
    await context.close()
  })

  test('going back from a record leads to the same place of the list, with what was selected', async () => {
    const { page, context, complaints } = await open('/a/sales/opportunity?view=all_opportunities')
    await page.waitForSelector('.grid-body .first:has-text(" ")')
    await page.locator('[role=grid]').evaluate((grid) => (grid.scrollTop = 4000))
    const row = '.grid-row[aria-rowindex="118"]'
    await page.click(`${row} .check`)
    await page.waitForSelector(`${row}.selected`)
    await page.click(`${row} .first`)
    await page.click('pv-peek .button[href*="/opportunity/"]')
    await page.waitForSelector('pv-record-page .form')
    await page.goBack()
    await page.goBack()
    await page.waitForSelector(`${row}.selected.active`)
    expect(await page.locator('[role=grid]').evaluate((grid) => grid.scrollTop)).toBe(4000)
    await expect.poll(() => page.evaluate(() => document.activeElement?.role)).toBe('grid')
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('who types a name and presses Enter before the answer comes gets what they typed', async () => {
    const watched = await open('/a/sales/opportunity?view=open_opportunities')
    const { page, context } = watched
    const { value } = await fromApi<{ value: { name: string }[] }>(
      app,
      watched,
      'accounts?$top=1&$select=name&$orderby=name desc',
    )
    const wanted = value[0]!.name
    const deal = await someDeal(watched)
    await page.goto(`${app.url}/a/sales/opportunity/${deal.id}`)
    await page.click('#field-account')
    await page.waitForSelector('[data-field=account] [role=option] bdi')
    const asked = Promise.withResolvers<() => void>()
    await page.route('**/accounts?*search*', async (route) => {
      await new Promise<void>((go) => asked.resolve(go))
      await route.continue()
    })
    await page.fill('#field-account', wanted)
    await page.keyboard.press('Enter')
    const answer = await asked.promise
    expect(await page.inputValue('#field-account')).toBe(wanted)
    expect(await page.locator('.save-state').textContent()).not.toContain(en['save.dirty'])
    answer()
    await page.waitForSelector('[data-field=account] [role=option]', { state: 'detached' })
    expect(await page.inputValue('#field-account')).toBe(wanted)
    await context.close()
  })

  test('who leaves a picker by Tab has what was marked, and is told when nothing was chosen', async () => {
    const watched = await open('/a/sales/opportunity?view=open_opportunities')
    const { page, context } = watched
    const { value } = await fromApi<{ value: { id: string; name: string }[] }>(
      app,
      watched,
      'accounts?$top=1&$select=name&$orderby=name desc',
    )
    const wanted = value[0]!
    const deal = await someDeal(watched)
    await page.goto(`${app.url}/a/sales/opportunity/${deal.id}`)
    const chosen = () => page.getAttribute('[data-field=account] a', 'href')
    await page.click('#field-account')
    await page.fill('#field-account', wanted.name)
    await page.waitForSelector('[data-field=account] [data-active]:has-text("' + wanted.name + '")')
    await page.keyboard.press('Tab')
    await expect.poll(chosen).toContain(wanted.id)
    expect(await page.evaluate(() => document.activeElement?.id)).not.toBe('field-account')
    await page.click('#field-account')
    await page.fill('#field-account', 'nobody is called so')
    await page.keyboard.press('Tab')
    await page.waitForSelector('#field-account[aria-invalid=true]')
    expect(await page.inputValue('#field-account')).toBe('nobody is called so')
    expect(await page.textContent('[data-field=account] [role=alert]')).toBe(en['lookup.lost'])
    expect(await axe(page)).toEqual([])
    await page.focus('#field-account')
    await page.keyboard.press('Escape')
    expect(await page.inputValue('#field-account')).toBe(wanted.name)
    expect(await chosen()).toContain(wanted.id)
    await context.close()
  })

  test('what the server refuses is shown where it stands, also in another tab', async () => {
    const watched = await open('/')
    const { page, context } = watched
    const deal = await someDeal(watched)
    await page.goto(`${app.url}/a/sales/opportunity/${deal.id}`)
    const note = await page.getAttribute('#field-weighted_amount', 'aria-describedby')
    expect(await page.textContent(`[id="${note}"]`)).toBe(en['lock.computed'])
    await page.fill('#field-next_step', 'Call them')
    const details = [{ code: 'check.invalid', message: 'Not this day', target: 'engage_date' }]
    await page.route('**/opportunities(*)', (route) =>
      route.request().method() === 'PATCH'
        ? route.fulfill({ status: 422, json: { error: { code: 'check.invalid', message: 'No', details } } })
        : route.continue(),
    )
    await page.keyboard.press('Control+s')
    await page.waitForSelector('#field-engage_date[aria-invalid=true]:focus')
    await context.close()
  })

  test('who was cut off sees what happened meanwhile once the stream of events runs again', async () => {
    const watched = await open('/')
    const { page, context } = watched
    const deal = await someDeal(watched)
    await page.route('**/api/events', (route) => route.fulfill({ status: 503 }))
    await page.goto(`${app.url}/a/sales/opportunity/${deal.id}`)
    const step = `While away ${Date.now()}`
    await page.waitForSelector('#field-next_step')
    const answer = await context.request.patch(`${app.url}/api/data/v1/opportunities(${deal.id})`, {
      data: { next_step: step },
      headers: { origin: app.url },
    })
    expect(answer.ok(), await answer.text()).toBe(true)
    await page.unroute('**/api/events')
    await expect.poll(() => page.inputValue('#field-next_step'), { timeout: 10_000 }).toBe(step)
    await context.close()
  })

  test('the menu of a column opens from the keyboard and gives the keyboard back', async () => {
    const { page, context } = await open('/a/sales/opportunity?view=open_opportunities')
    await page.waitForSelector('.grid-body .chip')
    await page.focus('.sorter >> nth=1')
    await page.keyboard.press('Alt+ArrowDown')
    await page.waitForSelector('[role=menu] .item:focus')
    expect(await axe(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.waitForSelector('.sorter:focus >> nth=0')
    await page.click('.sorter >> nth=1', { button: 'right' })
    await page.click(`[role=menu] .item:has-text("${en['column.hide']}")`)
    await page.waitForSelector(`.list-bar button:has-text("${en['column.show'].one.replace('{count}', '1')}")`)
    await context.close()
  })

  test('cards on a phone are selected: by a button, by pressing long, and left again', async () => {
    const { page, context } = await open('/a/sales/opportunity?view=open_opportunities', { width: 390, height: 800 })
    const card = (at: number) => `.grid-body .grid-row[aria-rowindex="${at}"]`
    await page.waitForSelector(`${card(2)} .chip`)
    await page.click(`.list-foot button:has-text("${en['select.start']}")`)
    await page.click(`${card(3)} .first`)
    await page.click(`${card(4)} .first`)
    await page.waitForSelector(`.list-foot strong:has-text("2")`)
    await page.waitForSelector(`.list-foot button:has-text("${en.delete}")`)
    expect(await axe(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await page.keyboard.press('Escape')
    await page.click(`.list-foot button:has-text("${en['selection.clear']}")`)
    await page.waitForSelector('.list-foot .for-cards')
    await page.click(`${card(5)} .first`, { delay: 700 })
    await page.waitForSelector(`${card(5)}.selected`)
    expect(page.url()).not.toContain('/opportunity/')
    await page.click(`.list-foot button:has-text("${en['select.end']}")`)
    await page.click(`${card(5)} .first`)
    await page.waitForURL(/\/opportunity\/[0-9a-f-]{36}/)
    await context.close()
  })

  test('what cannot be loaded any more is said, and there after a reload', async () => {
    const { page, context } = await open('/a/sales/opportunity?view=open_opportunities')
    await page.route('**/assets/delete-many-*', (route) => route.fulfill({ status: 404 }))
    const remove = async () => {
      await page.click('.grid-body .grid-row[aria-rowindex="2"] .check')
      await page.click(`.list-foot button:has-text("${en.delete}")`)
    }
    await page.waitForSelector('.grid-body .chip')
    await remove()
    await page.waitForSelector(`.toast:has-text("${en['part.missing']}")`)
    await page.unroute('**/assets/delete-many-*')
    await page.click(`.toast button:has-text("${en['part.reload']}")`)
    await page.waitForSelector('.toast', { state: 'detached' })
    await page.waitForSelector('.grid-body .chip')
    await remove()
    await page.waitForSelector(`dialog[open] button:has-text("${en.cancel}")`)
    await context.close()
  })

  test('a page that is opened from the keyboard has the keyboard', async () => {
    const { page, context } = await open('/a/sales/opportunity?view=open_opportunities')
    await page.waitForSelector('.grid-body .chip')
    await page.keyboard.press('Tab')
    await page.waitForSelector('.skip:focus')
    await page.focus('[role=grid]')
    await page.keyboard.press('Enter')
    await page.waitForSelector('pv-record-page .form')
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN')
    await page.goBack()
    await page.waitForSelector('[role=grid]:focus')
    await context.close()
  })

  test('rows are as high as the letters of the reader need', async () => {
    const { page, context } = await open('/a/sales/account')
    const heights = () =>
      Promise.all(
        ['.grid-body .grid-row', '.grid-body .chip', '.grid-head .grid-row'].map((part) =>
          page
            .locator(part)
            .first()
            .evaluate((each) => (each as HTMLElement).offsetHeight),
        ),
      )
    await page.waitForSelector('.grid-body .chip')
    const before = await heights()
    await page.evaluate(() => (document.documentElement.style.fontSize = '200%'))
    await page.click('pv-sidebar .nav[href*="/opportunity"]')
    await page.waitForSelector('.grid-body .grid-row:has(time) .chip')
    expect(await heights()).toEqual(before.map((height) => 2 * height))
    await context.close()
  })

  test('a tablet leaves the values of a form room to be read', async () => {
    const watched = await open('/', { width: 768, height: 1024, language: 'ro' })
    const { page, context } = watched
    const deal = await someDeal(watched)
    await page.goto(`${app.url}/a/sales/opportunity/${deal.id}`)
    await page.waitForSelector('#field-close_date')
    const widths = await page
      .locator('.form-field .control')
      .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().width))
    expect(Math.min(...widths)).toBeGreaterThan(200)
    await context.close()
  })

  test('lists and records are printed whole, on white', async () => {
    const { page, context } = await open('/a/sales/opportunity?view=open_opportunities', { theme: 'dark' })
    await page.waitForSelector('.grid-body .chip')
    const count = Number(await page.getAttribute('[role=grid]', 'aria-rowcount')) - 1
    const asPrinted = async (): Promise<{ height: number; rows: number; theme: string | undefined }> => {
      await page.emulateMedia({ media: 'print' })
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
      expect(await page.isVisible('pv-sidebar')).toBe(false)
      return page.evaluate(() => ({
        height: document.documentElement.scrollHeight,
        rows: document.querySelectorAll('.grid-body .grid-row').length,
        theme: document.documentElement.dataset['theme'],
      }))
    }
    const list = await asPrinted()
    expect(list).toMatchObject({ rows: count, theme: 'light' })
    expect(list.height).toBeGreaterThan(count * 20)
    await page.emulateMedia({ media: 'screen' })
    await page.evaluate(() => dispatchEvent(new Event('afterprint')))
    expect(await page.locator('.grid-body .grid-row').count()).toBeLessThan(count)
    await page.focus('[role=grid]')
    await page.keyboard.press('Enter')
    await page.waitForSelector('pv-record-page .form-section')
    await page.setViewportSize({ width: 800, height: 400 })
    const record = await asPrinted()
    const end = await page.locator('.record-info').evaluate((info) => info.getBoundingClientRect().bottom)
    expect(record.height).toBeGreaterThanOrEqual(Math.floor(end))
    await context.close()
  })

  test('a list that cannot be read says so once, and is read again when one asks', async () => {
    const { page, context } = await open('/a/sales/product')
    await page.waitForSelector('.grid-body .first .cut')
    let asked = 0
    await page.route('**/api/data/v1/opportunities?*', (route) => {
      asked++
      return route.abort()
    })
    await page.click('pv-sidebar .nav[href*="/opportunity"]')
    await page.waitForSelector('.state.broken')
    const before = asked
    expect(await axe(page)).toEqual([])
    expect(asked).toBe(before)
    await page.unroute('**/api/data/v1/opportunities?*')
    await page.click('.state.broken button')
    await page.waitForSelector('.grid-body .chip')

    // A filter on a field that is gone: what helps is to take it away.
    await page.goto(`${app.url}/a/sales/product?filter=${encodeURIComponent("gone eq 'x'")}`)
    await page.click(`.state.broken button:has-text("${en['filter.clear']}")`)
    await page.waitForSelector('.grid-body .first .cut')
    await context.close()
  })

  test.each(['/a/sales/opportunity', '/a/sales/account', '/studio/entity/account'])('%s fits a phone', async (path) => {
    const { page, context } = await open(path, { width: 360, height: 740 })
    await page.waitForSelector('.grid-body .first:has-text(" "), .canvas')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    expect(await axe(page)).toEqual([])
    await page.click('.drawer')
    await page.waitForSelector('pv-sidebar.open .nav')
    await context.close()
  })

  test('a link says everything: view, filter, sort, search and the record in the peek', async () => {
    const watched = await open('/')
    const deal = await someDeal(watched)
    const path = `/a/sales/opportunity?view=all_opportunities&filter=${encodeURIComponent(`name eq '${deal.name.replaceAll("'", "''")}'`)}&sort=-name&peek=${deal.id}`
    await watched.page.goto(app.url + path)
    await watched.page.waitForSelector('pv-peek .form')
    expect(await watched.page.textContent('pv-peek h1')).toContain(deal.name)
    expect(await watched.page.textContent('.filter-chip:not(.fixed)')).toContain(deal.name)
    expect(await watched.page.getAttribute('.cell.head >> nth=0', 'aria-sort')).toBe('descending')
    await watched.context.close()
  })

  test('the palette finds records and pages', async () => {
    const watched = await open('/a/sales/opportunity')
    const { page } = watched
    const deal = await someDeal(watched)
    await page.waitForSelector('.grid-body .chip')
    await page.keyboard.press('Control+k')
    await page.keyboard.type(deal.name.slice(0, 12))
    await page.waitForSelector('pv-palette .item:has-text("Opportunity")')
    expect(await axe(page)).toEqual([])
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/a\/sales\/\w+\/[0-9a-f-]{36}/)
    await watched.context.close()
  })

  test('who types in the palette and presses Enter before the answer comes goes where that text leads', async () => {
    const watched = await open('/a/sales/opportunity')
    const { page, context } = watched
    const deal = await someDeal(watched)
    const made = await context.request.post(`${app.url}/api/data/v1/accounts`, {
      data: { name: `Quillhaven ${Date.now()}` },
      headers: { origin: app.url },
    })
    const wanted = (await made.json()) as { id: string; name: string }
    await page.waitForSelector('.grid-body .chip')
    await page.keyboard.press('Control+k')
    await page.fill('pv-palette input', deal.name.slice(0, 12))
    await page.waitForSelector('pv-palette [aria-selected=true] mark')
    await page.fill('pv-palette input', wanted.name)
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp(wanted.id))
    await watched.context.close()
  })
})
