// What happened to a record, beside its form: who changed which field, from what to what; an old value can be put back into the
// form. Loaded with the first record page; a peek does without.
import { isJsonObject, type JsonObject } from '@peyvand/core/base/json.ts'
import { elementFor } from '@peyvand/core/elements'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { filesIn } from '@peyvand/core/types/held.ts'
import { types } from '@peyvand/core/types/index.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { readHistory, type Change, type FieldChange } from '../data/history.ts'
import { current } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { avatar } from '../shell/avatar.ts'
import { labelOf, say } from '../texts/text.ts'
import { reader } from '../views/reader.ts'
import './changes.css'
import { explain } from './explain.ts'
import { ago, exact } from './info.ts'

const onePage = 15
const pictures = { create: 'plus', update: 'edit', delete: 'trash' } as const

class Changes extends View {
  static override properties = {
    entity: { attribute: false },
    record: { attribute: false },
    instead: { attribute: false },
    open: { attribute: false },
    put: { attribute: false },
    _changes: { state: true },
    _error: { state: true },
    _busy: { state: true },
  }
  declare entity: Entity
  /** As it is now. */
  declare record: Readonly<Record<string, unknown>>
  /** What is shown where nothing is known. */
  declare instead: unknown
  /** Whether the person may change a field in this form. */
  declare open: (field: Field) => boolean
  declare put: (values: JsonObject) => void
  declare _changes: readonly Change[] | undefined
  declare _error: unknown
  declare _busy: boolean
  #next: string | null = null
  #of = ''

  constructor() {
    super()
    this._busy = false
    watch(this, settings)
  }

  protected override willUpdate(): void {
    const of = `${String(this.record['id'])} ${String(this.record['@odata.etag'])}`
    if (of === this.#of) return
    this.#of = of
    void this.#load(null)
  }

  async #load(after: string | null): Promise<void> {
    this._busy = true
    const of = this.#of
    try {
      const page = await readHistory(this.entity, String(this.record['id']), after, onePage)
      if (of !== this.#of) return
      this._changes = after === null ? page.changes : [...(this._changes ?? []), ...page.changes]
      this.#next = page.next
      this._error = undefined
    } catch (error) {
      this._error = error
    } finally {
      this._busy = false
    }
  }

  protected override render(): unknown {
    if (this._error !== undefined)
      return html`${this.instead}
        <p class="notice bad">
          ${icon('alert')}<span>${explain(this._error)}</span
          ><button type="button" class="button small" @click=${() => void this.#load(null)}>${say('retry')}</button>
        </p>`
    if (!this._changes || this._changes.length === 0) return this.instead
    return html`<ol class="story changes" aria-busy=${String(this._busy)}>
        ${this._changes.map((change, i) => this.#change(change, i))}
      </ol>
      ${
        this.#next === null
          ? nothing
          : html`<button
              type="button"
              class="button ghost small"
              ?disabled=${this._busy}
              @click=${() => void this.#load(this.#next)}
            >
              ${say('changes.more')}
            </button>`
      }`
  }

  #change({ at, change, by, fields }: Change, index: number): TemplateResult {
    const back = change === 'delete' ? {} : this.#back(index)
    return html`<li>
      <span class="bead">${icon(pictures[change], 12)}</span>
      <div>
        <span class="who"
          >${by === undefined ? nothing : avatar(by)}<bdi class="cut">${by ?? say('hidden')}</bdi
          ><time class="quiet" datetime=${at} title=${exact(at)}>${ago(at)}</time></span
        >
        ${
          Object.keys(back).length === 0
            ? nothing
            : html`<button
                type="button"
                class="button ghost small version"
                title=${say('changes.version.hint')}
                @click=${() => this.put(back)}
              >
                ${icon('undo', 12, 'mirror')}${say('changes.version')}
              </button>`
        }
        ${change === 'update' ? nothing : html`<span>${say(`changes.${change}`)}</span>`}
        ${fields.length > 0 ? html`<dl>${fields.map((each) => this.#field(each))}</dl>` : nothing}
      </div>
    </li>`
  }

  /** What the form has to be given for the record to be as it was after a change; nothing where that is what it is. */
  #back(index: number): JsonObject {
    const since = (this._changes ?? []).slice(0, index).flatMap(({ fields }) => fields)
    // The older a change, the nearer to what it was then.
    const oldest = new Map(since.map((each) => [each.field.id, each]))
    const differing = [...oldest.values()].filter(
      ({ field, before }) => this.open(field) && !this.#isNow(field, before),
    )
    return Object.assign({}, ...differing.map(({ field, before }) => this.#whole(field, before))) as JsonObject
  }

  #field({ field, before, after }: FieldChange): TemplateResult {
    const label = labelOf(field.label, field.name)
    return html`<div>
      <dt>
        <span class="cut">${label}</span>${
          this.open(field) && !this.#isNow(field, before)
            ? html`<button
                type="button"
                class="button ghost icon small"
                aria-label=${say('changes.put', { name: label })}
                title=${say('changes.put', { name: label })}
                @click=${() => this.put(this.#whole(field, before))}
              >
                ${icon('undo', 12, 'mirror')}
              </button>`
            : nothing
        }
      </dt>
      <dd>
        <del>${this.#value(field, before)}</del>
        <span class="became"
          >${icon('arrow-end', 12, 'mirror')}<span class="unseen">${say('changes.became')}</span
          ><ins>${this.#value(field, after)}</ins></span
        >
      </dd>
    </div>`
  }

  #value(field: Field, record: Readonly<Record<string, unknown>>): unknown {
    // The file of an old value may be gone; its name is not.
    if (types.get(field.type)?.files)
      return (
        filesIn(field, record)
          .map(({ name }) => name)
          .join(', ') || '—'
      )
    const cell = elementFor(field).cell({ entity: this.entity, field, record, reader: reader() })
    return cell === nothing ? '—' : cell
  }

  #isNow(field: Field, before: Readonly<Record<string, unknown>>): boolean {
    return this.#names(field).every(
      (name) => JSON.stringify(before[name] ?? null) === JSON.stringify(this.record[name] ?? null),
    )
  }

  /** The old value with every part a field has, so that nothing of the new one stays behind. */
  #whole(field: Field, before: Readonly<Record<string, unknown>>): JsonObject {
    const parts = this.#names(field).map((name) => [name, before[name] ?? null])
    const linked = Object.entries(before).filter(([, value]) => isJsonObject(value))
    return Object.fromEntries([...parts, ...linked]) as JsonObject
  }

  #names(field: Field): readonly string[] {
    return [...wireOf(current(), this.entity).properties.values()]
      .filter((property) => property.field.id === field.id && !property.readOnly)
      .map(({ name }) => name)
  }
}
customElements.define('pv-changes', Changes)
