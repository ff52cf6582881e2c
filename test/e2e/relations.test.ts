// Relationships in a real browser: made in the studio, used at once; records added to a list and taken out of it; two records
// merged and split again.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { en as first } from '../../studio/src/texts/en.ts'
import { enStudio } from '../../studio/src/texts/en-studio.ts'
import { fa } from '../../studio/src/texts/fa.ts'
import { findBrowser } from '../support/browser.ts'
import { axe, fromApi, openPage, signIn, startApp, type RunningApp, type Watched } from './app.ts'

const en = { ...first, ...enStudio }
const browser = findBrowser()
if (browser === undefined) console.log('SKIPPED: browser tests of relationships (no Chromium found)')

interface Named {
  readonly id: string
  readonly name: string
}
interface List<T> {
  readonly value: readonly T[]
}

describe.skipIf(browser === undefined)('relationships', () => {
  let app: RunningApp
  beforeAll(async () => {
    app = await startApp()
    const watched = await open('/')
    await make(watched, 'mailing_lists', { name: 'Spring letter' })
    await watched.context.close()
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

  const make = async ({ context }: Watched, set: string, data: object): Promise<void> => {
    const answer = await context.request.post(`${app.url}/api/data/v1/${set}`, { data, headers: { origin: app.url } })
    if (!answer.ok()) throw new Error(`${set} answered ${answer.status()}: ${await answer.text()}`)
  }

  test('many with many and a lookup are made in the studio and used at once', async () => {
    const watched = await open('/studio/entity/mailing_list?tab=relations')
    const { page } = watched
    await page.waitForSelector('.relations .diagram')
    expect(await axe(page)).toEqual([])

    await page.click(`.relations [aria-label="${en['relations.add']}: ${en['relations.many']}"]`)
    await pick(page, 'relation-other', 'product')
    expect(await page.inputValue('#relation-name')).toBe('abc_mailing_list_product')
    await page.fill('[name=relation-label]', 'Products in lists')
    await page.fill('#relation-here', 'Not a name')
    expect(await page.locator('dialog footer .primary').isDisabled()).toBe(true)
    await page.fill('#relation-here', 'about')
    await page.fill('#relation-there', 'newsletters')
    expect(await axe(page)).toEqual([])
    await page.keyboard.press('Enter')
    await page.waitForSelector('.relations li:has-text("Products in lists")')

    await page.click(`.relations [aria-label="${en['relations.add']}: ${en['relations.lookups']}"]`)
    await pick(page, 'relation-targets', 'account')
    await page.keyboard.press('Escape')
    await page.fill('[name=relation-label]', 'Sponsor')
    await page.click('.behaviour summary')
    await page.click('.behaviour pv-select >> nth=0')
    await page.click(`.options .item:has-text("${en['cascade.kind.remove_link']}")`)
    expect(await page.textContent('#behaviour')).toContain(en['cascade.preset.referential'])
    expect(await axe(page)).toEqual([])
    await page.click('dialog footer .primary')
    await page.waitForSelector('.relations li:has-text("Sponsor")')

    await publish(page)
    const { value } = await fromApi<List<Named>>(app, watched, 'products?$select=name&$top=1&$expand=newsletters')
    expect(value[0]).toMatchObject({ newsletters: [] })
    const lists = await fromApi<List<Named>>(app, watched, 'mailing_lists?$top=1&$expand=about,abc_sponsor')
    expect(lists.value).toHaveLength(1)
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })

  test('states, what may follow what and a key are set in the studio', async () => {
    const watched = await open('/studio/entity/product?tab=rules')
    const { page } = watched
    await page.check('[name=states]')
    await page.click(`.rules button:has-text("${en['states.begin']}")`)
    await page.uncheck(`.matrix input >> nth=1`)
    await page.click(`.rules [aria-label="${en['relations.add']}: ${en.keys}"]`)
    await pick(page, 'key-fields', 'name')
    await page.keyboard.press('Escape')
    expect(await axe(page)).toEqual([])
    await page.click('dialog footer .primary')
    await page.waitForSelector('pv-keys li code:has-text("name")')
    expect(await axe(page)).toEqual([])
    expect(
      await page.evaluate(() => JSON.parse(sessionStorage.getItem('peyvand.draft') ?? '[]') as unknown),
    ).toMatchObject([{ definition: { state: { statuses: [{ value: 'open' }, { value: 'closed', to: [] }] } } }])
    await page.goto(`${app.url}/studio/review`)
    await page.waitForSelector('.steps li')
    expect(await page.locator('.problems li').allTextContents()).toEqual([])
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })

  test('the studio of relationships reads from right to left', async () => {
    const watched = await open('/studio/entity/opportunity?tab=relations', 'fa')
    const heading: unknown = fa['relations.many']
    await watched.page.waitForSelector(`.relations h2:has-text("${String(heading)}")`)
    expect(await axe(watched.page)).toEqual([])
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })

  test('contacts join a mailing list and leave it', async () => {
    const watched = await open('/')
    const { page } = watched
    const [list] = (await fromApi<List<Named>>(app, watched, 'mailing_lists?$select=name&$top=1')).value
    const free = `contacts?$select=full_name&$top=1&$filter=${encodeURIComponent(`not mailing_lists/any(l:l/id eq ${list!.id})`)}`
    const [contact] = (await fromApi<List<{ id: string; full_name: string }>>(app, watched, free)).value
    const linked = async () => {
      const asked = `contacts?$select=id&$filter=${encodeURIComponent(`id eq ${contact!.id} and mailing_lists/any(l:l/id eq ${list!.id})`)}`
      return (await fromApi<List<Named>>(app, watched, asked)).value.length
    }
    await page.goto(`${app.url}/a/sales/mailing_list/${list!.id}`)
    await page.click(`.subgrid button:has-text("${en['link.add']}")`)
    await page.click('dialog pv-lookup input')
    await page.keyboard.type(contact!.full_name)
    await page.click(`[role=option]:has(bdi:text-is("${contact!.full_name}"))`)
    expect(await axe(page)).toEqual([])
    await page.click('dialog footer .primary')
    await expect.poll(linked).toBe(1)
    const row = `.subgrid tr:has-text("${contact!.full_name}") [aria-label="${en['link.remove']}"]`
    await page.click(row)
    await expect.poll(linked).toBe(0)
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })

  test('a contact is connected with a company in roles, seen from both sides, and the connection removed', async () => {
    const watched = await open('/')
    const { page } = watched
    const [contact] = (
      await fromApi<List<{ id: string; full_name: string }>>(app, watched, 'contacts?$select=full_name&$top=1')
    ).value
    const [account] = (await fromApi<List<Named>>(app, watched, 'accounts?$select=name&$top=1')).value
    const connected = async () =>
      (await fromApi<List<Named>>(app, watched, `connections?$select=id&$filter=record1_id eq ${contact!.id}`)).value
        .length
    await page.goto(`${app.url}/a/sales/contact/${contact!.id}`)
    await page.click(`pv-connections button:has-text("${en['connections.add']}")`)
    await page.waitForSelector('dialog pv-lookup input:focus')
    expect(await page.locator('dialog footer .primary').isDisabled()).toBe(true)
    await page.click('dialog pv-lookup input')
    await page.click('dialog .targets button:has-text("Account")')
    await page.keyboard.type(account!.name)
    await page.click(`dialog [role=option]:has(bdi:text-is("${account!.name}"))`)
    await page.click('dialog pv-select >> nth=0')
    await page.click('.options .item:has-text("Employer")')
    // The other side of a role is known by itself.
    await page.waitForSelector('dialog pv-select >> nth=1 >> text=Employee')
    await page.fill('dialog input[maxlength]', 'Since the spring')
    expect(await axe(page)).toEqual([])
    await page.click('dialog footer .primary')
    const here = page.locator('.connection-list li', { hasText: account!.name })
    await here.locator('.chip:has-text("Employer")').waitFor()
    expect(await here.textContent()).toContain('Since the spring')
    expect(await connected()).toBe(1)

    await page.goto(`${app.url}/a/sales/account/${account!.id}`)
    const there = page.locator('.connection-list li', { hasText: contact!.full_name })
    await there.locator('.chip:has-text("Employee")').waitFor()
    expect(await axe(page)).toEqual([])
    await there.locator(`[aria-label="${en['connections.remove']}"]`).click()
    await there.waitFor({ state: 'detached' })
    expect(await connected()).toBe(0)
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })

  test('a field moves to another entity: asked in the studio, decided in the review, taken back', async () => {
    const watched = await open('/studio/entity/contact?field=department')
    const { page } = watched
    const held = async () => {
      const asked = `accounts?$apply=${encodeURIComponent('filter(department ne null)/aggregate($count as n)')}`
      return (await fromApi<List<{ n: number }>>(app, watched, asked)).value[0]!.n
    }
    await page.click('pv-properties .move-field')
    await page.waitForSelector('dialog[open] #move-goal')
    expect(await axe(page)).toEqual([])
    await page.click('dialog[open] footer .primary')
    // The form of contacts names it, and several contacts of one account say different things.
    await page.waitForSelector('.problems li')
    await page.click('.switch.adjust input')
    await page.click('.steps .choice pv-select button')
    await page.click('.options .item >> nth=1')
    await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>('.review header .primary')!.disabled)
    expect(await axe(page)).toEqual([])
    await page.click('.review header .primary')
    await page.click('dialog[open] footer .danger')
    await page.waitForSelector('.toast')
    expect(await held()).toBeGreaterThan(0)
    await page.click('.toast button')
    const contacts = `contacts?$select=id&$top=1&$filter=${encodeURIComponent('department ne null')}`
    await expect
      .poll(() =>
        fromApi<List<Named>>(app, watched, contacts).then(
          ({ value }) => value.length,
          () => 0,
        ),
      )
      .toBe(1)
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })

  test('two accounts are merged and split again', async () => {
    const watched = await open('/a/sales/account')
    const { page } = watched
    await page.waitForSelector('.grid-body .grid-row .first:has-text(" ")')
    for (const at of [3, 4]) await page.check(`.grid-body .grid-row[aria-rowindex="${at}"] input[type=checkbox]`)
    await page.click(`button:has-text("${en.merge}")`)
    await page.waitForSelector('dialog .merge')
    expect(await axe(page)).toEqual([])
    await page.click('dialog footer .primary')
    await page.waitForSelector('dialog', { state: 'detached' })
    const merged = () =>
      fromApi<List<Named>>(
        app,
        watched,
        `accounts?$select=name&$filter=${encodeURIComponent('merged_into_id ne null')}`,
      )
    await expect.poll(async () => (await merged()).value.length).toBe(1)
    const [gone] = (await merged()).value
    await page.goto(`${app.url}/a/sales/account/${gone!.id}`)
    await page.click(`pv-record-page [aria-haspopup="menu"]`)
    await page.click(`.menu .item:has-text("${en.split}")`)
    await page.waitForSelector('dialog')
    expect(await axe(page)).toEqual([])
    await page.click(`dialog button:has-text("${en.split}")`)
    await expect.poll(async () => (await merged()).value.length).toBe(0)
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })
})

/** Chooses an entity or field by its name in a select. */
async function pick(page: Page, id: string, name: string): Promise<void> {
  await page.click(`#${id}`)
  await page.click(`.options .item:has(.second:text-is("${name}"))`)
}

async function publish(page: Page): Promise<void> {
  await page.click('.draft-bar a.primary')
  await page.waitForSelector('.steps li, .problems li, .review [role=alert]')
  expect(await page.locator('.problems li, .review [role=alert]').allTextContents()).toEqual([])
  await page.click(`.review button:has-text("${en['design.publish']}")`)
  await page.waitForSelector(`.toast:has-text("${en['design.published'].slice(0, 9)}")`)
}
