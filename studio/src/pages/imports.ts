// The page of imports (/import?entity=…&id=…): a place to drop a file, and what was imported before; or one import, from its file to
// its way back (import-one.ts).
import { html, nothing, type TemplateResult } from 'lit'
import { isBusy, readImports, stageFile, type Import, type ImportState } from '../data/imports.ts'
import { current, models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { detailOf, explain } from '../forms/explain.ts'
import { ago, exact } from '../forms/info.ts'
import { icon } from '../kit/icons.ts'
import '../kit/select.ts'
import { View, watch } from '../kit/view.ts'
import { entitle, header } from '../shell/header.ts'
import { route } from '../shell/route.ts'
import { state } from '../shell/state.ts'
import { enImport } from '../texts/en-import.ts'
import { addEnglish, labelOf, say } from '../texts/text.ts'
import './import-one.ts'
import './imports.css'

addEnglish(enImport)

const badges: Readonly<Record<ImportState, string>> = {
  staged: '',
  checking: 'info',
  checked: 'info',
  running: 'info',
  done: 'good',
  failed: 'bad',
  cancelled: 'warn',
  undoing: 'info',
  undone: '',
}
/** How often the list is read again while something runs. unit: milliseconds */
const pause = 1_500

class ImportsPage extends View {
  static override properties = {
    _imports: { state: true },
    _error: { state: true },
    _problem: { state: true },
    _sending: { state: true },
    _over: { state: true },
  }
  declare _imports: readonly Import[] | undefined
  declare _error: unknown
  declare _problem: unknown
  declare _sending: boolean
  declare _over: boolean
  #timer = 0
  #shown: string | undefined

  constructor() {
    super()
    this._sending = this._over = false
    watch(this, route, settings, models)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  protected override willUpdate(): void {
    const id = route.query.get('id') ?? ''
    if (id === this.#shown) return
    this.#shown = id
    clearTimeout(this.#timer)
    if (id === '') void this.#load()
  }

  async #load(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      this._imports = await readImports()
      this._error = undefined
      if (this._imports.some(isBusy) && this.isConnected)
        this.#timer = window.setTimeout(() => void this.#load(), pause)
    } catch (error) {
      this._error = error
    }
  }

  protected override render(): unknown {
    entitle(say('import'))
    const id = route.query.get('id')
    const crumbs = id
      ? [{ label: say('import'), icon: 'upload', href: '/import' }, { label: say('import.one') }]
      : [{ label: say('import'), icon: 'upload', heading: true }]
    return html`${header(crumbs)}
      <div class="imports-page">
        ${id ? html`<pv-import .importId=${id}></pv-import>` : html`${this.#drop()}${this.#list()}`}
      </div>`
  }

  get #entity(): string | undefined {
    const asked = route.query.get('entity')
    return asked !== null && current().rights.get(asked)?.create ? asked : undefined
  }

  #drop(): TemplateResult {
    const entities = [...current().entities.values()]
      .filter(({ name }) => current().rights.get(name)?.create)
      .map(({ name, plural, icon: sign }) => ({ value: name, label: labelOf(plural, name), icon: sign ?? 'table' }))
      .toSorted((a, b) => a.label.localeCompare(b.label))
    const entity = this.#entity
    return html`<section
      class="card import-drop ${this._over ? 'over' : ''}"
      aria-label=${say('import.new')}
      @dragover=${(event: DragEvent) => {
        event.preventDefault()
        this._over = true
      }}
      @dragleave=${() => (this._over = false)}
      @drop=${(event: DragEvent) => {
        event.preventDefault()
        this._over = false
        const [file] = event.dataTransfer?.files ?? []
        if (file) void this.#send(file)
      }}
    >
      <div class="field">
        <span class="label" id="import-into">${say('import.into')}</span>
        <pv-select
          .labelledby=${'import-into'}
          .options=${entities}
          .value=${entity ?? null}
          .placeholder=${say('import.choose')}
          @pick=${(event: CustomEvent) => route.adjust({ entity: event.detail as string })}
        ></pv-select>
      </div>
      <label class="button primary ${entity === undefined || this._sending ? 'off' : ''}">
        ${icon('upload', 14)}<span>${say(this._sending ? 'import.sending' : 'import.file')}</span>
        <input
          type="file"
          class="unseen"
          accept=".csv,.tsv,.txt,.xlsx,.json,.ndjson"
          ?disabled=${entity === undefined || this._sending}
          @change=${(event: Event) => {
            const input = event.target as HTMLInputElement
            const [file] = input.files ?? []
            input.value = ''
            if (file) void this.#send(file)
          }}
        />
      </label>
      <p class="quiet">${say('import.formats')}</p>
      ${
        this._problem === undefined
          ? nothing
          : html`<div class="notice bad" role="alert">
              ${icon('alert')}
              <div>${explain(this._problem)} <span dir="auto">${detailOf(this._problem)}</span></div>
            </div>`
      }
    </section>`
  }

  async #send(file: File): Promise<void> {
    const entity = this.#entity
    if (entity === undefined || this._sending) return
    this._sending = true
    this._problem = undefined
    try {
      const { id } = await stageFile(entity, file)
      await route.go(`/import?id=${id}`)
    } catch (error) {
      this._problem = error
    } finally {
      this._sending = false
    }
  }

  #list(): TemplateResult | typeof nothing {
    if (this._error !== undefined)
      return state({
        kind: 'broken',
        title: explain(this._error),
        actions: html`<button type="button" class="button" @click=${() => void this.#load()}>
          ${icon('refresh')}${say('retry')}
        </button>`,
      })
    if (!this._imports) return nothing
    if (this._imports.length === 0)
      return state({ art: 'upload', title: say('import.none'), text: say('import.none.text') })
    return html`<h2 class="imports-head">${say('import.before')}</h2>
      <ul class="imports card" aria-label=${say('import.before')}>
        ${this._imports.map((each) => this.#row(each))}
      </ul>`
  }

  #row({ id, entity, file, state: now, at, by, ...counts }: Import): TemplateResult {
    const known = entity === null ? undefined : current().entities.get(entity)
    return html`<li>
      <a class="import-row" href="/import?id=${id}">
        <span class="badge ${badges[now]}">${say(`import.${now}`)}</span>
        <span class="grow">
          <strong class="cut"><bdi>${file ?? say('import.nameless')}</bdi></strong>
          <span class="quiet cut"
            >${known ? labelOf(known.plural, known.name) : (entity ?? '')} · <bdi>${by.name}</bdi> ·
            <time datetime=${at} title=${exact(at)}>${ago(at)}</time></span
          >
        </span>
        <span class="quiet tabular cut">${now === 'staged' ? nothing : sentence(counts)}</span>
        ${icon('chevron-end', 14, 'mirror')}
      </a>
    </li>`
  }
}
customElements.define('pv-imports-page', ImportsPage)

/** What came of it, without what is nought. */
function sentence(counts: Pick<Import, 'created' | 'updated' | 'unchanged' | 'failed'>): string {
  return (['created', 'updated', 'unchanged', 'failed'] as const)
    .filter((name) => counts[name] > 0)
    .map((name) => say(`import.count.${name}`, { count: counts[name] }))
    .join(' · ')
}
