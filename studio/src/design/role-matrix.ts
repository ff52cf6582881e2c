// The matrix of a role: entities down, operations across, in each cell how far it reaches. Chosen with the mouse or the keyboard,
// one cell, a row or a column at once. Tells `grants` with what the role grants then; what cells mean stands in role-grants.ts.
import { latinDigits } from '@peyvand/core/base/digits.ts'
import { fold } from '@peyvand/core/base/fold.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import { operations, type Entity, type Operation } from '@peyvand/core/model/model.ts'
import type { GrantDefinition } from '@peyvand/core/model/scopes.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { labelOf, say } from '../texts/text.ts'
import { draft } from './draft.ts'
import { cellOf, depths, every, isSameReach, withReach, type Grants, type Reach } from './role-grants.ts'
import { keysOf } from './role-keys.ts'
import { cellWords, openReachMenu, paintCell, paintLegend } from './role-reach.ts'
import { askRow } from './role-row.ts'

type Row = Entity | undefined

class RoleMatrix extends View {
  static override properties = {
    grants: { attribute: false },
    privileges: { attribute: false },
    problems: { attribute: false },
    _text: { state: true },
    _onlyOpen: { state: true },
  }
  declare grants: Grants
  declare privileges: readonly string[]
  /** What is wrong, by the entity it is about. */
  declare problems: ReadonlyMap<string, readonly Problem[]>
  declare _text: string
  declare _onlyOpen: boolean
  /** Rows that stay although their last right was just taken away. */
  #kept: ReadonlySet<string> = new Set()
  readonly #keys = keysOf(this, '.rights')

  constructor() {
    super()
    this.grants = []
    this.privileges = []
    this.problems = new Map()
    this._text = ''
    this._onlyOpen = false
    watch(this, settings, draft)
  }

  protected override updated(): void {
    this.#keys.settle()
  }

  get #shown(): readonly Entity[] {
    const wanted = fold(this._text)
    const open = (name: string) => this.#kept.has(name) || this.grants.some(({ entity }) => entity === name)
    return [...draft.model.entities.values()]
      .filter(({ intersect, name }) => intersect !== true && (!this._onlyOpen || open(name)))
      .filter(({ label, name }) => wanted === '' || fold(`${labelOf(label, name)} ${name}`).includes(wanted))
      .sort((a, b) => labelOf(a.label, a.name).localeCompare(labelOf(b.label, b.name)))
  }

  protected override render(): unknown {
    const shown = this.#shown
    const groups = Map.groupBy(shown, ({ solution }) => solution ?? '')
    const order = [...groups.keys()].sort((a, b) => Number(a === 'base') - Number(b === 'base') || a.localeCompare(b))
    return html`${this.#tools()}
      <div class="card rights-frame">
        <div
          class="rights"
          role="grid"
          aria-label=${say('role.matrix')}
          aria-describedby="rights-help"
          aria-colcount=${operations.length + 2}
          @click=${this.#click}
          @keydown=${this.#key}
          @focusin=${this.#keys.focused}
        >
          ${this.#head(shown)}${this._text === '' ? this.#row(undefined) : nothing}
          ${order.map(
            (solution) =>
              html`<div class="rights-group" role="row">
                  <span role="rowheader"
                    >${solution.length > 3 ? solution : solution.toUpperCase() || say('app.custom')}</span
                  >
                </div>
                ${repeat(
                  groups.get(solution)!,
                  ({ id }) => id,
                  (entity) => this.#row(entity),
                )}`,
          )}
        </div>
        ${shown.length === 0 ? html`<p class="quiet rights-none">${say('nothing.found')}</p>` : nothing}
      </div>
      <footer class="rights-foot">
        ${paintLegend()}
        <p class="quiet" id="rights-help">${say('role.matrix.help')}</p>
      </footer>`
  }

  #tools(): TemplateResult {
    return html`<div class="rights-tools">
      <label class="input affix"
        >${icon('search', 14)}<input
          type="search"
          aria-label=${say('role.find')}
          placeholder=${say('role.find')}
          .value=${this._text}
          @input=${(event: Event) => (this._text = (event.target as HTMLInputElement).value)}
      /></label>
      <label class="switch"
        ><input
          type="checkbox"
          role="switch"
          .checked=${this._onlyOpen}
          @change=${(event: Event) => {
            this._onlyOpen = (event.target as HTMLInputElement).checked
            this.#kept = new Set()
          }}
        /><span>${say('role.only-open')}</span></label
      >
    </div>`
  }

  #head(shown: readonly Entity[]): TemplateResult {
    const words = (operation: Operation) => say('role.column.shown', { count: shown.length, operation })
    return html`<div class="rights-row head" role="row">
      <span class="first" role="columnheader">${say('design.entity')}</span>
      ${operations.map(
        (operation) =>
          html`<span role="columnheader"
            ><button
              type="button"
              tabindex="-1"
              data-column=${operation}
              aria-haspopup="menu"
              title="${say(`role.op.${operation}.text`)} · ${words(operation)}"
            >
              ${say(`role.op.${operation}`)}
            </button></span
          >`,
      )}
      <span role="columnheader">${say('role.rule')}</span>
    </div>`
  }

  #row(entity: Row): TemplateResult {
    const name = entity?.name ?? every
    const grant = this.grants.find((one) => one.entity === name)
    const wrong = this.problems.get(name)?.[0]
    const label = entity ? labelOf(entity.label, entity.name) : say('role.every')
    return html`<div class="rights-row ${entity ? '' : 'every'}" role="row" data-entity=${name}>
      <span class="first" role="rowheader"
        ><button type="button" tabindex="-1" data-row aria-haspopup="menu" title=${entity ? name : nothing}>
          ${icon(entity ? (entity.icon ?? 'table') : 'layers', 14)}<span class="cut"><bdi>${label}</bdi></span
          >${icon('chevron-down', 12)}
        </button></span
      >
      ${operations.map((operation) => this.#cell(entity, operation))}
      <span role="gridcell">${grant ? paintBeside(grant, label, wrong) : nothing}</span>
    </div>`
  }

  #cell(entity: Row, operation: Operation): TemplateResult {
    const cell = cellOf(this, entity, operation)
    const words = cellWords(cell, entity, operation)
    return html`<span role="gridcell"
      ><button
        type="button"
        tabindex="-1"
        class=${cell.given === undefined ? '' : 'given'}
        data-cell=${operation}
        aria-haspopup="menu"
        aria-label=${words}
        title=${words}
        aria-disabled=${cell.closed ? 'true' : nothing}
      >
        ${paintCell(cell)}
      </button></span
    >`
  }

  /** What a button of the matrix is about. */
  #placeOf(
    target: EventTarget | null,
  ): { readonly button: HTMLElement; readonly row: Row; readonly name: string } | undefined {
    const button = target instanceof Element ? target.closest<HTMLElement>('.rights button') : null
    if (!button) return undefined
    const name = button.closest<HTMLElement>('[data-entity]')?.dataset['entity'] ?? ''
    return { button, row: draft.model.entities.get(name), name }
  }

  readonly #click = (event: Event): void => {
    const place = this.#placeOf(event.target)
    if (!place) return
    const { button, row, name } = place
    const { cell, column } = button.dataset as { readonly cell?: Operation; readonly column?: Operation }
    if (button.getAttribute('aria-disabled') === 'true') return
    if (cell) this.#openCell(button, row, cell)
    else if (column) this.#openColumn(button, column)
    else if ('rule' in button.dataset) void this.#askRow(row)
    else if ('row' in button.dataset) this.#openRow(button, row, name)
  }

  readonly #key = (event: KeyboardEvent): void => {
    const place = this.#placeOf(event.target)
    const cell = place?.button.dataset['cell'] as Operation | undefined
    const depth = cell && numberOf(event)
    if (place && cell && depth !== undefined && !cellOf(this, place.row, cell).closed) {
      event.preventDefault()
      this.#set([place.row], [cell], depth === 0 ? undefined : depths[depth - 1])
    } else this.#keys.pressed(event)
  }

  #openCell(anchor: HTMLElement, row: Row, operation: Operation): void {
    openReachMenu(anchor, {
      entity: row,
      reach: cellOf(this, row, operation).own,
      give: (reach) => this.#set([row], [operation], reach),
    })
  }

  #openColumn(anchor: HTMLElement, operation: Operation): void {
    const shown = this.#shown
    openReachMenu(anchor, {
      heading: say('role.column.shown', { count: shown.length }),
      reach: null,
      give: (reach) => this.#set(shown, [operation], reach),
    })
  }

  #openRow(anchor: HTMLElement, row: Row, name: string): void {
    const has = this.grants.some(({ entity }) => entity === name)
    openReachMenu(anchor, {
      entity: row,
      heading: say('role.row.all'),
      reach: null,
      more: has ? ['line', { label: say('role.row.rule'), icon: 'filter', run: () => void this.#askRow(row) }] : [],
      give: (reach) => this.#set([row], operations, reach),
    })
  }

  async #askRow(entity: Row): Promise<void> {
    const next = await askRow(this.grants, entity)
    if (next) this.tell('grants', next)
  }

  #set(rows: readonly Row[], some: readonly Operation[], reach: Reach | undefined): void {
    const next = withReach(this.grants, rows, some, reach)
    if (isSame(next, this.grants)) return
    this.#kept = new Set([...this.#kept, ...rows.map((row) => row?.name ?? every)])
    this.tell('grants', next)
  }
}
customElements.define('pv-role-matrix', RoleMatrix)

/** How far a key sets a cell, from 0 for nothing on; in the digits of any keyboard. */
function numberOf({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): number | undefined {
  if (ctrlKey || metaKey || altKey) return undefined
  const digit = latinDigits(key)
  return /^[0-4]$/.test(digit) ? Number(digit) : key === 'Delete' ? 0 : undefined
}

/** The way to what a grant has besides its cells, which tells what there is. */
function paintBeside(
  { entity, rule, reports }: GrantDefinition,
  label: string,
  wrong: Problem | undefined,
): TemplateResult {
  const words = [
    ...(wrong ? [wrong.message] : []),
    ...(rule ? [say('role.rule.set')] : entity === every ? [] : [say('role.rule.none')]),
    ...(reports ? [say('role.reports')] : []),
  ].join(' · ')
  return html`<button
    type="button"
    tabindex="-1"
    class="rule ${rule || reports ? 'on' : ''} ${wrong ? 'bad' : ''}"
    data-rule
    aria-haspopup="dialog"
    aria-label="${say('role.rule.of', { entity: label })}${words && `: ${words}`}"
    title=${wrong?.message ?? rule ?? words}
  >
    ${wrong || rule || !reports ? icon(wrong ? 'alert' : entity === every ? 'team' : 'filter', 14) : nothing}${reports ? icon('team', 14) : nothing}
  </button>`
}

/** Whether two lists of grants open the same, so that nothing changed is no step to undo. */
function isSame(a: Grants, b: Grants): boolean {
  return (
    a.length === b.length &&
    a.every((grant, at) =>
      operations.every((one) => isSameReach(grant[one], b[at]![one]) && grant.entity === b[at]!.entity),
    )
  )
}
