// One record, read and edited in place: loads it, keeps the draft, saves with its version, settles conflicts. The page and
// the peek only frame it. What is painted is decided by core's form state.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { mergeRecords } from '@peyvand/core/form/conflict.ts'
import { followed } from '@peyvand/core/form/follow.ts'
import type { previewFormulas } from '@peyvand/core/form/preview.ts'
import { formState, newRecord, type FormState } from '@peyvand/core/form/state.ts'
import type { Entity, Field, Form } from '@peyvand/core/model/model.ts'
import { types } from '@peyvand/core/types/index.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { hear } from '../data/events.ts'
import { current, models } from '../data/model.ts'
import { create, read, remove, update, type Row } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import { confirm, toast } from '../kit/dialog.ts'
import { View, watch } from '../kit/view.ts'
import { labelOf, say } from '../texts/text.ts'
import { paintButtons, type Buttons, type SaveState } from './buttons.ts'
import { settle } from './conflict.ts'
import { newer, pickFrom } from './draft.ts'
import { detailOf, explain } from './explain.ts'
import { paintTabs } from './form.ts'
import { plainForm } from './plain.ts'
import { brokenRecord, waitingRecord } from './record-states.ts'
import { paintHead } from './head.ts'
import { lookupsGiven } from './given.ts'
import { connectable } from './connectable.ts'
import { paintInfo } from './info.ts'

export class RecordElement extends View {
  static override properties = {
    entity: { attribute: false },
    recordId: { attribute: false },
    compact: { attribute: false },
    tools: { attribute: false },
    close: { attribute: false },
    given: { attribute: false },
    _original: { state: true },
    _draft: { state: true },
    _error: { state: true },
    _save: { state: true },
    _tab: { state: true },
    _slow: { state: true },
    _preview: { state: true },
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
  declare _original: Row | undefined
  declare _draft: Readonly<Record<string, unknown>>
  declare _error: unknown
  declare _save: SaveState
  declare _tab: number
  declare _slow: boolean
  declare _preview: typeof previewFormulas | undefined
  #refused: readonly Problem[] = []
  #complete = false
  /** What a new record began with. */
  #start: Readonly<Record<string, unknown>> | undefined
  #savedAt: Date | undefined
  #stop: (() => void) | undefined
  #state: FormState | undefined
  #told = { title: '', dirty: false }

  constructor() {
    super()
    this.compact = false
    this.given = {}
    this._draft = {}
    this._save = 'clean'
    this._tab = 0
    this._slow = false
    watch(this, models, settings)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = hear((event) => {
      if (event.kind === 'record' && event.id === this.recordId && event.change === 'update' && this._save !== 'saving')
        void this.#heard()
    })
    this.addEventListener('keydown', this.#key)
    void this.#load()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop?.()
    this.removeEventListener('keydown', this.#key)
  }

  /** The form to paint with: the first defined or generated one of the entity. */
  get #form(): Form {
    const forms = [...current().forms.values()].filter((form) => form.entity === this.entity.name)
    return forms.find((form) => !form.generated) ?? forms[0] ?? plainForm(this.entity)
  }

  /** The draft with what its formulas give now; before the first change they are as the server said. */
  #shown(): Readonly<Record<string, unknown>> {
    if (
      this._draft === this._original ||
      !this.entity.fields.some(({ type }) => types.get(type)?.formula !== undefined)
    )
      return this._draft
    if (!this._preview) {
      void import('@peyvand/core/form/preview.ts').then((preview) => (this._preview = preview.previewFormulas))
      return this._draft
    }
    return { ...this._draft, ...this._preview(current(), this.entity, this._draft, new Date().toISOString()) }
  }

  async #load(): Promise<void> {
    this._error = undefined
    if (this.recordId === undefined) {
      this.#start = this._draft = { ...newRecord(this.entity), ...(await lookupsGiven(this.entity, this.given)) }
      await this.updateComplete
      this.querySelector<HTMLElement>('.form input:not([disabled]):not([readonly])')?.focus()
      return
    }
    setTimeout(() => {
      this._slow = true
    }, 150)
    try {
      this.#take(await read(this.entity, this.recordId))
    } catch (error) {
      this._error = error
    }
  }

  #take(row: Row): void {
    this._original = row
    this._draft = row
  }

  /** Someone else changed this record while we look at it: take it over, under what was typed here. */
  async #heard(): Promise<void> {
    const theirs = await read(this.entity, this.recordId!).catch(() => undefined)
    // A rollup becomes another value without a new version, so the whole record is compared.
    if (!theirs || JSON.stringify(theirs) === JSON.stringify(this._original) || this._save === 'saving') return
    if (!this.#state?.dirty) {
      this.#take(theirs)
      return
    }
    const { free, conflicts } = mergeRecords({
      model: current(),
      entity: this.entity,
      base: this._original!,
      theirs,
      changes: this.#state.changes,
    })
    if (conflicts.length > 0) return
    this._original = theirs
    this._draft = { ...theirs, ...pickFrom(this._draft, free) }
    toast(say('conflict.merged'))
  }

  protected override render(): unknown {
    this.entity = current().entities.get(this.entity.name) ?? this.entity
    if (this._error !== undefined)
      return brokenRecord(this._error, () => void this.#load(), this.compact ? () => this.close?.() : undefined)
    if (this.recordId !== undefined && !this._original) return waitingRecord(this._slow)
    const form = this.#form
    const record = this.#shown()
    const painted = (this.#state = formState({
      model: current(),
      entity: this.entity,
      form,
      record,
      original: this._original,
      start: this.#start,
      rights: current().rights.get(this.entity.name)!,
      locked: current().locked.get(this.entity.name),
      unset: current().unset.get(this.entity.name),
      language: settings.language,
      refused: this.#refused,
      complete: this.#complete,
    }))
    this.#tell(painted)
    const change = (values: JsonObject) => this.#change(values)
    return html`<div class="record ${this.compact ? 'compact' : ''}">
      ${paintHead({ state: painted, entity: this.entity, record, original: this._original, compact: this.compact, change, actions: this.#buttons(painted) })}
      <div class="record-body">
        <div class="record-main">
          ${paintTabs({
            state: painted,
            entity: this.entity,
            record,
            original: this._original,
            recordId: this.recordId,
            compact: this.compact,
            tab: this._tab,
            pick: (tab) => {
              this._tab = tab
            },
            change,
          })}
          ${this.#connections()}
        </div>
        ${
          this._original
            ? paintInfo({
                entity: this.entity,
                record: this._original,
                compact: this.compact,
                header: form.header,
                open: (field) => opens(painted, field),
                change,
              })
            : nothing
        }
      </div>
    </div>`
  }

  #connections(): TemplateResult | typeof nothing {
    if (this.recordId === undefined || this.compact || !connectable(this.entity)) return nothing
    void import('./connections.ts')
    return html`<pv-connections .entity=${this.entity} .recordId=${this.recordId}></pv-connections>`
  }

  #tell(painted: FormState): void {
    const { title, dirty } = painted
    if (title !== this.#told.title) queueMicrotask(() => this.tell('titled', title))
    if (dirty !== this.#told.dirty) queueMicrotask(() => this.tell('dirtied', dirty))
    this.#told = { title, dirty }
  }

  #buttons(painted: FormState): TemplateResult {
    return paintButtons({
      state: painted,
      saving: this._save,
      savedAt: this.#savedAt,
      compact: this.compact,
      tools: this.tools,
      close: () => this.close?.(),
      discard: () => this.#discard(),
      save: () => void this.save(),
      reload: () => void this.#load(),
      remove: () => void this.#delete(),
      ...this.#stateButtons(),
    })
  }

  /** What a record with a state can be told. */
  #stateButtons(): Pick<Buttons, 'toggle' | 'split'> {
    const original = this._original
    if (!original || this.entity.state === undefined || !current().rights.get(this.entity.name)?.write) return {}
    const active = original['state'] !== 'inactive'
    if (!active && original['merged_into_id']) return { split: () => void this.#split() }
    return { toggle: { active, run: () => void this.#toggle(active) } }
  }

  async #toggle(active: boolean): Promise<void> {
    try {
      await update(
        this.entity,
        this.recordId!,
        { state: active ? 'inactive' : 'active' },
        this._original?.['@odata.etag'],
      )
      await this.#load()
      toast(say(active ? 'deactivated' : 'activated'))
    } catch (error) {
      this.#failed(error)
    }
  }

  async #split(): Promise<void> {
    const { splitHere } = await import('./split.ts')
    if (await splitHere(this.entity, this._original!)) await this.#load()
  }

  #change(given: JsonObject): void {
    const values = followed(this.entity, this._draft, given)
    this._draft = { ...this._draft, ...values }
    const names = new Set(Object.keys(values))
    this.#refused = this.#refused.filter(
      (problem) => !names.has((problem.pointer ?? problem.target ?? '').replace(/^\//, '')),
    )
    if (this._save !== 'saving') this._save = 'dirty'
  }

  #discard(): void {
    this._draft = this._original ?? {}
    this.#refused = []
    this.#complete = false
    this._save = 'clean'
  }

  /** Saves the draft. Gives true when it is stored. */
  async save(): Promise<boolean> {
    this.#complete = true
    this.requestUpdate()
    await this.updateComplete
    const painted = this.#state!
    if (painted.problems.length > 0) {
      this.#showProblems(painted)
      return false
    }
    if (!painted.dirty && !painted.isNew) return true
    this._save = 'saving'
    try {
      if (painted.isNew) await this.#create(painted.changes)
      else await this.#update(painted.changes)
      return true
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  async #create(changes: JsonObject): Promise<void> {
    const row = await create(this.entity, changes)
    this.#stored(row)
    toast(
      say('created', { name: textIn(row, this.entity.primaryField) ?? labelOf(this.entity.label, this.entity.name) }),
    )
    this.tell('dirtied', false)
    this.tell('created', row.id)
  }

  async #update(changes: JsonObject): Promise<void> {
    const sent = this._draft
    try {
      await update(this.entity, this.recordId!, changes, this._original?.['@odata.etag'])
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'conflict.stale') throw error
      await this.#conflict(changes)
      return
    }
    const row = await read(this.entity, this.recordId!)
    const typed = this._draft === sent ? {} : newer(this._draft, sent)
    this.#stored(row)
    this._draft = { ...row, ...typed }
    this.tell('saved', row)
  }

  #stored(row: Row): void {
    this._original = row
    this._draft = row
    this.#refused = []
    this.#complete = false
    this.#savedAt = new Date()
    this._save = 'saved'
  }

  /** Someone else saved first: what they did not touch goes on top of theirs, the rest a person decides. */
  async #conflict(changes: JsonObject): Promise<void> {
    const theirs = await read(this.entity, this.recordId!)
    const merge = mergeRecords({ model: current(), entity: this.entity, base: this._original!, theirs, changes })
    const decided =
      merge.conflicts.length > 0
        ? await settle(this.entity, merge.conflicts, { ...theirs, ...this._draft }, theirs)
        : {}
    if (!decided) {
      this._save = 'dirty'
      return
    }
    const values = { ...merge.free, ...decided }
    this._original = theirs
    if (Object.keys(values).length > 0) await this.#update(values)
    else {
      this.#stored(theirs)
      this.tell('saved', theirs)
    }
    if (merge.conflicts.length === 0) toast(say('conflict.merged'))
  }

  #failed(reason: unknown): void {
    this._save = 'failed'
    const problems = reason instanceof Problem ? (reason.problems.length > 0 ? reason.problems : [reason]) : []
    this.#refused = problems.filter((problem) => problem.pointer !== undefined || problem.target !== undefined)
    toast(
      html`${explain(reason)}${detailOf(reason) && this.#refused.length === 0 ? html` <span dir="auto">${detailOf(reason)}</span>` : nothing}`,
      { label: say('retry'), run: this.#again },
      'bad',
    )
    this.requestUpdate()
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  }

  readonly #again = (): void => void this.save()

  #showProblems(painted: FormState): void {
    const here = painted.tabs[this._tab]
    if (!here || here.problems === 0) {
      const at = painted.tabs.findIndex((tab) => tab.problems > 0)
      if (at >= 0) this._tab = at
    }
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
    toast(say('save.problems', { count: painted.problems.length }), undefined, 'bad')
  }

  async #delete(): Promise<void> {
    const name = textIn(this._original ?? {}, this.entity.primaryField) ?? ''
    if (
      !(await confirm({
        title: say('delete.one', { name }),
        body: say('delete.text'),
        yes: say('delete'),
        danger: true,
      }))
    )
      return
    try {
      await remove(this.entity, this.recordId!)
      this._draft = this._original ?? {}
      this.tell('dirtied', false)
      toast(say('deleted', { name }))
      this.tell('removed', this.recordId)
    } catch (error) {
      toast(html`${explain(error)}`, undefined, 'bad')
    }
  }

  /** Asks what to do with unsaved changes; true when the record may be left. */
  async mayLeave(): Promise<boolean> {
    if (!this.#state?.dirty) return true
    return confirm({
      title: say('leave.title'),
      body: say('leave.text'),
      yes: say('leave.yes'),
      no: say('leave.no'),
      danger: true,
    })
  }

  async #saveAndClose(): Promise<void> {
    if (await this.save()) this.close?.()
  }

  readonly #key = (event: KeyboardEvent): void => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
      event.preventDefault()
      ;(document.activeElement as HTMLElement | null)?.dispatchEvent(new Event('change', { bubbles: true }))
      void this.save()
    } else if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
      event.preventDefault()
      void this.#saveAndClose()
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
