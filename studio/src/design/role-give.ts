// Asks whom a role shall be given to: a person or a team, and from which unit it counts.
import type { Role } from '@peyvand/core/model/model.ts'
import { html, type TemplateResult } from 'lit'
import { current } from '../data/model.ts'
import type { Gift } from '../data/roles.ts'
import { openDialog } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import '../kit/lookup.ts'
import type { Linked, LookupSource } from '../kit/lookup.ts'
import { labelOf, say } from '../texts/text.ts'
import { reader } from '../views/reader.ts'

const kinds = ['user', 'team'] as const

/** What is chosen so far. */
interface Wish {
  readonly kind: (typeof kinds)[number]
  readonly to?: Linked | null
  readonly unit?: Linked | null
}
type Choose = (change: Partial<Wish>) => void

/** The assignment that is wished, and whom it is for; undefined when the person thought better of it. */
export function askGift({
  name: role,
  label,
}: Role): Promise<{ readonly gift: Gift; readonly name: string } | undefined> {
  const title = say('role.give.title', { name: labelOf(label, role) })
  let wish: Wish = { kind: 'user' }
  return openDialog(
    (answer, repaint): TemplateResult => {
      const choose: Choose = (change) => {
        wish = { ...wish, ...change }
        repaint()
      }
      const send = () => wish.to && answer({ gift: giftOf(role, wish), name: wish.to.label })
      return html`<header><h2>${title}</h2></header>
        <div class="body role-give">
          <div class="field">
            <span class="label" id="give-kind">${say('role.give.to')}</span>
            ${paintKinds(wish, choose)} ${paintLookup('role.give.to', wish.kind, wish.to, (to) => choose({ to }))}
          </div>
          <div class="field">
            <span class="label">${say('role.give.unit')}</span>
            ${paintLookup('role.give.unit', 'business_unit', wish.unit, (unit) => choose({ unit }))}
            <span class="quiet">${say('role.give.unit.text')}</span>
          </div>
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button>
          <button type="button" class="button primary" ?disabled=${!wish.to} @click=${send}>
            ${say('role.give.next')}
          </button>
        </footer>`
    },
    { label: title },
  )
}

function giftOf(role: string, { kind, to, unit }: Wish): Gift {
  const whom = kind === 'team' ? { team_id: to!.id } : { user_id: to!.id }
  return { role, ...whom, ...(unit ? { unit_id: unit.id } : {}) }
}

function paintKinds(wish: Wish, choose: Choose): TemplateResult {
  return html`<div class="segment" role="group" aria-labelledby="give-kind">
    ${kinds.map(
      (kind) =>
        html`<button
          type="button"
          aria-pressed=${String(wish.kind === kind)}
          @click=${() => choose({ kind, ...(wish.kind === kind ? {} : { to: null }) })}
        >
          ${icon(kind, 14)}${labelOf(current().entities.get(kind)?.label, kind)}
        </button>`,
    )}
  </div>`
}

/** Finds what is there; nothing is made on the way. */
function paintLookup(
  what: 'role.give.to' | 'role.give.unit',
  name: string,
  value: Linked | null | undefined,
  pick: (to: Linked | null) => void,
): TemplateResult {
  const entity = current().entities.get(name)
  return html`<pv-lookup
    .controlId=${what.replaceAll('.', '-')}
    .label=${say(what)}
    .value=${value ?? null}
    .targets=${[{ entity: name, label: labelOf(entity?.label, name), icon: entity?.icon, face: name === 'user' }]}
    .source=${{ ...(reader().source as LookupSource), create: undefined }}
    @pick=${(event: CustomEvent) => pick(event.detail as Linked | null)}
  ></pv-lookup>`
}
