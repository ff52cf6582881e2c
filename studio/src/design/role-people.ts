// Who has a role: the people and teams it is assigned to, for administrators, who give it to somebody more or take it away. What
// that does to anybody's access is told before it is done. Tells `held` when somebody more or less has it.
import type { Role } from '@peyvand/core/model/model.ts'
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { current } from '../data/model.ts'
import { giveRole, readAssignments, takeRole, type Assignment } from '../data/roles.ts'
import { settings } from '../data/settings.ts'
import { detailOf, explain } from '../forms/explain.ts'
import { toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf, everything } from '../shell/apps.ts'
import { avatar } from '../shell/avatar.ts'
import { state } from '../shell/state.ts'
import { labelOf, say } from '../texts/text.ts'
import { askGift } from './role-give.ts'
import { holdersAddress } from './role-holders.ts'

class RolePeople extends View {
  static override properties = {
    of: { attribute: false },
    _list: { state: true },
    _next: { state: true },
    _error: { state: true },
  }
  declare of: Role
  declare _list: readonly Assignment[] | undefined
  declare _next: string | undefined
  declare _error: unknown
  #busy = false

  constructor() {
    super()
    watch(this, settings)
  }

  protected override willUpdate(changed: PropertyValues): void {
    const before = changed.get('of') as Role | undefined
    if (changed.has('of') && before?.name !== this.of.name) void this.#load()
  }

  async #load(next?: string): Promise<void> {
    const { name } = this.of
    this._error = undefined
    try {
      const page = await readAssignments(name, next)
      if (name !== this.of.name) return
      this._list = [...(next === undefined ? [] : (this._list ?? [])), ...page.value]
      this._next = page.next
    } catch (error) {
      this._error = error
    }
  }

  get #entity() {
    return current().entities.get('role_assignment')!
  }

  protected override render(): unknown {
    const list = this._list
    if (this._error !== undefined && !list)
      return html`<p class="notice bad" role="alert">${icon('alert')}<span>${explain(this._error)}</span></p>`
    if (!list) return html`<p class="quiet">${say('loading')}</p>`
    if (list.length === 0)
      return state({ art: 'team', title: say('role.nobody'), text: say('role.people.text'), actions: this.#give() })
    return html`<div class="role-people-head">
        <p class="quiet">${say('role.people.text')}</p>
        ${this.#give()}
      </div>
      <ul class="card roles role-people" aria-label=${say('role.tab.people')}>
        ${list.map((each) => this.#item(each))}
      </ul>
      <div class="role-people-ends">
        ${
          this._next === undefined
            ? nothing
            : html`<button type="button" class="button small" @click=${() => void this.#load(this._next)}>
                ${say('more')}
              </button>`
        }
        <a class="quiet" href=${holdersAddress(this.of.name)!}>${say('role.people.list')}</a>
      </div>`
  }

  #give(): TemplateResult | typeof nothing {
    if (!current().rights.get(this.#entity.name)?.create) return nothing
    return html`<button type="button" class="button primary" @click=${() => void this.#add()}>
      ${icon('plus', 14)}${say('role.give')}
    </button>`
  }

  #item(each: Assignment): TemplateResult {
    const { user, team, unit } = each
    const name = (user ?? team)?.name ?? ''
    const entity = current().entities.get(user ? 'user' : 'team')
    const shown = html`<bdi class="cut">${name}</bdi>`
    return html`<li data-held=${name}>
      ${user ? avatar(name) : html`<span class="bead">${icon('team', 12)}</span>`}
      <div class="grow">
        <span class="role-name"
          >${entity ? html`<a class="cut" href=${addressOf(everything, entity, (user ?? team)!.id)}>${shown}</a>` : shown}</span
        >
        <span class="quiet cut"
          >${labelOf(entity?.label, '')}${unit ? html` · ${say('role.counts-from', { unit: unit.name })}` : nothing}</span
        >
      </div>
      ${
        current().rights.get(this.#entity.name)?.delete
          ? html`<button
              type="button"
              class="button ghost icon small"
              aria-label=${say('role.take', { name })}
              title=${say('role.take', { name })}
              @click=${() => void this.#take(each, name)}
            >
              ${icon('close', 14)}
            </button>`
          : nothing
      }
    </li>`
  }

  async #add(): Promise<void> {
    const wish = await askGift(this.of)
    if (wish === undefined) return
    const { gift, name } = wish
    await this.#move({ op: 'create', values: { ...gift } }, say('role.given', { name }), () => giveRole(gift))
  }

  async #take({ id }: Assignment, name: string): Promise<void> {
    const done = await this.#move({ op: 'delete', id }, say('role.taken', { name }), () => takeRole(id))
    // The button that was pressed is gone: the keyboard goes on where the next thing can be done.
    if (done) this.querySelector<HTMLElement>('button')?.focus()
  }

  /** Does it once it was said what it does to anybody's access; false when the person thought better of it, or it failed. */
  async #move(
    change:
      | { readonly op: 'create'; readonly values: Readonly<Record<string, string>> }
      | { readonly op: 'delete'; readonly id: string },
    done: string,
    work: () => Promise<void>,
  ): Promise<boolean> {
    if (this.#busy) return false
    this.#busy = true
    try {
      const { mayMove } = await import('../views/access-diff.ts')
      if (!(await mayMove({ ...change, entity: this.#entity }))) return false
      await work()
      toast(done)
      await this.#load()
      this.tell('held')
      await this.updateComplete
      return true
    } catch (error) {
      toast(html`${explain(error)} <span dir="auto">${detailOf(error)}</span>`, undefined, 'bad')
      return false
    } finally {
      this.#busy = false
    }
  }
}
customElements.define('pv-role-people', RolePeople)
