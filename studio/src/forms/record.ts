// One record, read and edited in place: puts its head, form and facts on the page, hears keys and buttons, and says what came
// of a save. The page and the peek only frame it; editing.ts keeps the record, core's form state decides what is painted.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { formState, type FormState } from '@peyvand/core/form/state.ts'
import type { Entity, Field, Form } from '@peyvand/core/model/model.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { hear } from '../data/events.ts'
import { current, mayGuardPrivacy, models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { addressOf } from '../shell/apps.ts'
import { labelOf, say } from '../texts/text.ts'
import { appHere } from '../views/reader.ts'
import { paintButtons, type Buttons } from './buttons.ts'
import { connectable } from './connectable.ts'
import { Editing } from './editing.ts'
import { detailOf, explain } from './explain.ts'
import { paintTabs, tabsOf } from './form.ts'
import { paintHead } from './head.ts'
import { paintInfo } from './info.ts'
import { movesAccess } from './moves-access.ts'
import { plainForm } from './plain.ts'
import { Preview } from './preview.ts'
import { deleteOne, mayLose, splitOff, toggleState } from './record-actions.ts'
import { brokenRecord, isOutOfSight, waitingRecord } from './record-states.ts'

export class RecordElement extends View {
  static override properties = {
    entity: { attribute: false },
    recordId: { attribute: false },
    compact: { attribute: false },
    tools: { attribute: false },
    close: { attribute: false },
    given: { attribute: false },
    _tab: { state: true },
    _slow: { state: true },
  }
  declare entity: Entity
  /** Absent for a new record. */
  declare recordId: string | undefined
  declare compact: boolean
  /** Buttons the frame adds. */
  declare tools: unknown
  declare close: (() => void) | undefined
  /** Values a new record starts with, by wire name. */
  declare given: Readonly<Record<string, string>>
  declare _tab: number
  declare _slow: boolean
  #editing!: Editing
  readonly #preview = new Preview()
  /** What was painted last. */
  #state: FormState | undefined
  #told = { title: '', dirty: false }
  #stops: readonly (() => void)[] = []

  constructor() {
    super()
    this.compact = false
    this.given = {}
    this._tab = 0
    this._slow = false
    watch(this, models, settings, this.#preview)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#editing = new Editing(this.entity, this.recordId)
    this.#stops = [
      this.#editing.subscribe(() => this.requestUpdate()),
      hear((event) => {
        const mine = event.kind === 'record' && event.id === this.recordId && event.change === 'update'
        if (this.recordId !== undefined && (mine || event.kind === 'again')) void this.#heard()
      }),
    ]
    this.addEventListener('keydown', this.#key)
    void this.#load()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const stop of this.#stops) stop()
    this.removeEventListener('keydown', this.#key)
  }

  /** The form to paint with: the first defined or generated one of the entity. */
  get #form(): Form {
    const forms = [...current().forms.values()].filter((form) => form.entity === this.entity.name)
    return forms.find((form) => !form.generated) ?? forms[0] ?? plainForm(this.entity)
  }

  async #load(): Promise<void> {
    if (this.recordId !== undefined)
      setTimeout(() => {
        this._slow = true
      }, 150)
    this.#preview.forget()
    await this.#editing.load(this.given)
    if (this.recordId !== undefined) return
    await this.updateComplete
    this.querySelector<HTMLElement>('.form input:not([disabled]):not([readonly])')?.focus()
  }

  async #heard(): Promise<void> {
    this.#preview.forget()
    if (await this.#editing.hear(this.#state?.dirty ? this.#state.changes : undefined)) toast(say('conflict.merged'))
  }

  protected override render(): unknown {
    this.entity = this.#editing.entity = current().entities.get(this.entity.name) ?? this.entity
    const { error, original, draft } = this.#editing
    if (error !== undefined) {
      this.#tell({ title: say(isOutOfSight(error) ? 'record.missing' : 'server.away'), dirty: false })
      const frame = this.compact ? { close: () => this.close?.() } : { back: this.#back() }
      return brokenRecord(error, () => void this.#load(), frame)
    }
    if (this.recordId !== undefined && !original) return waitingRecord(this._slow)
    const record = this.#preview.shown(this.entity, draft, original)
    const state = (this.#state = this.#stateOf(record))
    this.#tell(state)
    const { entity, compact, recordId } = this
    const change = (values: JsonObject) => this.#editing.change(values)
    return html`<div class="record ${compact ? 'compact' : ''}">
      ${paintHead({ state, entity, record, original, compact, change, actions: this.#buttons(state) })}
      <div class="record-body">
        <div class="record-main">
          ${paintTabs({ state, entity, record, original, recordId, compact, tab: this._tab, pick: (tab) => (this._tab = tab), change })}
          ${this.#connections()}
        </div>
        ${
          original
            ? paintInfo({
                entity,
                record: original,
                compact,
                header: this.#form.header,
                open: (field) => opens(state, field),
                change,
              })
            : nothing
        }
      </div>
    </div>`
  }

  /** What the form is with these values. */
  #stateOf(record: Readonly<Record<string, unknown>>): FormState {
    const { original, start, refused, complete } = this.#editing
    return formState({
      model: current(),
      entity: this.entity,
      form: this.#form,
      record,
      original,
      start,
      rights: current().rights.get(this.entity.name)!,
      locked: current().locked.get(this.entity.name),
      unset: current().unset.get(this.entity.name),
      language: settings.language,
      refused,
      complete,
    })
  }

  #back(): TemplateResult {
    const { icon: picture, plural, name } = this.entity
    return html`<a class="button" href=${addressOf(appHere(), this.entity)}
      >${icon(picture ?? 'table')}${labelOf(plural, name)}</a
    >`
  }

  #connections(): TemplateResult | typeof nothing {
    if (this.recordId === undefined || this.compact || !connectable(this.entity)) return nothing
    void import('./connections.ts')
    return html`<pv-connections .entity=${this.entity} .recordId=${this.recordId}></pv-connections>`
  }

  #tell({ title, dirty }: Pick<FormState, 'title' | 'dirty'>): void {
    if (title !== this.#told.title) queueMicrotask(() => this.tell('titled', title))
    if (dirty !== this.#told.dirty) queueMicrotask(() => this.tell('dirtied', dirty))
    this.#told = { title, dirty }
  }

  #buttons(state: FormState): TemplateResult {
    const { saving, savedAt } = this.#editing
    return paintButtons({
      state,
      saving,
      savedAt,
      compact: this.compact,
      tools: this.tools,
      close: () => this.close?.(),
      discard: () => this.#editing.discard(),
      save: () => void this.save(),
      reload: () => void this.#load(),
      remove: () => void this.#delete(),
      ...this.#stateButtons(),
      ...this.#privacyButton(),
    })
  }

  /** What those who look after privacy can do with a person. */
  #privacyButton(): Pick<Buttons, 'privacy'> {
    const { original } = this.#editing
    if (!original || this.entity.person !== true || !mayGuardPrivacy()) return {}
    const open = async () => {
      const { openPrivacy } = await import('./privacy.ts')
      if (await openPrivacy(this.entity, original)) await this.#load()
    }
    return { privacy: () => void open().catch((error: unknown) => this.#failed(error)) }
  }

  /** What a record with a state can be told. */
  #stateButtons(): Pick<Buttons, 'toggle' | 'split'> {
    const { original } = this.#editing
    if (!original || this.entity.state === undefined || !current().rights.get(this.entity.name)?.write) return {}
    const active = original['state'] !== 'inactive'
    const split = async () => {
      if (await splitOff(this.entity, original)) await this.#load()
    }
    if (!active && original['merged_into_id']) return { split: () => void split() }
    return {
      toggle: {
        active,
        run: () =>
          void toggleState(this.entity, original).then(
            () => this.#load(),
            (error: unknown) => this.#failed(error),
          ),
      },
    }
  }

  /** Saves the draft. Gives true when it is stored. */
  async save(): Promise<boolean> {
    this.#editing.complete = true
    this.requestUpdate()
    await this.updateComplete
    const state = this.#state!
    if (state.problems.length > 0) {
      this.#showProblems(state)
      return false
    }
    if (!state.dirty && !state.isNew) return true
    const op = state.isNew ? 'create' : 'update'
    if (movesAccess(this.entity, op, state.changes)) {
      const { mayMove } = await import('../views/access-diff.ts')
      const id = state.isNew ? {} : { id: this.#editing.id! }
      if (!(await mayMove({ op, entity: this.entity, ...id, values: state.changes }))) return false
    }
    try {
      return await (state.isNew ? this.#create(state.changes) : this.#update(state.changes))
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  async #create(changes: JsonObject): Promise<true> {
    const row = await this.#editing.create(changes)
    const name = textIn(row, this.entity.primaryField) ?? labelOf(this.entity.label, this.entity.name)
    toast(say('created', { name }))
    this.tell('dirtied', false)
    this.tell('created', row.id)
    return true
  }

  async #update(changes: JsonObject): Promise<boolean> {
    const saved = await this.#editing.update(changes)
    if (saved === 'undecided') return false
    if (saved === 'merged') toast(say('conflict.merged'))
    this.tell('saved', this.#editing.original)
    return true
  }

  #failed(reason: unknown): void {
    this.#editing.fail(reason)
    const detail = this.#editing.refused.length === 0 ? detailOf(reason) : undefined
    toast(
      html`${explain(reason)}${detail ? html` <span dir="auto">${detail}</span>` : nothing}`,
      { label: say('retry'), run: () => void this.save() },
      'bad',
    )
    void this.#showFirst()
  }

  #showProblems(state: FormState): void {
    void this.#showFirst()
    toast(say('save.problems', { count: state.problems.length }), undefined, 'bad')
  }

  /** Puts the keyboard on the first value that is wrong, in this tab or else in the first that has one. */
  async #showFirst(): Promise<void> {
    await this.updateComplete
    const tabs = tabsOf(this.#state!)
    const at = tabs.findIndex(({ problems }) => problems > 0)
    if (at >= 0 && !tabs[Math.min(this._tab, tabs.length - 1)]?.problems) this._tab = at
    await this.updateComplete
    this.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }

  async #delete(): Promise<void> {
    if (!(await deleteOne(this.entity, this.#editing.original!))) return
    this.#editing.discard()
    this.tell('dirtied', false)
    this.tell('removed', this.recordId)
  }

  /** Asks what to do with unsaved changes; true when the record may be left. */
  async mayLeave(): Promise<boolean> {
    return !this.#state?.dirty || mayLose()
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return
    if (event.key.toLowerCase() === 's') {
      event.preventDefault()
      ;(document.activeElement as HTMLElement | null)?.dispatchEvent(new Event('change', { bubbles: true }))
      void this.save()
    } else if (event.key === 'Enter') {
      event.preventDefault()
      void this.save().then((saved) => saved && this.close?.())
    }
  }
}
customElements.define('pv-record', RecordElement)

/** Whether a field stands in the form, free to be changed. */
function opens({ tabs, header }: FormState, field: Field): boolean {
  const controls = tabs.flatMap(({ sections }) => sections.flatMap((section) => section.controls))
  return [...controls, ...header].some(
    (each) => each.kind === 'field' && each.field.id === field.id && each.lock === undefined,
  )
}
