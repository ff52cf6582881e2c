// Stored scripts: is there any text, in any place where people or administrators can put one, that a screen runs as code? Every
// payload goes through what makes HTML harmless, in a page without any protection; some of each class (all with PAYLOADS=all) are
// stored in records, labels, options, views, files and roles, and every kind of screen is opened on it.
// Modelled on GHSA-vv2v-pw69-8crf (Directus, CVE-2025-64747), GHSA-vx5p-q85x-xm3c (NocoDB, CVE-2026-28357) and CVE-2023-27474
// (Directus).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { htmlOfMarkdown } from '@peyvand/core/base/markdown.ts'
import { htmlOfText, sanitizeHtml } from '@peyvand/core/base/html.ts'
import { openPage, signIn, startApp, type RunningApp, type Watched } from '../e2e/app.ts'
import { findBrowser } from '../support/browser.ts'
import { call, type Answer } from '../support/server.ts'
import { payloads, somePayloads } from './payloads.ts'

const browser = findBrowser()
if (browser === undefined) console.log('SKIPPED: stored scripts in a browser (no Chromium found)')
/** How many of each class are stored. A small run opens fewer screens, too. */
const wanted = process.env['PAYLOADS'] ?? '5'
const isSmall = wanted !== 'all'
const stored = (isSmall ? somePayloads(Number(wanted)) : payloads).map((each) =>
  each.toWellFormed().replaceAll('\0', ''),
)

it('there are at least 3,000 payloads, of all kinds', () => {
  expect(payloads.length).toBeGreaterThanOrEqual(3_000)
  for (const kind of [/srcdoc/, /<svg/, /<math/, /data:/, /javascript:/, /\?lit\$/, /\$\{/, /<!--/, /\u202e/])
    expect(payloads.filter((each) => kind.test(each)).length, String(kind)).toBeGreaterThan(0)
})

const nth = (i: number) => stored[i % stored.length]!

/** An entity whose every text is a payload. */
function trap(n: number): object {
  const label = (i: number) => ({ en: nth(n * 20 + i), fa: nth(n * 20 + i + 1) })
  return {
    kind: 'entity',
    name: `trap_${n}`,
    entitySet: `traps_${n}`,
    label: label(0),
    plural: label(1),
    description: nth(n * 20 + 2),
    ownership: 'user',
    primaryField: 'name',
    audit: true,
    fields: [
      { name: 'name', type: 'text', maxLength: 4_000, label: label(3), required: true },
      {
        name: 'note',
        type: 'text',
        format: 'multiline',
        maxLength: 10_000,
        label: label(4),
        description: nth(n * 20 + 5),
      },
      { name: 'page', type: 'text', format: 'markdown', maxLength: 10_000, label: label(6) },
      { name: 'code', type: 'text', format: 'code', maxLength: 10_000, label: label(7) },
      { name: 'body', type: 'rich_text', label: label(8) },
      { name: 'data', type: 'json', label: label(9) },
      { name: 'twice', type: 'text', template: '{name} {name}', label: label(10) },
      {
        name: 'kind',
        type: 'choice',
        label: label(11),
        options: [0, 1].map((i) => ({ value: `v${i}`, label: label(12 + i), color: 'red' })),
      },
      { name: 'parent', type: 'lookup', target: `trap_${n}`, label: label(14) },
      { name: 'file', type: 'file', label: label(15) },
    ],
  }
}

const traps = [0, 1, 2]
const definitions = [
  ...traps.map(trap),
  ...traps.map((n) => ({
    kind: 'view',
    name: `view_${n}`,
    entity: `trap_${n}`,
    label: nth(n + 30),
    columns: ['name', 'note', 'kind', 'parent', 'body', 'twice', 'file'].map((field) => ({ field })),
    ...(n === 1 ? { group: ['kind'] } : {}),
  })),
  {
    kind: 'app',
    name: 'traps',
    label: { en: nth(40), fa: nth(41) },
    areas: [
      {
        name: 'all',
        label: nth(42),
        items: traps.map((n) => ({ entity: `trap_${n}`, view: `view_${n}`, label: nth(43 + n) })),
      },
    ],
  },
  { kind: 'role', name: 'trapped', label: nth(50), grants: [{ entity: 'trap_0', read: 'all' }] },
  { kind: 'choice', name: 'trapping', label: nth(51), options: [{ value: 'a', label: nth(52) }] },
]

describe.skipIf(browser === undefined)('in a browser', () => {
  let app: RunningApp
  beforeAll(async () => {
    app = await startApp({})
  })
  afterAll(() => app?.stop())

  /** What ran in a page: dialogs, marks, reports of the content policy. */
  const watch = async ({ page }: Watched): Promise<string[]> => {
    const found: string[] = []
    page.on('dialog', (dialog) => {
      found.push(`dialog on ${page.url()}: ${dialog.message()}`)
      void dialog.dismiss().catch(() => undefined)
    })
    await page.exposeFunction('reported', (text: string) => void found.push(`${text} on ${page.url()}`))
    await page.addInitScript(() => {
      const { reported } = globalThis as unknown as { reported: (text: string) => void }
      document.addEventListener('securitypolicyviolation', (event) =>
        reported(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
      )
      Object.defineProperty(globalThis, '__ran', {
        set: () => {
          reported('a payload ran')
        },
      })
    })
    return found
  }

  it('CVE-2023-27474: all payloads, as formatted text, as Markdown and as plain text, in a page without protection', async () => {
    const context = await app.browser.newContext()
    const page = await context.newPage()
    const found = await watch({ page, context, complaints: () => [] })
    await page.route('**/*', (route) =>
      route.request().url() === 'http://bare.test/'
        ? route.fulfill({ contentType: 'text/html', body: '<!doctype html><body></body>' })
        : route.abort(),
    )
    await page.goto('http://bare.test/')
    // A link may lead elsewhere; what it must not do is run.
    await page.evaluate(() =>
      document.addEventListener('click', (event) => {
        const { protocol } = event.target as HTMLAnchorElement
        if (['http:', 'https:', 'mailto:', 'tel:'].includes(protocol)) event.preventDefault()
      }),
    )
    const made = payloads.flatMap((each) => [sanitizeHtml(each), htmlOfMarkdown(each), htmlOfText(each)])
    for (let from = 0; from < made.length; from += 2_000)
      await page.evaluate(
        async (texts) => {
          for (const text of texts) {
            const [once, twice, xml] = ['div', 'div', 'svg'].map((name) =>
              document.body.appendChild(document.createElement(name)),
            )
            once!.innerHTML = text
            // Read again, as pasting and editing do: what it became the first time must not become something else.
            twice!.innerHTML = once!.innerHTML
            xml!.innerHTML = text
            for (const link of document.body.querySelectorAll('a')) link.click()
            for (const each of document.body.querySelectorAll<HTMLElement>('*'))
              each.dispatchEvent(new Event('mouseover'))
            document.body.replaceChildren()
          }
          await new Promise((resolve) => setTimeout(resolve, 50))
        },
        made.slice(from, from + 2_000),
      )
    // The page would have noticed: the same payloads as they are do run here.
    expect(found).toEqual([])
    await page.evaluate((text) => (document.body.innerHTML = text), '<img src=x onerror="window.__ran=1">')
    await expect.poll(() => found.length).toBeGreaterThan(0)
    await context.close()
  })

  describe('stored', () => {
    const ok = (answer: Answer): Answer => {
      expect(answer.status, answer.text.slice(0, 2_000)).toBeLessThan(300)
      return answer
    }
    const data = (method: string, path: string, body?: unknown) =>
      call(app.server!, method, `/api/data/v1/${path}`, body)
    const ids: string[] = []
    beforeAll(async () => {
      ok(
        await call(app.server!, 'POST', '/api/model/apply', {
          changes: definitions.map((definition) => ({ op: 'put', definition })),
        }),
      )
      for (const [i, text] of stored.entries()) {
        const upload = await call(
          app.server!,
          'POST',
          `/api/files?name=${encodeURIComponent(text.slice(0, 200))}`,
          'text',
          {
            'content-type': 'text/plain',
          },
        )
        const file = upload.status === 201 ? (upload.json as { id: string }).id : undefined
        const record = { name: text, note: text, page: text, code: text, data: { [text.slice(0, 50)]: text } }
        const kind = `v${i % 2}`
        const parent = ids.length > 0 ? { parent_id: ids.at(-1) } : {}
        const made = ok(
          await data('POST', 'traps_0', {
            ...record,
            body: `<p>${text}</p>`,
            kind,
            ...parent,
            ...(file ? { file: { id: file } } : {}),
          }),
        )
        ids.push((made.json as { id: string }).id)
      }
      for (const n of [1, 2])
        ok(
          await data('POST', `traps_${n}/$bulk`, {
            create: stored.slice(0, 60).map((text, i) => ({ name: text.slice(0, 4_000), kind: `v${i % 2}` })),
          }),
        )
      ok(await data('PATCH', `traps_0(${ids[0]})`, { note: nth(7) }))
    })

    /** Waits until a screen has what it asked for and has drawn it. */
    const settle = async (page: Page) => {
      await page.evaluate(async () => {
        const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
        const count = () => performance.getEntriesByType('resource').length
        for (let before = -1; before !== count() || document.querySelector('[aria-busy=true]') !== null;) {
          before = count()
          await drawn()
          await new Promise((resolve) => setTimeout(resolve, 60))
        }
      })
    }
    /** Moves over and opens whatever a screen offers without changing anything. */
    const poke = async (page: Page) => {
      await page.mouse.move(400, 300)
      for (const key of ['Tab', 'Tab', 'Tab', 'Tab']) await page.keyboard.press(key)
      await page.mouse.wheel(0, 2_000)
      await settle(page)
    }

    it.each(['en', 'fa'])(
      'GHSA-vv2v-pw69-8crf, CVE-2025-64747, GHSA-vx5p-q85x-xm3c, CVE-2026-28357: lists, records, search and designers in %s',
      async (language) => {
        const watched = await openPage(app, { language })
        const { page, context } = watched
        const found = await watch(watched)
        await signIn(app, watched)
        const open = async (path: string) => {
          await page.goto(app.url + path, { waitUntil: 'load' })
          await settle(page)
          await poke(page)
        }
        // The other direction of writing is another style, not another road.
        const fewer = isSmall && language !== 'en'
        for (const n of fewer ? traps.slice(0, 1) : traps) {
          await open(`/a/traps/trap_${n}?view=view_${n}`)
          await page.locator('.grid-body .grid-row').first().waitFor()
          await open(`/a/traps/trap_${n}/new`)
          if (fewer) continue
          await open(`/studio/entity/trap_${n}`)
          for (const field of isSmall && n > 0 ? [] : ['name', 'kind', 'parent'])
            await open(`/studio/entity/trap_${n}?field=${field}`)
        }
        const records = isSmall ? ids.filter((_, i) => i % 9 === (fewer ? 4 : 0)).slice(0, fewer ? 1 : 4) : ids
        for (const id of records) await open(`/a/traps/trap_0/${id}`)
        for (const path of fewer
          ? ['/search?q=img']
          : [
              '/search?q=img',
              '/search?q=%3Cscript%3E',
              '/studio',
              '/studio/history',
              '/studio/bin',
              '/import',
              '/jobs',
            ])
          await open(path)
        await open(
          `/a/traps/trap_0?view=view_0&filter=${encodeURIComponent(`name eq '${nth(3).replaceAll("'", "''")}'`)}`,
        )
        await page.keyboard.press('Control+k')
        await page.keyboard.type('img')
        await settle(page)
        expect(found).toEqual([])
        await context.close()
      },
      600_000,
    )

    it('what is served by itself: files, the page of the API, messages about what is wrong', async () => {
      const watched = await openPage(app, { language: 'en' })
      const { page, context } = watched
      const found = await watch(watched)
      await signIn(app, watched)
      const shown = [
        '/api/docs',
        '/api/openapi.json',
        '/api/data/v1/traps_0',
        '/api/export/trap_0?format=csv',
        ...stored
          .filter((_, i) => !isSmall || i % 5 === 0)
          .slice(0, 40)
          .flatMap((text) => [
            `/api/data/v1/${encodeURIComponent(text)}`,
            `/api/${encodeURIComponent(text)}`,
            `/api/search?q=${encodeURIComponent(text)}`,
          ]),
      ]
      for (const path of shown) await page.goto(app.url + path).catch(() => undefined)
      expect(found).toEqual([])
      const html = await call(app.server!, 'POST', '/api/files?name=x.html', '<script>window.__ran=1</script>', {
        'content-type': 'text/html',
      })
      const svg = await call(
        app.server!,
        'POST',
        '/api/files?name=x.svg',
        '<svg xmlns="http://www.w3.org/2000/svg" onload="window.__ran=1"/>',
        { 'content-type': 'image/svg+xml' },
      )
      for (const answer of [html, svg]) {
        if (answer.status !== 201) continue
        const { id } = answer.json as { id: string }
        const file = await fetch(`${app.url}/api/files/${id}`, {
          headers: { authorization: `Bearer ${app.server!.adminKey}` },
        })
        expect(file.headers.get('content-disposition')).toMatch(/^attachment/)
        expect(file.headers.get('content-security-policy')).toMatch(/sandbox/)
        expect(file.headers.get('x-content-type-options')).toBe('nosniff')
      }
      await context.close()
    })
  })
})
