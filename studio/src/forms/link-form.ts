// What a link has to say of its own: a small form of the entity in between, with both ends known. Makes the record that is
// the link; what may be written and what is wrong is the form state's and the server's to say.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { formState, newRecord, type FieldState } from '@peyvand/core/form/state.ts'
import type { Entity, Field, Form } from '@peyvand/core/model/model.ts'
import type { Navigation } from '@peyvand/core/model/wire.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { current } from '../data/model.ts'
import { create } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import { openDialog } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { labelOf, say } from '../texts/text.ts'
import { detailOf, explain } from './explain.ts'
import { paintField } from './form.ts'

/** The two records a link is between. */
export interface Ends {
  readonly navigation: Navigation
  readonly near: { readonly entity: Entity; readonly id: string }
  readonly far: { readonly entity: Entity; readonly id: string }
}

/** Links two records by a record of the entity in between, asking what it has to say; false when nothing was linked. */
export async function linkThrough(between: Entity, ends: Ends): Promise<boolean> {
  const form = ownForm(between, ends.navigation)
  const values = valuesOf(ends)
  if (!form) {
    await create(between, values)
    return true
  }
  const yes = await new LinkForm(between, form, values).ask()
  return yes === true
}

/** The columns of a link that say which records it is between. */
function valuesOf({ navigation, near, far }: Ends): JsonObject {
  const { hop, column, typeColumn } = navigation
  return {
    [hop!.column]: near.id,
    ...(hop!.typeColumn ? { [hop!.typeColumn]: near.entity.name } : {}),
    [column]: far.id,
    ...(typeColumn ? { [typeColumn]: far.entity.name } : {}),
  }
}

/** A form of all that a link says beside its two ends; undefined when that is nothing. */
function ownForm(between: Entity, { field, hop }: Navigation): Form | undefined {
  const ends = new Set([field.id, hop!.field.id])
  const own = between.fields.filter((each: Field) => !each.system && !ends.has(each.id))
  if (own.length === 0) return undefined
  const controls = own.map(({ name }) => ({ field: name, span: 1 }))
  const section = { name: 'own', label: '', columns: 1, controls }
  return {
    id: '',
    name: 'link',
    entity: between.name,
    label: '',
    header: [],
    tabs: [{ name: 'own', label: '', sections: [section] }],
    generated: true,
  }
}

class LinkForm {
  readonly #entity: Entity
  readonly #form: Form
  #record: Record<string, unknown>
  #refused: readonly Problem[] = []
  #error: unknown
  #complete = false
  #busy = false

  constructor(entity: Entity, form: Form, values: JsonObject) {
    this.#entity = entity
    this.#form = form
    this.#record = { ...newRecord(entity), ...values }
  }

  /** Asks until the link is made or given up. */
  ask(): Promise<boolean | undefined> {
    const title = say('link.add.title', { name: labelOf(this.#entity.label, this.#entity.name) })
    return openDialog<boolean>((answer, repaint) => this.#paint(title, answer, repaint), { label: title })
  }

  get #state() {
    return formState({
      model: current(),
      entity: this.#entity,
      form: this.#form,
      record: this.#record,
      rights: { create: true, write: true, delete: false },
      unset: current().unset.get(this.#entity.name),
      language: settings.language,
      refused: this.#refused,
      complete: this.#complete,
    })
  }

  #paint(title: string, answer: (yes?: boolean) => void, repaint: () => void): TemplateResult {
    const controls = this.#state.tabs.flatMap((tab) => tab.sections.flatMap((section) => section.controls))
    const fields = controls.filter((each): each is FieldState => each.kind === 'field' && each.lock === undefined)
    return html`<form
      @submit=${(event: Event) => {
        event.preventDefault()
        void this.#send(answer, repaint)
      }}
    >
      <header class="dialog-head"><h2>${title}</h2></header>
      <div class="body link-form">
        ${
          this.#error === undefined
            ? nothing
            : html`<p class="notice bad" role="alert">
                ${icon('alert')}<span>${explain(this.#error)} <span dir="auto">${detailOf(this.#error)}</span></span>
              </p>`
        }
        ${fields.map((field) => paintField(this.#body(repaint), field))}
      </div>
      <footer>
        <button type="button" class="button" @click=${() => answer(false)}>${say('cancel')}</button>
        <button class="button primary" ?disabled=${this.#busy}>${say('link.add')}</button>
      </footer>
    </form>`
  }

  #body(repaint: () => void) {
    return {
      entity: this.#entity,
      record: this.#record,
      compact: false,
      change: (values: JsonObject) => {
        this.#record = { ...this.#record, ...values }
        this.#refused = []
        repaint()
      },
    }
  }

  async #send(answer: (yes?: boolean) => void, repaint: () => void): Promise<void> {
    this.#complete = true
    const { problems, changes } = this.#state
    if (problems.length > 0 || this.#busy) {
      repaint()
      return
    }
    this.#busy = true
    try {
      await create(this.#entity, changes)
      answer(true)
    } catch (error) {
      this.#refused = error instanceof Problem ? [error, ...error.problems] : []
      this.#error = error
      this.#busy = false
      repaint()
    }
  }
}
