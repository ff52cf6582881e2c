// The app: who is signed in, which page the address names, and the frame around it. Pages decide everything inside.
import { html, nothing, type TemplateResult } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import { hear, listen } from '../data/events.ts'
import { whenSignedOut } from '../data/http.ts'
import { mayCustomize, models } from '../data/model.ts'
import { keepPreferences, meetPreferences } from '../data/preferences.ts'
import { settings } from '../data/settings.ts'
import { toast } from '../kit/dialog.ts'
import { icon, mark } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import '../pages/list.ts'
import '../pages/record.ts'
import { say } from '../texts/text.ts'
import { firstPage, isAnythingOpen } from './apps.ts'
import { bringPalette, showPalette } from './places.ts'
import { route } from './route.ts'
import './sidebar.ts'
import { state } from './state.ts'

class AppElement extends View {
  static override properties = { _status: { state: true } }
  declare _status: 'loading' | 'ready' | 'out' | 'factor' | 'broken'
  /** The page that was painted last. */
  #shown: string | undefined

  constructor() {
    super()
    this._status = 'loading'
    watch(this, route, models, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    whenSignedOut(async () => models.model !== undefined && (await import('./again.ts')).askSignIn())
    hear((event) => {
      if (event.kind === 'model' || event.kind === 'again') void models.load().catch(() => undefined)
    })
    keepPreferences()
    addEventListener('vite:preloadError', tellPartMissing)
    document.addEventListener('keydown', (event) => this.#key(event))
    if (!outside()) void this.enter()
    else this._status = 'out'
  }

  /** Reads the model; without a session the sign-in page follows. */
  async enter(): Promise<void> {
    try {
      await models.load()
      await meetPreferences()
      this._status = 'ready'
      bringPalette()
      listen()
      if (outside() || route.parts.length === 0) await route.go(wanted() ?? firstPage(), { replace: true })
    } catch (error) {
      if (isProblem(error) && error.code === 'auth.factor') {
        this._status = 'factor'
        return
      }
      const out = typeof error === 'object' && error !== null && 'status' in error && error.status === 401
      this._status = out ? 'out' : 'broken'
      if (out && !outside())
        await route.go(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`, {
          replace: true,
          free: true,
        })
    }
  }

  /** Whoever came from a page that is gone goes on in the new one, and hears that there is one. */
  protected override updated(): void {
    const { pathname } = route.url
    if (this.#shown !== undefined && this.#shown !== pathname && document.activeElement === document.body)
      this.querySelector<HTMLElement>('main')?.focus({ preventScroll: true })
    this.#shown = this._status === 'ready' ? pathname : undefined
  }

  protected override render(): unknown {
    const [first] = route.parts
    if (this._status !== 'factor' && (first === 'sign-in' || first === 'setup')) {
      void import('../pages/sign-in.ts')
      return html`<pv-sign-in .setup=${first === 'setup'} @signed-in=${() => this.enter()}></pv-sign-in>`
    }
    if (first === 'invitation' || first === 'new-password') {
      void import('../pages/link.ts')
      return html`<pv-link-page @signed-in=${() => this.enter()}></pv-link-page>`
    }
    if (this._status === 'factor') {
      void import('../pages/factor-door.ts')
      return html`<pv-factor-door @signed-in=${() => this.enter()}></pv-factor-door>`
    }
    if (this._status === 'broken')
      return html`<main class="alone">
        ${state({
          kind: 'broken',
          heading: true,
          title: say('server.away'),
          text: say('server.away.text'),
          actions: html` <button class="button" @click=${() => this.enter()}>
            ${icon('refresh')}${say('retry')}
          </button>`,
        })}
      </main>`
    if (this._status !== 'ready' || !models.model)
      return html`<main class="alone" aria-busy="true">${mark(40)}<span class="unseen">${say('loading')}</span></main>`
    return html` <a
        class="skip"
        href="#main"
        @click=${(event: Event) => {
          event.preventDefault()
          this.querySelector<HTMLElement>('main')?.focus()
        }}
        >${say('skip')}</a
      >
      <pv-sidebar></pv-sidebar>
      <main id="main" tabindex="-1">${this.#viewing()}${this.#page()}</main>`
  }

  #page(): TemplateResult {
    const [door, app, entityName, id] = route.parts
    if (door === 'studio') return this.#studio()
    if (door === 'search') {
      void import('../pages/search.ts')
      return html`<pv-search-page></pv-search-page>`
    }
    if (door === 'account') {
      void import('../pages/account.ts')
      return html`<pv-account-page></pv-account-page>`
    }
    if (door === 'jobs') {
      void import('../pages/jobs.ts')
      return html`<pv-jobs-page></pv-jobs-page>`
    }
    if (door === 'import') {
      void import('../pages/imports.ts')
      return html`<pv-imports-page></pv-imports-page>`
    }
    const entity = door === 'a' && entityName ? models.model!.entities.get(entityName) : undefined
    if (!entity) return missing()
    if (id)
      return html`${keyed(`${entityName}/${id}`, html`<pv-record-page .app=${app!} .entity=${entity} .recordId=${id}></pv-record-page>`)}`
    return html`${keyed(entityName, html`<pv-list-page .app=${app!} .entity=${entity}></pv-list-page>`)}`
  }

  /** Who sees the app as somebody else is told so on every page. */
  #viewing(): unknown {
    if (models.model!.person.view === undefined) return nothing
    void import('./viewing.ts')
    return html`<pv-viewing></pv-viewing>`
  }

  #studio(): TemplateResult {
    if (!mayCustomize()) return missing()
    void import('../design/studio.ts')
    return html`<pv-studio></pv-studio>`
  }

  #key(event: KeyboardEvent): void {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k' && models.model) {
      event.preventDefault()
      showPalette()
    } else if (event.key === '/' && !typing(event)) {
      const box = this.querySelector<HTMLInputElement>('main input[type=search]')
      if (box) {
        event.preventDefault()
        box.focus()
      }
    }
  }
}
customElements.define('pv-app', AppElement)

let toldAt = 0

/** Parts that come later are gone when a new version was installed meanwhile: what was pressed would do nothing, silently. */
function tellPartMissing(): void {
  if (Date.now() - toldAt < 5_000) return
  toldAt = Date.now()
  toast(say('part.missing'), { label: say('part.reload'), run: () => location.reload() }, 'bad')
}

const isProblem = (error: unknown): error is { readonly code: string } =>
  typeof error === 'object' && error !== null && 'code' in error

function outside(): boolean {
  return ['sign-in', 'setup', 'invitation', 'new-password'].includes(route.parts[0] ?? '')
}

/** The page the person wanted before signing in; only ever one of this app. The bare address names none. */
function wanted(): string | undefined {
  const next = route.query.get('next')
  if (next === null || !next.startsWith('/') || !URL.canParse(next, location.href)) return undefined
  const { origin, pathname } = new URL(next, location.href)
  return origin === location.origin && pathname !== '/' ? next : undefined
}

/** True when a key press belongs to a field the person is typing in. */
function typing(event: KeyboardEvent): boolean {
  return (
    event.target instanceof HTMLElement &&
    (event.target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(event.target.tagName))
  )
}

function missing(): TemplateResult {
  if (!isAnythingOpen()) return closed()
  document.title = `${say('missing.title')} · Peyvand`
  return html`<div class="page">
    ${state({ art: 'search', heading: true, title: say('missing.title'), text: say('missing.text'), actions: html`<a class="button" href=${firstPage()}>${say('missing.home')}</a>` })}${nothing}
  </div>`
}

/** No role opens anything to this person yet. */
function closed(): TemplateResult {
  document.title = `${say('closed.title')} · Peyvand`
  const retry = html`<button class="button" @click=${() => location.reload()}>
    ${icon('refresh')}${say('retry')}
  </button>`
  return html`<div class="page">
    ${state({ art: 'lock', heading: true, title: say('closed.title'), text: say('closed.text'), actions: retry })}
  </div>`
}
