// Seeing the app as somebody else: the banner while it lasts, and the dialog that begins it.
import { html, nothing, type TemplateResult } from 'lit'
import { beginView, leaveView } from '../data/access.ts'
import { current, models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { openDialog, toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import type { Linked, LookupSource } from '../kit/lookup.ts'
import '../kit/lookup.ts'
import '../kit/select.ts'
import { View, watch } from '../kit/view.ts'
import { explain } from '../forms/explain.ts'
import '../forms/access.css'
import { enAccess } from '../texts/en-access.ts'
import { addEnglish, labelOf, say } from '../texts/text.ts'
import { reader } from '../views/reader.ts'

addEnglish(enAccess)

/** `<pv-viewing>`: as whom the app is seen, and the way out. */
class Viewing extends View {
  constructor() {
    super()
    watch(this, models, settings)
  }

  protected override render(): unknown {
    const { view, name } = current().person
    if (view === undefined) return nothing
    const text =
      view.role === undefined
        ? say('view.banner', { name })
        : say('view.banner.role', { name: labelOf(current().roles.get(view.role)?.label, view.role) })
    return html`<div class="viewing" role="status">
      ${icon('eye', 16)}<span class="grow">${text}</span>
      <button type="button" class="button small" @click=${() => void attempt(leaveView)}>${say('view.leave')}</button>
    </div>`
  }
}
customElements.define('pv-viewing', Viewing)

async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    toast(explain(error), undefined, 'bad')
  }
}

/** Asks as whom, and looks. */
export async function askView(): Promise<void> {
  let user: Linked | undefined
  let role: string | null = null
  let unit: Linked | undefined
  const title = say('view.title')
  const wish = await openDialog<Parameters<typeof beginView>[0]>(
    (answer, repaint) => {
      const begin = () => {
        if (user) answer({ user: user.id })
        else if (role !== null) answer({ role, ...(unit ? { unit: unit.id } : {}) })
      }
      const picked = (event: CustomEvent) => (event.detail as Linked | null) ?? undefined
      return html`<header><h2>${title}</h2></header>
        <div class="body view-wish">
          <p class="quiet">${say('view.text')}</p>
          ${lookup('user', say('view.person'), user, (event) => {
            user = picked(event)
            if (user) role = null
            repaint()
          })}
          <div class="field">
            <span class="label">${say('view.role')}</span>
            <pv-select
              .label=${say('view.role')}
              .options=${[...current().roles.values()].map(({ name, label }) => ({ value: name, label: labelOf(label, name) }))}
              .value=${role}
              .clearable=${true}
              @pick=${(event: CustomEvent) => {
                role = event.detail as string | null
                if (role !== null) user = undefined
                repaint()
              }}
            ></pv-select>
          </div>
          ${
            role === null
              ? nothing
              : lookup('business_unit', say('view.unit'), unit, (event) => {
                  unit = picked(event)
                  repaint()
                })
          }
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button>
          <button type="button" class="button primary" ?disabled=${!user && role === null} @click=${begin}>
            ${say('view.begin')}
          </button>
        </footer>`
    },
    { label: title },
  )
  if (wish) await attempt(() => beginView(wish))
}

function lookup(
  entity: string,
  label: string,
  value: Linked | undefined,
  pick: (event: CustomEvent) => void,
): TemplateResult {
  return html`<div class="field">
    <span class="label">${label}</span>
    <pv-lookup
      .label=${label}
      .value=${value ?? null}
      .targets=${[{ entity, label: labelOf(current().entities.get(entity)?.label, entity), icon: current().entities.get(entity)?.icon }]}
      .source=${{ ...(reader().source as LookupSource), create: undefined }}
      @pick=${pick}
    ></pv-lookup>
  </div>`
}
