// A field for expressions: what is typed is checked at once, a fault is underlined where it stands, names are completed, the
// function at the caret explained, and the value on a record shown. Loaded when the first such field is painted.
import type { Problem } from '@peyvand/core/base/problem.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import type { Entity, Field, Model } from '@peyvand/core/model/model.ts'
import { types } from '@peyvand/core/types/index.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import { fetchJson } from '../../data/http.ts'
import { shortId } from '../../data/names.ts'
import { settings } from '../../data/settings.ts'
import { icon } from '../../kit/icons.ts'
import { View } from '../../kit/view.ts'
import { labelOf, say, type TextKey } from '../../texts/text.ts'
import {
  checkExpression,
  expandFor,
  faultyRange,
  functionAt,
  isTellable,
  signatureOf,
  suggestionsAt,
  valueOn,
  type Checked,
  type Suggestion,
  type Wanted,
} from './check.ts'

type Sample = Readonly<Record<string, unknown>> & { readonly id: string }

/** How long typing rests before it is checked. unit: milliseconds */
const rest = 150
const samples = 20

/** The type whose way of writing a kind of value is shown in. */
const shownAs: Readonly<Record<string, string>> = {
  integer: 'bigint',
  decimal: 'decimal',
  float: 'decimal',
  boolean: 'boolean',
  date: 'date',
  datetime: 'datetime',
  time: 'time',
  duration: 'duration',
}

class ExpressionEditor extends View {
  static override properties = {
    controlId: { attribute: false },
    value: { attribute: false },
    model: { attribute: false },
    entity: { attribute: false },
    wanted: { attribute: false },
    _checked: { state: true },
    _open: { state: true },
    _active: { state: true },
    _rows: { state: true },
    _picked: { state: true },
    _caret: { state: true },
  }
  declare controlId: string
  declare value: string
  declare model: Model
  declare entity: Entity
  declare wanted: Wanted
  declare _checked: Checked | undefined
  declare _open: { readonly from: number; readonly list: readonly Suggestion[] } | undefined
  declare _active: number
  declare _rows: readonly Sample[]
  declare _picked: string | undefined
  declare _caret: number
  #text = ''
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = ''

  constructor() {
    super()
    this.value = ''
    this._rows = []
    this._active = 0
    this._caret = 0
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    const isOther = changed.has('value') && this.value !== this.#text
    if (isOther) this.#text = this.value
    if (isOther || ['model', 'entity', 'wanted'].some((name) => changed.has(name))) this.#check()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  protected override render(): unknown {
    const problem = this._checked?.problem
    const list = this._open?.list ?? []
    return html`<div class="expression" ?data-bad=${problem !== undefined}>
        <div class="expression-text" dir="ltr">
          <pre aria-hidden="true">${this.#painted(problem)}</pre>
          <textarea
            id=${this.controlId}
            dir="ltr"
            rows="3"
            spellcheck="false"
            autocapitalize="off"
            aria-autocomplete="list"
            aria-controls=${list.length > 0 ? `${this.controlId}-list` : nothing}
            aria-activedescendant=${list.length > 0 ? `${this.controlId}-${this._active}` : nothing}
            aria-invalid=${problem ? 'true' : nothing}
            aria-describedby="${this.controlId}-says"
            .value=${live(this.#text)}
            @input=${this.#type}
            @keydown=${this.#key}
            @scroll=${this.#scroll}
            @click=${this.#moved}
            @keyup=${this.#moved}
            @blur=${this.#leave}
          ></textarea>
        </div>
        ${list.length > 0 ? this.#suggestions(list) : nothing}
      </div>
      <div class="expression-says" id="${this.controlId}-says" aria-live="polite">
        ${problem ? this.#fault(problem) : this.#fine()}
      </div>
      ${this.#help()}`
  }

  /** The text once more, behind the typed one: there the fault is underlined. */
  #painted(problem: Problem | undefined): unknown {
    const range = problem && faultyRange(this.#text, problem)
    if (!range) return html`${this.#text}${'\n'}`
    const { from, to } = range
    return html`${this.#text.slice(0, from)}<mark>${this.#text.slice(from, to)}</mark>${this.#text.slice(to)}${'\n'}`
  }

  #suggestions(list: readonly Suggestion[]): TemplateResult {
    const icons = { field: 'text', lookup: 'link', function: 'simulate' } as const
    return html`<ul
      class="menu expression-list"
      id="${this.controlId}-list"
      role="listbox"
      aria-label=${say('expression.list')}
    >
      ${list.map(
        (each, at) =>
          html`<li
            class="item"
            role="option"
            id="${this.controlId}-${at}"
            aria-selected=${at === this._active}
            ?data-active=${at === this._active}
            @mousedown=${(event: Event) => {
              event.preventDefault()
              this.#take(each)
            }}
          >
            ${icon(icons[each.what], 14)}<bdi class="code" dir="ltr">${each.name}</bdi
            ><span class="second grow">${each.says}</span>
          </li>`,
      )}
    </ul>`
  }

  #fault({ message, hint }: Problem): TemplateResult {
    return html`<span class="error"><bdi dir="auto">${message}</bdi></span
      >${hint ? html`<span class="second"><bdi dir="auto">${hint}</bdi></span>` : nothing}`
  }

  #fine(): unknown {
    const expression = this._checked?.expression
    if (!expression) return nothing
    const kind = expression.kind === 'null' ? 'text' : expression.kind
    const row = this._rows.find(({ id }) => id === this._picked)
    return html`<span class="gives"
        >${icon('check', 14)}${say('expression.gives', { kind: say(`expression.kind.${kind}` as TextKey) })}</span
      >
      ${
        row
          ? html`<span class="try"
              ><pv-select
                .look=${'plain'}
                .label=${say('expression.record')}
                .options=${this._rows.map((each) => ({ value: each.id, label: this.#nameOf(each) }))}
                .value=${row.id}
                @pick=${(event: CustomEvent) => (this._picked = event.detail as string)}
              ></pv-select
              ><output dir="auto"
                >${this.#valueText(valueOn(expression, row, new Date().toISOString()), kind)}</output
              ></span
            >`
          : nothing
      }`
  }

  #help(): unknown {
    const definition = functionAt(this.#text, this._caret)
    if (!definition) return nothing
    return html`<div class="expression-help">
      <code dir="ltr">${signatureOf(definition)}</code><span dir="auto">${definition.doc}</span>
    </div>`
  }

  #nameOf(row: Sample): string {
    const name = row[this.entity.primaryField]
    return typeof name === 'string' && name !== '' ? name : shortId(row.id)
  }

  #valueText(value: Value, kind: string): string {
    if (value === null) return '—'
    const type = types.get(shownAs[kind] ?? 'text')!
    const field = { id: '', name: 'value', type: type.name, precision: 38, scale: this.wanted.formula?.scale ?? 2 }
    const { language, calendar, timeZone } = settings
    return type.format(value, field, { language, calendar, timeZone })
  }

  #check(): void {
    this._checked =
      this.#text.trim() === '' ? undefined : checkExpression(this.#text, this.model, this.entity, this.wanted)
    void this.#sample()
  }

  /** Some records to try the expression on, with the parents it walks to. */
  async #sample(): Promise<void> {
    const expression = this._checked?.expression
    if (!expression || !isTellable(expression)) return
    const expand = expandFor(expression)
    const path = `/api/data/v1/${this.entity.entitySet}?$top=${samples}&$orderby=modified_at%20desc${expand ? `&$expand=${encodeURIComponent(expand)}` : ''}`
    if (path === this.#asked) return
    this.#asked = path
    // A field or entity that is not published yet has no values to try: then there is nothing to show.
    const found = await fetchJson<{ value: Sample[] }>(path).catch(() => undefined)
    if (path !== this.#asked) return
    this._rows = found?.value ?? []
    if (!this._rows.some(({ id }) => id === this._picked)) this._picked = this._rows[0]?.id
  }

  readonly #type = (event: Event): void => {
    const box = event.target as HTMLTextAreaElement
    this.#text = box.value
    this._caret = box.selectionStart
    this.#suggest()
    this.requestUpdate()
    this.#checkSoon()
  }

  #checkSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#check(), rest)
  }

  #suggest(): void {
    const label = (field: Field) => labelOf(field.label, field.name)
    const found = suggestionsAt(this.#text, this._caret, this.model, this.entity, label)
    this._open = found.list.length > 0 ? found : undefined
    this._active = 0
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault()
      return this.#suggest()
    }
    const list = this._open?.list
    if (!list) return
    const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }
    const move = moves[event.key]
    if (move !== undefined) this._active = (this._active + move + list.length) % list.length
    else if (event.key === 'Enter' || event.key === 'Tab') this.#take(list[this._active]!)
    else if (event.key === 'Escape') this._open = undefined
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  #take({ insert }: Suggestion): void {
    const box = this.querySelector('textarea')!
    const from = this._open?.from ?? this._caret
    this.#text = this.#text.slice(0, from) + insert + this.#text.slice(this._caret)
    this._caret = from + insert.length
    box.value = this.#text
    box.setSelectionRange(this._caret, this._caret)
    this._open = undefined
    this.#check()
    this.requestUpdate()
  }

  readonly #moved = (event: Event): void => {
    const { selectionStart } = event.target as HTMLTextAreaElement
    if (selectionStart === this._caret) return
    this._caret = selectionStart
    this._open = undefined
  }

  readonly #scroll = (event: Event): void => {
    this.querySelector('pre')!.scrollTop = (event.target as HTMLTextAreaElement).scrollTop
  }

  /** What it says may need more room: not before the button that is being pressed has been let go. */
  readonly #leave = (): void => {
    this._open = undefined
    this.#checkSoon()
    if (this.#text !== this.value) this.tell('give', this.#text)
  }
}
customElements.define('pv-expression', ExpressionEditor)
