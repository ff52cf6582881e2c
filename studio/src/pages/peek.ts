// The side peek: one record beside the list, resizable, with the way to the next, the previous and the full page.
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, nothing } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { styled, View, watch } from '../kit/view.ts'
import { addressOf } from '../shell/apps.ts'
import { labelOf, say } from '../texts/text.ts'

const [least, most] = [320, 0.75]

class Peek extends View {
  static override properties = {
    app: { attribute: false },
    entity: { attribute: false },
    recordId: { attribute: false },
    _share: { state: true },
  }
  declare app: string
  declare entity: Entity
  declare recordId: string
  /** Share of the window's width. */
  declare _share: number

  constructor() {
    super()
    this._share = Number(localStorage.getItem('peyvand.peek')) || 0.45
    watch(this, settings)
  }

  protected override render(): unknown {
    const width = Math.max(least, Math.round(innerWidth * this._share))
    return html`<aside
      class="peek"
      aria-label=${say('peek.of', { name: labelOf(this.entity.label, this.entity.name) })}
      ${styled({ 'inline-size': `${width}px` })}
    >
      <div
        class="splitter"
        role="separator"
        tabindex="0"
        aria-orientation="vertical"
        aria-label=${say('peek.resize')}
        aria-valuenow=${Math.round(this._share * 100)}
        aria-valuemin="20"
        aria-valuemax="75"
        @pointerdown=${(event: PointerEvent) => this.#drag(event)}
        @keydown=${(event: KeyboardEvent) => this.#nudge(event)}
      ></div>
      ${keyed(
        this.recordId,
        html`<pv-record
          .entity=${this.entity}
          .recordId=${this.recordId}
          .compact=${true}
          .tools=${html` <button
              type="button"
              class="button ghost icon small"
              aria-label=${say('peek.previous')}
              title=${say('peek.previous')}
              @click=${() => this.tell('step-peek', -1)}
            >
              ${icon('chevron-up')}
            </button>
            <button
              type="button"
              class="button ghost icon small"
              aria-label=${say('peek.next')}
              title=${say('peek.next')}
              @click=${() => this.tell('step-peek', 1)}
            >
              ${icon('chevron-down')}
            </button>
            <a
              class="button ghost icon small"
              href=${addressOf(this.app, this.entity, this.recordId)}
              aria-label=${say('open.page')}
              title=${say('open.page')}
              >${icon('expand', 16, 'mirror')}</a
            >`}
          .close=${() => this.tell('close-peek')}
        ></pv-record>`,
      )}${nothing}
    </aside>`
  }

  #set(width: number): void {
    this._share = Math.max(least / innerWidth, Math.min(most, width / innerWidth))
    localStorage.setItem('peyvand.peek', String(this._share))
  }

  #drag(event: PointerEvent): void {
    const splitter = event.currentTarget as HTMLElement
    splitter.setPointerCapture(event.pointerId)
    const edge = this.querySelector('.peek')!.getBoundingClientRect()
    const move = (moved: PointerEvent) =>
      this.#set(settings.rtl ? moved.clientX - edge.left : edge.right - moved.clientX)
    splitter.addEventListener('pointermove', move)
    splitter.addEventListener('pointerup', () => splitter.removeEventListener('pointermove', move), { once: true })
  }

  #nudge(event: KeyboardEvent): void {
    const wider = settings.rtl ? 'ArrowRight' : 'ArrowLeft'
    const narrower = settings.rtl ? 'ArrowLeft' : 'ArrowRight'
    if (event.key === wider) this.#set(innerWidth * this._share + 24)
    if (event.key === narrower) this.#set(innerWidth * this._share - 24)
  }
}
customElements.define('pv-peek', Peek)
