// The studio: what exists, the canvas, the properties of what is selected, and a bar for what is not published yet.
// A chunk of its own: an end user never loads it.
import type { Label } from '@peyvand/core/base/label.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { mayAdminister, models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import '../pages/job-list.ts'
import { entitle, header, type Crumb } from '../shell/header.ts'
import { route } from '../shell/route.ts'
import { state } from '../shell/state.ts'
import { enStudio } from '../texts/en-studio.ts'
import { addEnglish, labelOf, say, type TextKey } from '../texts/text.ts'
import './audit.ts'
import './bin.ts'
import './canvas.ts'
import { createEntity } from './create.ts'
import './design.css'
import { draft } from './draft.ts'
import './history.ts'
import './properties.ts'
import './review.ts'
import './tree.ts'
import './webhooks.ts'

addEnglish(enStudio)

/** Pages that have a heading of their own. */
const ownHeading: ReadonlySet<string> = new Set(['review', 'history', 'bin', 'audit', 'webhooks', 'roles'])

interface Door {
  readonly href: string
  readonly picture: string
  readonly title: TextKey
  readonly forAdmins?: boolean
}

/** What there is beside entities. */
const doors: readonly Door[] = [
  { href: '/jobs', picture: 'clock', title: 'jobs', forAdmins: true },
  { href: '/studio/audit', picture: 'lock', title: 'audit', forAdmins: true },
  { href: '/studio/roles', picture: 'role', title: 'roles' },
  { href: '/studio/webhooks', picture: 'bolt', title: 'webhooks' },
  { href: '/studio/bin', picture: 'trash', title: 'bin.title' },
  { href: '/studio/history', picture: 'history', title: 'design.history' },
]

const paintDoor = ({ href, picture, title }: Door, here: boolean): TemplateResult =>
  html`<a class="button ghost small" href=${href} title=${say(title)} aria-current=${here ? 'page' : nothing}
    >${icon(picture, 14)}<span class="word">${say(title)}</span></a
  >`

class Studio extends View {
  #asked = false

  constructor() {
    super()
    watch(this, route, models, settings, draft)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    document.addEventListener('keydown', this.#key)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    document.removeEventListener('keydown', this.#key)
  }

  get #entity(): Entity | undefined {
    const [, door, name] = route.parts
    return door === 'entity' && name ? draft.model.entities.get(name) : undefined
  }

  protected override updated(): void {
    const asks = route.parts[1] === 'new'
    if (asks && !this.#asked) void createEntity()
    this.#asked = asks
  }

  protected override render(): unknown {
    const [, door, part] = route.parts
    const entity = this.#entity
    const name =
      door === 'review'
        ? say('design.review')
        : door === 'history'
          ? say('design.history')
          : door === 'bin'
            ? say('bin.title')
            : door === 'audit'
              ? say('audit')
              : door === 'webhooks'
                ? partTitle(draft.model.webhooks, part, say('webhooks'))
                : door === 'roles'
                  ? partTitle(draft.model.roles, part, say('roles'))
                  : entity
                    ? labelOf(entity.label, entity.name)
                    : ''
    entitle(name, say('studio'))
    const heading = !ownHeading.has(door ?? '')
    const crumbs: Crumb[] = name
      ? [
          { label: say('studio'), href: '/studio', icon: 'studio' },
          { label: html`<bdi>${name}</bdi>`, heading },
        ]
      : [{ label: say('studio'), icon: 'studio', heading }]
    return html` ${header(
        crumbs,
        html` <button
            type="button"
            class="button ghost icon small"
            aria-label=${say('undo')}
            title="${say('undo')} (Ctrl Z)"
            ?disabled=${!draft.canUndo}
            @click=${() => draft.undo()}
          >
            ${icon('undo', 16, 'mirror')}
          </button>
          <button
            type="button"
            class="button ghost icon small flip"
            aria-label=${say('redo')}
            title="${say('redo')} (Ctrl Shift Z)"
            ?disabled=${!draft.canRedo}
            @click=${() => draft.redo()}
          >
            ${icon('undo', 16, 'mirror')}
          </button>
          ${doors
            .filter(({ forAdmins }) => !forAdmins || mayAdminister())
            .map((each) => paintDoor(each, each.href === `/studio/${door ?? ''}`))}`,
      )}
      <div class="studio">
        <pv-design-tree .entity=${entity}></pv-design-tree>
        ${this.#middle(door, part, entity)}
      </div>
      ${mayAdminister() ? html`<pv-job-list class="studio-jobs" .open=${true}></pv-job-list>` : nothing}
      ${draft.changes.length > 0 && door !== 'review' ? this.#bar() : nothing}`
  }

  #middle(door: string | undefined, part: string | undefined, entity: Entity | undefined): TemplateResult {
    const hook = door === 'webhooks' && part ? draft.model.webhooks.get(part) : undefined
    if (hook) return html`<pv-webhook .hook=${hook}></pv-webhook>`
    if (door === 'webhooks') return html`<pv-webhooks></pv-webhooks>`
    if (door === 'roles') return lazyRoles(part)
    if (door === 'review') return html`<pv-review></pv-review>`
    if (door === 'audit') return html`<pv-audit></pv-audit>`
    if (door === 'bin') return html`<pv-bin></pv-bin>`
    if (door === 'history') return html`<pv-history></pv-history>`
    if (entity)
      return html`<pv-canvas .entity=${entity} .field=${route.query.get('field') ?? undefined}></pv-canvas
        ><pv-properties .entity=${entity} .field=${route.query.get('field') ?? undefined}></pv-properties>`
    return html`<div class="canvas">
      ${state({ art: 'studio', title: say('design.welcome'), text: say('design.welcome.text'), actions: html`<button type="button" class="button primary" @click=${() => void createEntity()}>${icon('plus', 14)}${say('design.new')}</button>` })}
    </div>`
  }

  #bar(): TemplateResult {
    return html`<div class="draft-bar" role="region" aria-label=${say('design.pending')}>
      <span class="dot" data-color="amber"></span
      ><strong>${say('design.changes', { count: draft.changes.length })}</strong>
      <span class="quiet cut"
        >${draft.changes.map(({ was, definition }) => (definition ? labelOf(definition['label'] as string, definition.name) : was)).join(' · ')}</span
      >
      <span class="grow"></span>
      <button
        type="button"
        class="button ghost"
        @click=${() => {
          draft.clear()
          const [, door, part] = route.parts
          if (door === 'entity' && !this.#entity) void route.go('/studio')
          if (door === 'roles' && part && !draft.model.roles.has(part)) void route.go('/studio/roles')
        }}
      >
        ${say('discard')}
      </button>
      <a class="button primary" href="/studio/review">${say('design.review-go')}${icon('arrow-end', 14, 'mirror')}</a>
    </div>`
  }

  readonly #key = (event: KeyboardEvent): void => {
    const typing = event.target instanceof HTMLElement && ['INPUT', 'TEXTAREA'].includes(event.target.tagName)
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z' || typing) return
    event.preventDefault()
    if (event.shiftKey) draft.redo()
    else draft.undo()
  }
}
customElements.define('pv-studio', Studio)

/** What the page of a part is called: the part, or the list where there is none of that name. */
function partTitle(
  parts: ReadonlyMap<string, { readonly name: string; readonly label: Label }>,
  name: string | undefined,
  list: string,
): string {
  const part = name === undefined ? undefined : parts.get(name)
  return part ? labelOf(part.label, part.name) : list
}

/** The pages of roles come when the first of them is opened. */
function lazyRoles(name: string | undefined): TemplateResult {
  void import('./roles.ts')
  return html`<pv-roles .name=${name}></pv-roles>`
}
