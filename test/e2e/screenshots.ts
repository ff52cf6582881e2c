// The pictures of docs/images: the pages a newcomer sees, in English by day and in Persian by night.
// `node test/e2e/screenshots.ts` starts a server of its own with the demo data and writes them again.
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { findBrowser } from '../support/browser.ts'
import { openPage, signIn, startApp, type RunningApp } from './app.ts'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs', 'images')
const looks = [
  { name: 'en-light', language: 'en', theme: 'light' },
  { name: 'fa-dark', language: 'fa', theme: 'dark' },
] as const

const firstDeal = '.grid-body .grid-row[aria-rowindex="4"] .first'

const shots: Readonly<
  Record<
    string,
    {
      readonly path: string
      readonly out?: boolean
      readonly waits: string
      readonly act?: (page: Page) => Promise<void>
    }
  >
> = {
  'sign-in': { path: '/sign-in', out: true, waits: '.door-card' },
  list: { path: '/a/sales/opportunity?view=open_opportunities', waits: '.grid-body .chip' },
  groups: {
    path: '/a/sales/opportunity?view=pipeline',
    waits: '.grid-body .first .cut',
    act: async (page) => {
      await page.click('.grid-row.group >> nth=1')
      await page.waitForSelector('.grid-row.group .folded')
    },
  },
  peek: {
    path: '/a/sales/opportunity?view=open_opportunities',
    waits: '.grid-body .chip',
    act: async (page) => {
      await page.click(firstDeal)
      await page.waitForSelector('pv-peek .form')
    },
  },
  record: {
    path: '/a/sales/opportunity?view=open_opportunities',
    waits: '.grid-body .chip',
    act: async (page) => {
      await page.click(firstDeal)
      await page.click('pv-peek a[href*="/opportunity/"]')
      await page.waitForSelector('pv-record-page .form')
    },
  },
  empty: { path: `/a/sales/product?filter=${encodeURIComponent("name eq 'nothing'")}`, waits: '.state' },
  palette: {
    path: '/a/sales/opportunity?view=open_opportunities',
    waits: '.grid-body .chip',
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('har')
      await page.waitForSelector('pv-palette mark')
    },
  },
  search: { path: '/search?q=har', waits: '.search-page mark' },
  roles: { path: '/studio/roles/salesperson', waits: '.rights-row .reach' },
  designer: { path: '/studio/entity/opportunity?field=stage', waits: 'pv-properties .option-row' },
}

/** Names of pictures on the command line; all when there are none. */
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(shots)

if (findBrowser() === undefined)
  console.log('SKIPPED: screenshots (no Chromium found; set CHROMIUM_PATH or install chromium)')
else {
  const app = await startApp()
  try {
    mkdirSync(folder, { recursive: true })
    for (const look of looks) for (const name of wanted) await shoot(app, name, look)
  } finally {
    await app.stop()
  }
}

async function shoot(app: RunningApp, name: string, look: (typeof looks)[number]): Promise<void> {
  const { path, out, waits, act } = shots[name]!
  const watched = await openPage(app, look)
  if (!out) await signIn(app, watched)
  await watched.page.goto(app.url + path)
  await watched.page.waitForSelector(waits)
  await act?.(watched.page)
  await watched.page.mouse.move(700, 5)
  await watched.page.evaluate(() => document.fonts.ready)
  // Pictures want the last frame of everything that fades in; nothing says when that is.
  await watched.page.waitForTimeout(500)
  await watched.page.screenshot({ path: join(folder, `${name}-${look.name}.png`) })
  console.log(`  ${name}-${look.name}.png`)
  await watched.context.close()
}
