// The doors to questions about access, in the panel about a record: why, who, and seeing the app as that person. The dialog
// itself comes when it is opened.
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, nothing } from 'lit'
import { beginView } from '../data/access.ts'
import { current, mayAdminister } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { enAccess } from '../texts/en-access.ts'
import { addEnglish, say } from '../texts/text.ts'
import { explain } from './explain.ts'
import './access.css'

addEnglish(enAccess)

/** `<pv-access-doors>`: what can be asked about a record's access. */
class AccessDoors extends View {
  static override properties = {
    entity: { attribute: false },
    recordId: { attribute: false },
    name: { attribute: false },
  }
  declare entity: Entity
  declare recordId: string
  /** What the record is called. */
  declare name: string

  constructor() {
    super()
    watch(this, settings)
  }

  protected override render(): unknown {
    const { privileges, id } = current().person
    const isUser = this.entity.name === 'user'
    const mayView = isUser && privileges.includes('impersonate') && id !== this.recordId
    return html`<section class="access-doors">
      <button type="button" class="button ghost small" @click=${() => void this.#ask()}>
        ${icon('eye', 14)}${say('access.open')}
      </button>
      ${
        isUser && (mayAdminister() || id === this.recordId)
          ? html`<button type="button" class="button ghost small" @click=${() => void this.#ask(this.recordId)}>
              ${icon('role', 14)}${say('access.why.user')}
            </button>`
          : nothing
      }
      ${
        mayView
          ? html`<button type="button" class="button ghost small" @click=${() => void this.#view()}>
              ${icon('user', 14)}${say('access.view', { name: this.name })}
            </button>`
          : nothing
      }
    </section>`
  }

  async #ask(user?: string): Promise<void> {
    const { openAccess } = await import('./access-dialog.ts')
    if (user === undefined) await openAccess({ entity: this.entity, record: { id: this.recordId, name: this.name } })
    else await openAccess({ user: { entity: 'user', id: user, label: this.name } })
  }

  async #view(): Promise<void> {
    try {
      await beginView({ user: this.recordId })
    } catch (error) {
      toast(explain(error), undefined, 'bad')
    }
  }
}
customElements.define('pv-access-doors', AccessDoors)
