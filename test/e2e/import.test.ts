// Can a person bring a file in: choose it, say where a column goes, see what would go wrong before anything is written, import
// it, and take it back? In a real browser, in both directions of writing.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enImport } from '../../studio/src/texts/en-import.ts'
import { findBrowser } from '../support/browser.ts'
import { axe, fromApi, openPage, signIn, startApp, type RunningApp, type Watched } from './app.ts'

const hasBrowser = findBrowser() !== undefined
if (!hasBrowser) console.log('SKIPPED: imports in a browser (no browser)')

describe.runIf(hasBrowser)('a file in the browser', () => {
  let app: RunningApp
  beforeAll(async () => {
    app = await startApp({ env: { DEMO: '0' } })
  })
  afterAll(() => app?.stop())

  const open = async (language: string): Promise<Watched> => {
    const watched = await openPage(app, { language })
    await signIn(app, watched)
    await watched.page.goto(`${app.url}/import?entity=account`)
    await watched.page.waitForSelector('.import-drop input[type=file]', { state: 'attached' })
    return watched
  }
  const choose = (page: Page, text: string): Promise<void> =>
    page.setInputFiles('.import-drop input[type=file]', {
      name: 'companies.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(text),
    })
  const map = async (page: Page, column: string, find: string, field: RegExp): Promise<void> => {
    const row = page.locator('.import-table tr', { hasText: column })
    await row.locator('[role=combobox]').click()
    await page.locator('[role=listbox] input, .seek input').first().fill(find)
    await page.locator('[role=option]', { hasText: field }).first().click()
  }
  const accounts = (watched: Watched): Promise<{ value: { name: string }[] }> =>
    fromApi(app, watched, 'accounts?$select=name&$orderby=name')

  test('is mapped, checked, imported and taken back', async () => {
    const watched = await open('en')
    const { page } = watched
    await choose(
      page,
      'Firma,Account number,Employees,Owner\nAlpha,A-1,12,Administrator\nBeta,A-2,many,\nGamma,A-3,,\n',
    )
    await map(page, 'Firma', 'name', /^\s*Name/)
    // An owner is a user or a team: which one is meant only a person knows.
    await map(page, 'Owner', 'owner', /^\s*Owner · User/)
    expect(await axe(page)).toEqual([])
    await page.getByRole('button', { name: 'Check first' }).click()
    const failures = page.getByRole('list', { name: 'Rows with mistakes' })
    await failures.waitFor()
    expect(await failures.locator('li').allInnerTexts()).toEqual([expect.stringMatching(/Row 3\s+Employees .*many/)])
    expect((await accounts(watched)).value).toEqual([])
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByRole('link', { name: 'Rows with mistakes as a file' }).waitFor()
    expect((await accounts(watched)).value).toMatchObject([{ name: 'Alpha' }, { name: 'Gamma' }])
    expect(
      await fromApi(app, watched, "accounts?$filter=owner_user/name eq 'Administrator'&$count=true"),
    ).toMatchObject({ '@odata.count': 2 })
    await page.getByRole('button', { name: 'Take back' }).waitFor()
    expect(await axe(page)).toEqual([])
    await page.getByRole('button', { name: 'Take back' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click()
    await page.getByText('Deleted: 2 · brought back: 0 · left: 0').waitFor()
    expect((await accounts(watched)).value).toEqual([])
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })

  test('is not begun before a column goes somewhere', async () => {
    const { page, context } = await open('en')
    await choose(page, 'Firma\nAlpha\n')
    const go = page.getByRole('button', { name: 'Import', exact: true })
    await page.getByText(enImport['import.unplaced']).waitFor()
    expect(await go.isDisabled()).toBe(true)
    expect(await axe(page)).toEqual([])
    await map(page, 'Firma', 'name', /^\s*Name/)
    await expect.poll(() => go.isEnabled()).toBe(true)
    await context.close()
  })

  test('its mistakes are told in the language of the reader', async () => {
    const watched = await open('fa')
    const { page } = watched
    await choose(page, 'name,employees\nAlpha,many\n')
    await page.getByRole('button', { name: 'نخست بررسی کن' }).click()
    const failure = page.locator('.import-failures li').first()
    await failure.waitFor()
    expect(await failure.innerText()).toMatch(/employees\s+many: یک عدد بنویسید/)
    expect(await axe(page)).toEqual([])
    expect(watched.complaints()).toEqual([])
    await watched.context.close()
  })
})
