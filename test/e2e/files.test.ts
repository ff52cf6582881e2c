// Can a person put files on a record, see what goes wrong, take one away, and find the picture again in the list? In a real
// browser, with the keyboard's names for everything, in both directions of writing.
import sharp from 'sharp'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBrowser } from '../support/browser.ts'
import { axe, openPage, signIn, startApp, type RunningApp, type Watched } from './app.ts'
import { call } from '../support/server.ts'

const hasBrowser = findBrowser() !== undefined
if (!hasBrowser) console.log('SKIPPED: files in a browser (no browser)')

describe.runIf(hasBrowser)('files in a form', () => {
  let app: RunningApp
  let watched: Watched
  let page: Page
  let note: string
  let contact: string

  const made = async (set: string, body: object): Promise<string> => {
    const answer = await call(app.server!, 'POST', `/api/data/v1/${set}`, body)
    expect(answer.status, answer.text).toBe(201)
    return (answer.json as { id: string }).id
  }

  beforeAll(async () => {
    app = await startApp({ env: { DEMO: '0' } })
    note = await made('notes', { title: 'Kick-off', text: 'See the papers' })
    contact = await made('contacts', { last_name: 'Ada' })
    watched = await openPage(app, { language: 'fa', theme: 'dark' })
    page = watched.page
    await signIn(app, watched)
  })
  afterAll(() => app?.stop())

  const choose = (name: string, mimeType: string, buffer: Buffer): Promise<void> =>
    page.setInputFiles('pv-file input[type=file]', { name, mimeType, buffer })
  const shown = () => page.locator('pv-file .file:not(.sending) bdi').allTextContents()
  const saved = async (): Promise<void> => {
    const answer = page.waitForResponse((each) => each.request().method() === 'PATCH' && each.ok())
    await page.keyboard.press('Control+s')
    await answer
  }

  test('several files are sent, a wrong one says why, one is taken away, and the record keeps the rest', async () => {
    await page.goto(`${app.url}/a/all/note/${note}`)
    await page.waitForSelector('pv-file input[type=file]', { state: 'attached' })
    await choose('یادداشت.txt', 'text/plain', Buffer.from('سلام'))
    await page.waitForSelector('pv-file .file:not(.sending)')
    await choose('second.txt', 'text/plain', Buffer.from('two'))
    await page.waitForFunction(() => document.querySelectorAll('pv-file .file:not(.sending)').length === 2)
    await choose('picture.png', 'image/png', Buffer.from('MZ\u0000\u0000'))
    await page.waitForSelector('pv-file .failed [role=alert]')
    expect(await shown()).toEqual(['یادداشت.txt', 'second.txt'])
    expect(await axe(page)).toEqual([])
    await page.click('pv-file .failed button')
    await page.click('pv-file .file:nth-child(2) .remove')
    expect(await shown()).toEqual(['یادداشت.txt'])
    await saved()
    const stored = await call(app.server!, 'GET', `/api/data/v1/notes(${note})?$select=attachments_name`)
    expect(stored.json).toMatchObject({ attachments_name: 'یادداشت.txt' })
    await page.reload()
    await page.waitForSelector('pv-file .file')
    expect(await shown()).toEqual(['یادداشت.txt'])
  })

  test('a photo that is dropped is shown in the form, at the top of the record and in its place', async () => {
    await page.goto(`${app.url}/a/sales/contact/${contact}`)
    await page.waitForSelector('pv-file .choose')
    const png = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#c05c3a' } })
      .png()
      .toBuffer()
    const transfer = await page.evaluateHandle(
      (bytes) => {
        const data = new DataTransfer()
        data.items.add(new File([new Uint8Array(bytes)], 'me.png', { type: 'image/png' }))
        return data
      },
      [...png],
    )
    await page.dispatchEvent('pv-file .files', 'drop', { dataTransfer: transfer })
    await page.waitForSelector('pv-file .file img')
    await page.focus('pv-file input[type=file]')
    await saved()
    await page.waitForSelector('.emblem img')
    const width = await page.locator('.emblem img').evaluate((image: HTMLImageElement) => image.naturalWidth)
    expect(width).toBe(96)
    expect(await axe(page)).toEqual([])
  })

  test('nothing was complained about but the file that was refused', () => {
    expect(watched.complaints().filter((each) => !each.includes('/api/files?for=note.attachments'))).toEqual([])
  })
})
