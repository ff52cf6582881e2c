// The built app from studio/dist: `/` for end users, `/studio` for admins, one page for both. Decides caching (hashed assets
// for ever, the page never), compression, and that addresses of the app which are not files get the page.
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { Hono } from 'hono'

interface Page {
  readonly path: string
  readonly type: string
  readonly immutable: boolean
  loaded?: Promise<Loaded | undefined>
}
interface Loaded {
  readonly plain: Buffer
  readonly etag: string
  readonly packed: Map<string, Promise<Buffer>>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.map': 'application/json',
}
const packable = /^(text|application\/(json|manifest))|svg/

/** The routes of the app. `folder` is the build; without one a page says how to make it. */
export async function pageRoutes(folder: string): Promise<Hono> {
  const pages = await findPages(folder)
  const app = new Hono()
  app.get('*', async (c) => {
    const path = c.req.path
    const page = pages.get(path) ?? (isAddress(path) ? pages.get('/index.html') : undefined)
    const found = page === undefined ? undefined : await answer(page, c.req.raw.headers)
    if (found !== undefined) return found
    if (isAddress(path) && pages.size === 0) return c.html(notBuilt, 503)
    return c.notFound()
  })
  return app
}

/** Addresses inside the app have no dot in their last part and do not belong to the server. */
function isAddress(path: string): boolean {
  return !/^\/(api|metrics|mcp|assets)(\/|$)/.test(path) && !path.slice(path.lastIndexOf('/')).includes('.')
}

async function findPages(folder: string): Promise<Map<string, Page>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const pages = new Map<string, Page>()
  for (const entry of entries) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue
    const path = join(entry.parentPath, entry.name)
    const address = path.slice(folder.length).split(sep).join('/')
    const type = types[extname(entry.name)]
    if (type !== undefined) pages.set(address, { path, type, immutable: address.startsWith('/assets/') })
  }
  return pages
}

/** The page; undefined when a newer build took the file away while we ran. */
async function answer(page: Page, headers: Headers): Promise<Response | undefined> {
  const loaded = await (page.loaded ??= load(page.path))
  if (loaded === undefined) return undefined
  const { plain, etag, packed } = loaded
  const out = new Headers({
    'content-type': page.type,
    etag,
    vary: 'accept-encoding',
    'cache-control': page.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  })
  if (
    headers
      .get('if-none-match')
      ?.split(/\s*,\s*/)
      .includes(etag)
  )
    return new Response(null, { status: 304, headers: out })
  const encoding =
    plain.length > 1_000 && packable.test(page.type) ? best(headers.get('accept-encoding') ?? '') : undefined
  if (encoding === undefined) return new Response(new Uint8Array(plain), { headers: out })
  if (!packed.has(encoding)) packed.set(encoding, pack(plain, encoding))
  out.set('content-encoding', encoding)
  return new Response(new Uint8Array(await packed.get(encoding)!), { headers: out })
}

async function load(path: string): Promise<Loaded | undefined> {
  const plain = await readFile(path).catch(() => undefined)
  if (plain === undefined) return undefined
  return {
    plain,
    etag: `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    packed: new Map(),
  }
}

function best(accepted: string): 'br' | 'gzip' | undefined {
  return (['br', 'gzip'] as const).find((encoding) =>
    new RegExp(`\\b${encoding}\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))`).test(accepted),
  )
}

function pack(plain: Buffer, encoding: 'br' | 'gzip'): Promise<Buffer> {
  if (encoding === 'gzip') return promisify(gzip)(plain)
  return promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
}

const notBuilt =
  '<!doctype html><html lang="en"><title>Peyvand</title><p>The app is not built yet. Run <code>pnpm build</code>, then start the server again.</p></html>'
