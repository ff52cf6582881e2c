// Jobs as rows: what each is, how far it is, what went wrong, and the button that tries it again or stops it. The list stays
// fresh by itself. The page of all jobs and the strip in the studio show it.
import type { Job, JobState } from '@peyvand/core/answer/job.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { hear } from '../data/events.ts'
import { problemOfJob, readJobs, steer, workOf } from '../data/jobs.ts'
import { models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { detailOf, explain } from '../forms/explain.ts'
import { ago, exact } from '../forms/info.ts'
import { confirm, toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { state } from '../shell/state.ts'
import { en } from '../texts/en.ts'
import { enImport } from '../texts/en-import.ts'
import { enLater } from '../texts/en-later.ts'
import { addEnglish, say, type TextKey } from '../texts/text.ts'
import './jobs.css'

addEnglish(enImport)
addEnglish(enLater)

const badges: Readonly<Record<JobState, string>> = {
  running: 'info',
  queued: 'warn',
  done: 'good',
  failed: 'bad',
  cancelled: '',
}
/** How long changes gather before the list is read again. unit: milliseconds */
const gather = 300

class JobList extends View {
  static override properties = {
    only: { attribute: false },
    open: { attribute: false },
    _jobs: { state: true },
    _error: { state: true },
    _busy: { state: true },
  }
  /** One state; absent: all. */
  declare only: JobState | undefined
  /** Only what waits or runs, or failed while we looked; nothing is shown when there is none. */
  declare open: boolean
  declare _jobs: readonly Job[] | undefined
  declare _error: unknown
  declare _busy: string
  readonly #watched = new Set<string>()
  #stop: (() => void) | undefined
  #timer = 0
  #asked: JobState | undefined | null = null

  constructor() {
    super()
    this.open = false
    this._busy = ''
    watch(this, settings, models)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = hear((event) => {
      if (event.kind !== 'job') return
      this._jobs = this._jobs?.map((job) =>
        job.id === event.id && event.progress ? { ...job, progress: event.progress } : job,
      )
      const known = this._jobs?.find(({ id }) => id === event.id)
      if (known?.state === event.state && event.progress) return
      clearTimeout(this.#timer)
      this.#timer = window.setTimeout(() => void this.#load(), gather)
    })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
    this.#stop?.()
  }

  protected override willUpdate(): void {
    if (this.#asked === this.only) return
    this.#asked = this.only
    void this.#load()
  }

  async #load(): Promise<void> {
    const wanted = this.only
    try {
      const jobs = await readJobs(wanted)
      if (wanted !== this.only) return
      this._jobs = this.open ? jobs.filter((job) => this.#isOpen(job)) : jobs
      this._error = undefined
    } catch (error) {
      this._error = error
    }
  }

  #isOpen({ id, state: now }: Job): boolean {
    if (now === 'queued' || now === 'running') this.#watched.add(id)
    return now !== 'done' && now !== 'cancelled' && this.#watched.has(id)
  }

  protected override render(): unknown {
    if (this._error !== undefined)
      return this.open
        ? nothing
        : state({
            kind: 'broken',
            title: say('jobs.broken'),
            text: explain(this._error),
            actions: html`<button type="button" class="button" @click=${() => void this.#load()}>
              ${icon('refresh')}${say('retry')}
            </button>`,
          })
    if (!this._jobs) return nothing
    if (this._jobs.length === 0)
      return this.open ? nothing : state({ art: 'clock', title: say('jobs.none'), text: say('jobs.none.text') })
    return html`<ul class="jobs card" aria-label=${say('jobs')}>
      ${this._jobs.map((job) => this.#job(job))}
    </ul>`
  }

  #job(job: Job): TemplateResult {
    const { kind, state: now, createdAt, finishedAt, attempts, runAt } = job
    const at = finishedAt ?? createdAt
    const waits = now === 'queued' && attempts > 0 && new Date(runAt).getTime() > Date.now()
    return html`<li data-job=${job.id}>
      <div class="job-line">
        <span class="badge ${badges[now]}">${say(`job.${now}`)}</span>
        <strong class="cut">${word(`job.${kind}`, kind)}</strong>
        ${attempts > 1 ? html`<span class="quiet">${say('job.tries', { count: attempts })}</span>` : nothing}
        <span class="grow"></span>
        <time class="quiet" datetime=${at} title=${exact(at)}>${ago(at)}</time>
        ${this.#button(job)}
      </div>
      ${this.#work(job)} ${now === 'running' || waits ? this.#progress(job) : nothing}
      ${waits ? html`<p class="quiet">${say('job.next', { when: ago(runAt) })}</p>` : nothing}
      ${now === 'done' || now === 'cancelled' ? nothing : this.#problem(job)}
    </li>`
  }

  #work(job: Job): TemplateResult | typeof nothing {
    const work = workOf(job)
    if (work.length === 0) return nothing
    return html`<p class="job-work quiet">
      ${work.map(({ step, where }) => html`<span>${word(`step.${step}`, step)} <code class="ltr">${where}</code></span>`)}
    </p>`
  }

  #progress({ progress }: Job): TemplateResult | typeof nothing {
    if (!progress) return nothing
    const { done, total, says } = progress
    return html`<div class="job-progress">
      <progress
        max=${total ?? 1}
        .value=${total === undefined ? 0 : done}
        aria-label=${say('job.progress', { done, total: total ?? done })}
      ></progress
      ><span class="quiet tabular">${say('job.progress', { done, total: total ?? done })}</span>
      ${says ? html`<span class="quiet cut ltr">${says}</span>` : nothing}
    </div>`
  }

  #problem(job: Job): TemplateResult | typeof nothing {
    const problem = problemOfJob(job)
    if (!problem) return nothing
    return html`<div class="notice ${job.state === 'failed' ? 'bad' : 'warn'}">
      ${icon('alert')}
      <div>${explain(problem)} <span dir="auto">${detailOf(problem)}</span></div>
    </div>`
  }

  #button(job: Job): TemplateResult | typeof nothing {
    const open = job.state === 'queued' || job.state === 'running'
    if (!open && job.state !== 'failed') return nothing
    return html`<button
      type="button"
      class="button small"
      ?disabled=${this._busy === job.id}
      @click=${() => void this.#steer(job, open ? 'cancel' : 'retry')}
    >
      ${icon(open ? 'close' : 'refresh', 14)}${say(open ? 'job.cancel' : 'retry')}
    </button>`
  }

  async #steer(job: Job, what: 'cancel' | 'retry'): Promise<void> {
    if (
      what === 'cancel' &&
      !(await confirm({
        title: say('job.cancel.ask'),
        body: say(job.kind === 'schema' ? 'job.cancel.schema' : 'job.cancel.text'),
        yes: say('job.cancel'),
        danger: true,
      }))
    )
      return
    this._busy = job.id
    try {
      await steer(job, what)
    } catch (error) {
      toast(html`${explain(error)} <span dir="auto">${detailOf(error)}</span>`, undefined, 'bad')
    } finally {
      this._busy = ''
      await this.#load()
    }
  }
}
customElements.define('pv-job-list', JobList)

/** A translated word, or the word as it is. */
function word(key: string, fallback: string): string {
  const known = [en, enImport, enLater].some((texts) => key in texts)
  return known ? say(key as TextKey, { name: '' }) : fallback.replaceAll('_', ' ')
}
