// What those who look after privacy do with a person: see what is kept about them, hand it out, keep it from being deleted or
// used, erase it. Loaded when somebody opens it.
import type { Job } from '@peyvand/core/answer/job.ts'
import type { ErasurePlan, Hold } from '@peyvand/core/answer/person.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { problemOfJob } from '../data/jobs.ts'
import { current } from '../data/model.ts'
import { downloadPerson, erasePerson, liftHold, placeHold, readDossier, readHolds } from '../data/privacy.ts'
import type { Row } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import { openDialog, toast } from '../kit/dialog.ts'
import { bring } from '../kit/heavy.ts'
import { icon } from '../kit/icons.ts'
import { enPrivacy } from '../texts/en-privacy.ts'
import { addEnglish, labelOf, say, type TextKey } from '../texts/text.ts'
import './delete-record.ts'
import { detailOf, explain } from './explain.ts'
import './privacy.css'

addEnglish(enPrivacy)

type Page = 'kept' | 'erase' | Hold['kind']

/** Opens what can be done for the privacy of a person. True when the record may have changed. */
export async function openPrivacy(entity: Entity, record: Row): Promise<boolean> {
  const name = textIn(record, entity.primaryField) ?? ''
  const job = await new Opened(entity, record.id, name).open()
  return job === undefined ? false : follow(job, name)
}

/** The dialog while it is open. */
class Opened {
  readonly #entity: Entity
  readonly #id: string
  readonly #name: string
  #page: Page = 'kept'
  #dossier: ErasurePlan | undefined
  #holds: readonly Hold[] = []
  #busy = false
  #problem: unknown
  #reason = ''
  #until: string | null = null
  #mentions = true
  #sure = false
  #repaint: () => void = () => undefined
  #answer: (job?: string) => void = () => undefined

  constructor(entity: Entity, id: string, name: string) {
    this.#entity = entity
    this.#id = id
    this.#name = name
  }

  open(): Promise<string | undefined> {
    void this.#look()
    return openDialog<string>(
      (answer, repaint) => {
        this.#answer = answer
        this.#repaint = repaint
        return this.#paint()
      },
      { wide: true, label: say('privacy.title', { name: this.#name }) },
    )
  }

  async #look(): Promise<void> {
    await this.#try(async () => {
      const [dossier, holds] = await Promise.all([
        readDossier(this.#entity, this.#id),
        readHolds(this.#entity, this.#id),
      ])
      this.#dossier = dossier
      const own = new Set(holds.map(({ id }) => id))
      this.#holds = [...holds, ...dossier.holds.filter(({ id }) => !own.has(id))]
    })
  }

  async #try(work: () => Promise<unknown>): Promise<void> {
    this.#busy = true
    this.#problem = undefined
    this.#repaint()
    try {
      await work()
    } catch (error) {
      this.#problem = error
    }
    this.#busy = false
    this.#repaint()
  }

  #go(page: Page): void {
    this.#page = page
    this.#reason = ''
    this.#until = null
    this.#sure = false
    this.#problem = undefined
    if (page === 'hold' || page === 'restriction') bring('pv-date')
    this.#repaint()
  }

  #paint(): TemplateResult {
    const name = this.#name
    const titles: Readonly<Record<Page, string>> = {
      kept: say('privacy.title', { name }),
      erase: say('privacy.erase.title', { name }),
      hold: say('privacy.hold'),
      restriction: say('privacy.restrict'),
    }
    const detail = this.#problem === undefined ? undefined : detailOf(this.#problem)
    return html`<header><h2>${titles[this.#page]}</h2></header>
      <div class="body privacy" aria-busy=${this.#busy ? 'true' : 'false'}>
        ${
          this.#problem === undefined
            ? nothing
            : html`<p class="notice bad" role="alert">
                ${icon('alert')}<span
                  >${explain(this.#problem)}${detail ? html` <span dir="auto">${detail}</span>` : nothing}</span
                >
              </p>`
        }
        ${this.#page === 'kept' ? this.#kept() : this.#page === 'erase' ? this.#erasing() : this.#holding()}
      </div>
      ${this.#page === 'kept' ? this.#doings() : this.#page === 'erase' ? this.#eraseButtons() : this.#holdButtons(this.#page)}`
  }

  #kept(): TemplateResult {
    const dossier = this.#dossier
    if (!dossier) return html`<p class="quiet">${this.#busy ? say('privacy.looking') : nothing}</p>`
    const { persons, about, linked, mentions, counts } = dossier
    return html`${this.#holds.map((hold) => this.#hold(hold))}
      ${part(
        'privacy.self',
        persons.map(({ entity, name }) => line(entity, name ?? '', undefined)),
      )}
      ${part(
        'privacy.about',
        about.map(({ entity, field, count }) => line(entity, by(entity, field), count)),
      )}
      ${part(
        'privacy.linked',
        linked.map(({ entity, field, count }) => line(entity, by(entity, field), count)),
      )}
      ${part(
        'privacy.mentions',
        mentions.map(({ entity, records, count }) => line(entity, namesOf(records), count)),
      )}
      <dl class="pairs">
        ${(['files', 'changes'] as const).map(
          (each) =>
            html`<div>
              <dt>${say(`privacy.${each}`)}</dt>
              <dd class="tabular">${number(counts[each])}</dd>
            </div>`,
        )}
      </dl>`
  }

  #hold({ id, kind, reason, until }: Hold): TemplateResult {
    const date = until === null ? '' : dayOf(until)
    const text =
      kind === 'restriction'
        ? say('privacy.restricted', { reason })
        : until === null
          ? say('privacy.held', { reason })
          : say('privacy.held.until', { reason, date })
    return html`<p class="notice warn">
      ${icon('lock')}<span class="grow">${text}</span>
      <button
        type="button"
        class="button small"
        ?disabled=${this.#busy}
        @click=${() => void this.#try(() => liftHold(id)).then(() => this.#look())}
      >
        ${say('privacy.lift')}
      </button>
    </p>`
  }

  #doings(): TemplateResult {
    const held = this.#holds.some(({ kind }) => kind === 'hold')
    const off = this.#busy || !this.#dossier
    return html`<footer>
      <button type="button" class="button" autofocus @click=${() => this.#answer()}>${say('close')}</button>
      <span class="grow"></span>
      <button type="button" class="button" ?disabled=${off} @click=${() => void this.#download()}>
        ${icon('download', 14)}${say('privacy.export')}
      </button>
      <button type="button" class="button" ?disabled=${off} @click=${() => this.#go('hold')}>
        ${say('privacy.hold')}
      </button>
      <button type="button" class="button" ?disabled=${off} @click=${() => this.#go('restriction')}>
        ${say('privacy.restrict')}
      </button>
      <button type="button" class="button danger" ?disabled=${off || held} @click=${() => this.#go('erase')}>
        ${say('privacy.erase')}
      </button>
    </footer>`
  }

  #download(): Promise<void> {
    return this.#try(() => downloadPerson(this.#entity, this.#id, this.#name))
  }

  /** What erasing does, before it is done. */
  #erasing(): TemplateResult {
    const { persons, about, linked } = this.#dossier!
    const emptied = [
      ...persons.map(({ entity, name, fields }) => line(entity, name ?? '', undefined, fieldNames(entity, fields))),
      ...about
        .filter(({ erase }) => erase === 'keep')
        .map(({ entity, field, count, fields }) => line(entity, by(entity, field), count, fieldNames(entity, fields))),
    ]
    const gone = about
      .filter(({ erase }) => erase === 'delete')
      .map(({ entity, field, count }) => line(entity, by(entity, field), count))
    const kept = [
      ...persons.flatMap(({ entity, kept: some }) =>
        some.map(({ field, because }) =>
          line(
            entity,
            fieldNames(entity, [field]),
            undefined,
            because === 'law' ? say('privacy.kept.law') : say('privacy.kept.required'),
          ),
        ),
      ),
      ...linked.map(({ entity, field, count }) => line(entity, by(entity, field), count, say('privacy.kept.link'))),
    ]
    return html`<p>${say('privacy.erase.text')}</p>
      ${part('privacy.deleted', gone, 'bad')} ${part('privacy.emptied', emptied)} ${part('privacy.kept', kept)}
      ${tick(say('privacy.erase.mentions'), this.#mentions, (on) => (this.#mentions = on))} ${this.#reasonField()}
      ${tick(say('privacy.erase.sure'), this.#sure, (on) => {
        this.#sure = on
        this.#repaint()
      })}`
  }

  #eraseButtons(): TemplateResult {
    const ready = this.#sure && this.#reason.trim() !== '' && !this.#busy
    const erase = () =>
      this.#try(async () => {
        const wish = { plan: this.#dossier!.plan, mentions: this.#mentions, reason: this.#reason.trim() }
        this.#answer(await erasePerson(this.#entity, this.#id, wish))
      })
    return html`<footer>
      <button type="button" class="button" @click=${() => this.#go('kept')}>${say('privacy.back')}</button>
      <span class="grow"></span>
      <button type="button" class="button danger" ?disabled=${!ready} @click=${() => void erase()}>
        ${say('privacy.erase.yes')}
      </button>
    </footer>`
  }

  #holding(): TemplateResult {
    return html`${this.#reasonField()}
      <div class="field">
        <span class="label">${say('privacy.until')}</span>
        <pv-date
          .label=${say('privacy.until')}
          .value=${this.#until}
          @change-value=${(event: CustomEvent) => {
            this.#until = event.detail as string | null
            this.#repaint()
          }}
        ></pv-date>
        <span class="quiet">${say('privacy.until.none')}</span>
      </div>`
  }

  #holdButtons(kind: Hold['kind']): TemplateResult {
    const place = () =>
      this.#try(async () => {
        await placeHold(this.#entity, this.#id, { kind, reason: this.#reason.trim(), until: endOf(this.#until) })
        this.#go('kept')
      }).then(() => (this.#problem === undefined ? this.#look() : undefined))
    return html`<footer>
      <button type="button" class="button" @click=${() => this.#go('kept')}>${say('privacy.back')}</button>
      <span class="grow"></span>
      <button
        type="button"
        class="button primary"
        ?disabled=${this.#busy || this.#reason.trim() === ''}
        @click=${() => void place()}
      >
        ${say('privacy.place')}
      </button>
    </footer>`
  }

  #reasonField(): TemplateResult {
    return html`<div class="field">
      <label class="label" for="privacy-reason">${say('privacy.reason')}</label>
      <input
        class="input"
        id="privacy-reason"
        maxlength="500"
        dir="auto"
        autocomplete="off"
        .value=${this.#reason}
        @input=${(event: Event) => {
          this.#reason = (event.target as HTMLInputElement).value
          this.#repaint()
        }}
      />
      <span class="quiet">${say('privacy.reason.hint')}</span>
    </div>`
  }
}

function tick(label: string, on: boolean, set: (on: boolean) => void): TemplateResult {
  return html`<label class="tick"
    ><input
      type="checkbox"
      class="check"
      .checked=${on}
      @change=${(event: Event) => set((event.target as HTMLInputElement).checked)}
    /><span>${label}</span></label
  >`
}

function part(key: TextKey, lines: readonly TemplateResult[], tone = ''): TemplateResult | typeof nothing {
  return lines.length === 0
    ? nothing
    : html`<section>
        <h3 class=${tone}>${say(key)}</h3>
        <ul>
          ${lines}
        </ul>
      </section>`
}

function line(name: string, what: string, count: number | undefined, more?: string): TemplateResult {
  const entity = current().entities.get(name)
  return html`<li>
    ${icon(entity?.icon ?? 'table', 14)}
    <span class="grow">
      <span class="cut"
        ><bdi>${labelOf(count === undefined ? entity?.label : entity?.plural, name)}</bdi>
        <bdi class="quiet">${what}</bdi></span
      >
      ${more ? html`<span class="quiet more">${more}</span>` : nothing}
    </span>
    ${count === undefined ? nothing : html`<span class="tabular">${number(count)}</span>`}
  </li>`
}

const number = (count: number): string => new Intl.NumberFormat(settings.locale).format(count)
const dayOf = (iso: string): string =>
  new Intl.DateTimeFormat(settings.locale, { dateStyle: 'medium' }).format(new Date(iso))

function by(entity: string, field: string): string {
  return say('privacy.by', { field: fieldNames(entity, [field]) })
}

function fieldNames(name: string, fields: readonly string[]): string {
  const entity = current().entities.get(name)
  const labels = fields.map((field) => labelOf(entity?.fields.find((each) => each.name === field)?.label, field))
  return new Intl.ListFormat(settings.locale, { type: 'unit', style: 'short' }).format(labels)
}

function namesOf(records: readonly { readonly name: string | null }[]): string {
  const names = records.flatMap(({ name }) => name ?? []).slice(0, 3)
  return new Intl.ListFormat(settings.locale, { type: 'unit', style: 'short' }).format(names)
}

/** The moment at which a day is over where the person lives. */
function endOf(day: string | null): string | null {
  if (day === null) return null
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(year, month - 1, date + 1).toISOString()
}

/** Shows how the work gets on; true when it ended while somebody looked. */
async function follow(job: string, name: string): Promise<boolean> {
  const ended = await openDialog<Job>(
    (answer) =>
      html`<header><h2>${say('privacy.erasing', { name })}</h2></header>
        <div class="body deletion">
          <pv-following .job=${job} @ended=${(event: CustomEvent) => answer(event.detail as Job)}></pv-following>
        </div>
        <footer>
          <button type="button" class="button primary" @click=${() => answer()}>${say('deleting.behind')}</button>
        </footer>`,
    { label: say('privacy.erasing', { name }) },
  )
  if (ended?.state === 'failed') throw problemOfJob(ended) ?? new Error('the job failed')
  toast(say(ended?.state === 'done' ? 'privacy.erased' : 'privacy.erasing.goes-on'))
  return ended?.state === 'done'
}
