// Deleting a record: what it would take along is told first, with numbers. What is too much to be done at once a job does; its
// progress is shown until it ends or the person goes on working. Loaded when somebody deletes for the first time.
import type { Job } from '@peyvand/core/answer/job.ts'
import { html, nothing, type TemplateResult } from 'lit'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { readJob, problemOfJob, steer } from '../data/jobs.ts'
import { exchange, fetchJson } from '../data/http.ts'
import { current } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { confirm, openDialog, toast } from '../kit/dialog.ts'
import { icon } from '../kit/icons.ts'
import { View } from '../kit/view.ts'
import { movesAccess } from './moves-access.ts'
import { enLater } from '../texts/en-later.ts'
import { addEnglish, labelOf, say, type TextKey } from '../texts/text.ts'
import './delete-record.css'
import { explain } from './explain.ts'

addEnglish(enLater)

interface Share {
  readonly entity: string
  readonly deleted: number
  readonly cleared: number
  readonly blocking: number
}
interface Preview {
  readonly entities: readonly Share[]
  readonly others: boolean
  readonly more: boolean
  readonly how: 'at_once' | 'job' | 'blocked'
}

const address = (entity: Entity, id: string): string => `/api/data/v1/${entity.entitySet}(${id})`

/** Deletes a record after asking; true when it is gone. throws: Problem. */
export async function deleteRecord(entity: Entity, id: string, name: string): Promise<boolean> {
  if (!(await ask(entity, id, name))) return false
  if (movesAccess(entity, 'delete')) {
    const { mayMove } = await import('../views/access-diff.ts')
    if (!(await mayMove({ op: 'delete', entity, id }))) return false
  }
  const { status, body } = await exchange<{ job: string } | null>(address(entity, id), {
    method: 'DELETE',
    headers: { prefer: 'respond-async' },
  })
  return status !== 202 || follow(body!.job, name)
}

/** Asks, with what would follow. */
async function ask(entity: Entity, id: string, name: string): Promise<boolean> {
  let preview: Preview | undefined
  let failed = false
  const yes = await openDialog<boolean>(
    (answer, repaint) => {
      if (preview === undefined && !failed) {
        failed = true
        void fetchJson<Preview>(`${address(entity, id)}/deletion_preview()`)
          .then((found) => (preview = found))
          .catch(() => undefined)
          .finally(repaint)
      }
      return html`<header><h2>${say('delete.one', { name })}</h2></header>
        <div class="body deletion">
          <p>${say('delete.text')}</p>
          <div aria-live="polite">
            ${preview ? paintPreview(preview) : html`<p class="quiet">${say('delete.looking')}</p>`}
          </div>
        </div>
        <footer>
          <button type="button" class="button" autofocus @click=${() => answer(false)}>${say('cancel')}</button>
          <button
            type="button"
            class="button danger"
            ?disabled=${preview?.how === 'blocked'}
            @click=${() => answer(true)}
          >
            ${say('delete')}
          </button>
        </footer>`
    },
    { label: say('delete.one', { name }) },
  )
  return yes === true
}

function paintPreview({ entities, others, more, how }: Preview): TemplateResult {
  const group = (key: TextKey, of: (share: Share) => number, tone: string) => {
    const some = entities.filter((share) => of(share) > 0)
    return some.length === 0
      ? nothing
      : html`<h3 class=${tone}>${say(key)}</h3>
          <ul>
            ${some.map((share) => paintShare(share.entity, of(share)))}
          </ul>`
  }
  if (entities.length === 0 && !others) return html`<p class="quiet">${say('delete.alone')}</p>`
  return html`${group('delete.blocks', ({ blocking }) => blocking, 'bad')}
  ${how === 'blocked' ? html`<p class="notice warn">${icon('alert')}<span>${say('delete.blocked')}</span></p>` : nothing}
  ${group('delete.also', ({ deleted }) => deleted, '')} ${group('delete.unlinks', ({ cleared }) => cleared, '')}
  ${others ? html`<p class="quiet">${say('delete.others')}</p>` : nothing}
  ${more ? html`<p class="quiet">${say('delete.least')}</p>` : nothing}
  ${how === 'job' ? html`<p class="notice">${icon('clock')}<span>${say('delete.long')}</span></p>` : nothing}`
}

function paintShare(name: string, count: number): TemplateResult {
  const entity = current().entities.get(name)
  return html`<li>
    ${icon(entity?.icon ?? 'table', 14)}
    <span class="grow cut"><bdi>${labelOf(entity?.plural, name)}</bdi></span>
    <span class="tabular">${new Intl.NumberFormat(settings.locale).format(count)}</span>
  </li>`
}

/** unit: milliseconds */
const pause = 700

/** How far a job is, asked for again and again until it ends. */
class Following extends View {
  static override properties = { job: {}, _now: { state: true } }
  declare job: string
  declare _now: Job | undefined
  #timer: number | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#look()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    window.clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    const now = await readJob(this.job).catch(() => undefined)
    if (!this.isConnected) return
    if (now !== undefined) this._now = now
    if (now !== undefined && now.state !== 'queued' && now.state !== 'running') this.tell('ended', now)
    else this.#timer = window.setTimeout(() => void this.#look(), pause)
  }

  protected override render(): unknown {
    const progress = this._now?.progress
    const begun = progress?.total !== undefined
    const text = begun ? say('job.progress', { done: progress.done, total: progress.total }) : say('deleting.checking')
    return html`<progress
        aria-label=${text}
        max=${begun ? progress.total : nothing}
        value=${begun ? progress.done : nothing}
      ></progress>
      <p class="quiet tabular">${text}</p>
      ${begun ? html`<p class="quiet">${say('deleting.begun')}</p>` : nothing}`
  }
}
customElements.define('pv-following', Following)

/** Shows how a job gets on; true when the record is gone while we looked. throws: the Problem that the job failed with. */
async function follow(id: string, name: string): Promise<boolean> {
  const ended = await openDialog<Job>(
    (answer) =>
      html`<header><h2>${say('deleting.title', { name })}</h2></header>
        <div class="body deletion">
          <pv-following .job=${id} @ended=${(event: CustomEvent) => answer(event.detail as Job)}></pv-following>
        </div>
        <footer>
          <button type="button" class="button" @click=${() => void stop(id)}>${say('deleting.stop')}</button>
          <button type="button" class="button primary" @click=${() => answer()}>${say('deleting.behind')}</button>
        </footer>`,
    { label: say('deleting.title', { name }) },
  )
  if (ended === undefined) toast(say('deleting.goes-on', { name }))
  else if (ended.state === 'cancelled') toast(say('deleting.stopped'))
  else if (ended.state === 'failed') throw problemOfJob(ended) ?? new Error('the job failed')
  return ended?.state === 'done'
}

/** Cancels a job that has not begun yet; says why when it has. */
async function stop(id: string): Promise<void> {
  try {
    await steer({ id }, 'cancel')
  } catch (error) {
    toast(explain(error), undefined, 'bad')
  }
}

/** What is told when so many of the records chosen are still being deleted. */
export const goingOn = (count: number): string => say('deleting.many', { count })

/** Has a job give a record and all below it to a new owner, after asking; false when the person thought better of it. throws: Problem. */
export async function assignLater(entity: Entity, id: string, owner: JsonObject): Promise<boolean> {
  if (!(await confirm({ title: say('assigning.ask'), body: say('assigning.text'), yes: say('assigning.yes') })))
    return false
  await exchange(address(entity, id), { method: 'PATCH', body: owner, headers: { prefer: 'respond-async' } })
  toast(say('assigning.goes-on'))
  return true
}
