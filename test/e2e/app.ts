// The app in a real browser on a real server: opens it, watches that nothing leaves the machine and nothing is complained
// about, and asks axe. What a person does with it stands in the tests.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { isStale, markBuilt } from '../../runtime/src/cli/studio.ts'
import { browserArgs, findBrowser } from '../support/browser.ts'
import { adminEmail, adminPassword, startServer, type ServerOptions, type TestServer } from '../support/server.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface RunningApp {
  readonly url: string
  /** The server behind it, unless it ran already. */
  readonly server: TestServer | undefined
  readonly browser: Browser
  stop(): Promise<void>
}

/** A server with the CRM and its demo data, and a browser. `APP_URL` names a server that runs already, for what needs none of its own. */
export async function startApp(own?: Partial<ServerOptions>): Promise<RunningApp> {
  const running = own ? undefined : process.env['APP_URL']
  if (running === undefined) await build()
  const server =
    running === undefined
      ? await startServer({ engine: 'pglite', solutions: 'crm', env: { DEMO: '1' }, ...own })
      : undefined
  const browser = await chromium.launch({ executablePath: findBrowser()!, args: browserArgs })
  return {
    url: running ?? server!.url,
    server,
    browser,
    stop: async () => {
      await browser.close()
      await server?.stop()
    },
  }
}

async function build(): Promise<void> {
  const stamp = await isStale()
  if (stamp === undefined) return
  const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build'], {
    cwd: join(root, 'studio'),
    encoding: 'utf8',
    // What people get, not what a test runner would make of it.
    env: { ...process.env, NODE_ENV: 'production' },
  })
  if (status !== 0) throw new Error(`The studio does not build:\n${stdout}\n${stderr}`)
  await markBuilt(stamp)
}

export interface Watched {
  readonly page: Page
  readonly context: BrowserContext
  /** What should not have happened so far. */ readonly complaints: () => readonly string[]
}

/** A fresh page that notes every request to another host, every console error and every refusal by the CSP. */
export async function openPage(
  app: RunningApp,
  options: { width?: number; height?: number; language?: string; theme?: string } = {},
): Promise<Watched> {
  const context = await app.browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    timezoneId: 'Asia/Tehran',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  })
  const { language, theme } = options
  if (language !== undefined) {
    await context.addInitScript(
      (kept: string) => {
        if (localStorage.getItem('peyvand') === null) localStorage.setItem('peyvand', kept)
      },
      JSON.stringify({ language, theme: theme ?? 'light', density: 'normal' }),
    )
  }
  const page = await context.newPage()
  const found: string[] = []
  const host = new URL(app.url).host
  page.on('request', (request) => {
    const { protocol, host: asked } = new URL(request.url())
    if (protocol.startsWith('http') && asked !== host) found.push(`request to ${asked}`)
  })
  page.on('console', (message) => {
    // Asking for the model without a session is how the app finds out that it needs one.
    if (message.type() === 'error' && !message.text().includes('401'))
      found.push(`console: ${message.text()} ${message.location().url}`)
  })
  page.on('pageerror', (error) => found.push(`error: ${error.stack ?? error.message}`))
  return { page, context, complaints: () => found }
}

/** Signs the administrator in without the form. */
export async function signIn(app: RunningApp, { context }: Watched): Promise<void> {
  const answer = await context.request.post(`${app.url}/api/auth/sign-in/email`, {
    data: { email: adminEmail, password: adminPassword },
    headers: { origin: app.url },
  })
  if (!answer.ok()) throw new Error(`sign-in answered ${answer.status()}: ${await answer.text()}`)
}

/** What axe finds wrong on the page, one line per rule and place. */
export async function axe(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource)
  // Colours on their way from one theme to another are none that anybody reads.
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
        .map(({ finished }) => finished),
    ),
  )
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] }> }
    }
    const { violations } = await axe.run()
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) =>
          `${id}: ${target.join(' ')}: ${failureSummary.split('\n').slice(1, 3).join(' ')}`,
      ),
    )
  })
}

/** Reads from the data service as the person in the page. */
export async function fromApi<T>(app: RunningApp, { context }: Watched, path: string): Promise<T> {
  const answer = await context.request.get(`${app.url}/api/data/v1/${path}`)
  if (!answer.ok()) throw new Error(`${path} answered ${answer.status()}: ${await answer.text()}`)
  return (await answer.json()) as T
}
