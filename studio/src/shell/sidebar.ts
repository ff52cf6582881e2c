// The sidebar: app switcher, areas and items from the model, the door to the studio, the person's menu. A drawer on small screens.
import { languages } from '@peyvand/core/base/label.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { mayCustomize, models } from '../data/model.ts'
import { signOut } from '../data/session.ts'
import { choices, languageName, settings } from '../data/settings.ts'
import { icon, mark } from '../kit/icons.ts'
import { openMenu, type MenuEntry } from '../kit/popover.ts'
import { View, watch } from '../kit/view.ts'
import { say } from '../texts/text.ts'
import { apps, areasOf, type NavItem } from './apps.ts'
import { avatar } from './avatar.ts'
import { showPalette } from './places.ts'
import { route } from './route.ts'

class Sidebar extends View {
  static override properties = { _open: { state: true } }
  declare _open: boolean
  #app = ''

  constructor() {
    super()
    this._open = false
    watch(this, route, models, settings)
    route.subscribe(() => {
      this._open = false
    })
    document.addEventListener('open-drawer', () => {
      this._open = true
    })
  }

  protected override render(): unknown {
    if (!models.model) return nothing
    const [door, app] = route.parts
    const known = apps()
    if (door === 'a' && app && known.some(({ name }) => name === app)) this.#app = app
    if (!known.some(({ name }) => name === this.#app)) this.#app = known[0]!.name
    this.classList.toggle('narrow', settings.narrow)
    this.classList.toggle('open', this._open)
    const open = known.find(({ name }) => name === this.#app)!
    return html` <div
        class="veil"
        @click=${() => {
          this._open = false
        }}
      ></div>
      <nav class="side" aria-label=${say('navigation')}>
        <div class="head">
          <button
            type="button"
            class="switcher"
            aria-haspopup="menu"
            aria-label=${say('app.switch', { name: open.label })}
            @click=${(event: Event) => this.#switch(event.currentTarget as HTMLElement)}
          >
            ${mark(20)}<span class="name cut">${open.label}</span>${icon('chevron-down', 14)}
          </button>
          <button
            type="button"
            class="button ghost icon small fold"
            aria-label=${say(settings.narrow ? 'sidebar.wide' : 'sidebar.narrow')}
            title=${say(settings.narrow ? 'sidebar.wide' : 'sidebar.narrow')}
            @click=${() => settings.setNarrow(!settings.narrow)}
          >
            ${icon('panel', 16, 'mirror')}
          </button>
        </div>
        <button
          type="button"
          class="find"
          title=${say('palette.open')}
          aria-keyshortcuts="Control+K Meta+K"
          @click=${() => showPalette()}
        >
          ${icon('search')}<span class="name">${say('search')}</span
          ><span class="key" aria-hidden="true">${shortcut}</span>
        </button>
        <div class="areas">
          ${areasOf(open.name).map(
            (area) =>
              html` <section role="group" aria-label=${area.label}>
                <h2 class="heading">${area.label}</h2>
                <ul>
                  ${area.items.map((item) => this.#item(item))}
                </ul>
              </section>`,
          )}
        </div>
        <div class="foot">
          ${mayCustomize() ? html`<a class="nav ${door === 'studio' ? 'here' : ''}" href="/studio" title=${say('studio')} aria-current=${door === 'studio' ? 'page' : nothing}>${icon('studio')}<span class="name cut">${say('studio')}</span></a>` : nothing}
          <button
            type="button"
            class="nav me"
            aria-haspopup="menu"
            title=${say('person.menu')}
            @click=${(event: Event) => this.#person(event.currentTarget as HTMLElement)}
          >
            ${avatar(models.model.person.name)}<span class="name cut"><bdi>${models.model.person.name}</bdi></span
            ><span class="unseen">, ${say('person.menu')}</span>${icon('more', 16, 'dots')}
          </button>
        </div>
      </nav>`
  }

  #item(item: NavItem): TemplateResult {
    const [door, app, entity] = route.parts
    const here = door === 'a' && app === item.href.split('/')[2] && entity === item.entity.name
    return html`<li>
      <a class="nav ${here ? 'here' : ''}" href=${item.href} title=${item.label} aria-current=${here ? 'page' : nothing}
        >${icon(item.icon ?? 'table')}<span class="name cut">${item.label}</span></a
      >
    </li>`
  }

  #switch(anchor: HTMLElement): void {
    openMenu(
      anchor,
      apps().map((app) => ({
        label: app.label,
        icon: app.icon ?? 'grid',
        checked: app.name === this.#app,
        run: () => {
          this.#app = app.name
          this.requestUpdate()
          const first = areasOf(app.name)[0]?.items[0]
          if (first) void route.go(first.href)
        },
      })),
    )
  }

  #person(anchor: HTMLElement): void {
    const icons = { light: 'sun', dark: 'moon', system: 'system' }
    const entries: MenuEntry[] = [
      { heading: say('language') },
      ...languages.map((language) => ({
        label: html`<span lang=${language}>${languageName(language)}</span>`,
        checked: settings.language === language,
        run: () => void settings.choose({ language }),
      })),
      { heading: say('calendar') },
      {
        label: say('calendar.language'),
        checked: settings.chosenCalendar === null,
        run: () => void settings.choose({ calendar: null }),
      },
      ...choices.calendar.map((calendar) => ({
        label: say(`calendar.${calendar}`),
        checked: settings.chosenCalendar === calendar,
        run: () => void settings.choose({ calendar }),
      })),
      { heading: say('theme') },
      ...choices.theme.map((theme) => ({
        label: say(`theme.${theme}`),
        icon: icons[theme],
        checked: settings.theme === theme,
        run: () => void settings.choose({ theme }),
      })),
      { heading: say('density') },
      ...choices.density.map((density) => ({
        label: say(`density.${density}`),
        checked: settings.density === density,
        run: () => void settings.choose({ density }),
      })),
      'line',
      ...(models.model?.person.privileges.includes('impersonate') && models.model.person.view === undefined
        ? [
            {
              label: say('view.as'),
              icon: 'eye',
              run: () => void import('./viewing.ts').then(({ askView }) => askView()),
            },
          ]
        : []),
      { label: say('account'), icon: 'person', run: () => void route.go('/account') },
      { label: say('sign-out'), icon: 'sign-out', run: () => void this.#leave() },
    ]
    openMenu(anchor, entries)
  }

  async #leave(): Promise<void> {
    if (!(await route.go('/sign-in'))) return
    await signOut()
  }
}
customElements.define('pv-sidebar', Sidebar)

const shortcut = /Mac|iP/.test(navigator.platform) ? '⌘K' : 'Ctrl K'
