// Choosing a date, with or without a time: typed in the reader's way or picked from a month of the reader's calendar.
import type { CalendarDate } from '@internationalized/date'
import { html, nothing, type TemplateResult } from 'lit'
import { settings } from '../data/settings.ts'
import { say } from '../texts/text.ts'
import {
  dateIn,
  isoOf,
  monthTitle,
  readDate,
  readTime,
  showDate,
  splitMoment,
  weekdays,
  weeksOf,
  type Reading,
} from './calendar.ts'
import { icon } from './icons.ts'
import { openPopover } from './popover.ts'
import { View } from './view.ts'

/** `<pv-date>`: tells `change-value` with ISO (a date, or a moment when `time`), what was typed when it is neither, or null. */
export class DateElement extends View {
  static override properties = {
    value: { attribute: false },
    time: { attribute: false },
    local: { attribute: false },
    disabled: { attribute: false },
    invalid: { attribute: false },
    required: { attribute: false },
    controlId: { attribute: false },
    describedby: { attribute: false },
    label: { attribute: false },
    _typed: { state: true },
    _typedTime: { state: true },
  }
  declare value: string | null | undefined
  declare time: boolean
  /** A wall time: shown and told as it is, not in the reader's zone. */
  declare local: boolean
  declare disabled: boolean
  declare invalid: boolean
  declare required: boolean
  declare controlId: string | undefined
  declare describedby: string | undefined
  declare label: string | undefined
  declare _typed: string | undefined
  declare _typedTime: string | undefined
  #month: CalendarDate | undefined
  #open: { close: () => void; element: HTMLElement; repaint: () => void } | undefined

  constructor() {
    super()
    this.time = this.local = this.disabled = this.invalid = this.required = false
  }

  get #reading(): Reading {
    return { calendar: settings.calendar, locale: settings.locale, timeZone: settings.timeZone }
  }

  protected override render(): unknown {
    const [date, time] = this.#parts()
    const described = this.describedby ?? nothing
    return html`<span class="input affix ${this.invalid ? 'invalid' : ''}">
      <input
        type="text"
        id=${this.controlId ?? nothing}
        .value=${this._typed ?? (date ? showDate(date, this.#reading) : (this.value ?? ''))}
        ?disabled=${this.disabled}
        autocomplete="off"
        placeholder=${this.disabled ? '' : say('date.hint')}
        aria-label=${this.label ?? nothing}
        aria-required=${this.required ? 'true' : nothing}
        aria-invalid=${this.invalid ? 'true' : nothing}
        aria-describedby=${described}
        @input=${(event: Event) => {
          this._typed = (event.target as HTMLInputElement).value
        }}
        @change=${() => this.#commit()}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === 'ArrowDown' && event.altKey) {
            event.preventDefault()
            this.#show()
          }
        }}
      />
      ${
        this.time
          ? html`<input
              type="text"
              class="time"
              inputmode="numeric"
              .value=${this._typedTime ?? time}
              ?disabled=${this.disabled || !date}
              autocomplete="off"
              aria-label=${say('time')}
              placeholder="00:00"
              @input=${(event: Event) => {
                this._typedTime = (event.target as HTMLInputElement).value
              }}
              @change=${() => this.#commit()}
            />`
          : nothing
      }
      <button
        type="button"
        class="button ghost icon small pick"
        aria-label=${say('date.open')}
        aria-haspopup="dialog"
        ?disabled=${this.disabled}
        @click=${() => this.#show()}
      >
        ${icon('calendar')}
      </button></span
    >`
  }

  /** Date and local time of the value. */
  #parts(): [date: string, time: string] {
    if (!this.value) return ['', '']
    if (!this.time) return [/^\d{4}-\d{2}-\d{2}$/.test(this.value) ? this.value : '', '']
    if (this.local) return localParts(this.value)
    const at = new Date(this.value)
    if (Number.isNaN(at.getTime()) || !/^\d{4}-\d{2}-\d{2}T/.test(this.value)) return ['', '']
    const pad = (part: number) => String(part).padStart(2, '0')
    const clock = new Intl.DateTimeFormat(settings.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    return [`${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`, clock.format(at)]
  }

  #commit(): void {
    const [date, time] = this.#parts()
    const typed = this._typed?.trim()
    if (typed === '') return this.#give(null)
    const [day, clock] = typed === undefined || !this.time ? [typed, undefined] : splitMoment(typed)
    const chosen = day === undefined ? date : readDate(day, this.#reading)
    const wanted = this._typedTime ?? clock ?? time
    const given = chosen && this.time ? this.#moment(chosen, wanted) : chosen
    if (given) return this.#give(given)
    // What is not understood stays as it was typed, to be mended.
    const shown = typed ?? (date ? showDate(date, this.#reading) : '')
    this.#give([shown, this._typedTime].filter(Boolean).join(' ') || null)
  }

  /** Undefined when the time is none. */
  #moment(date: string, time: string): string | undefined {
    const read = readTime(time)
    return read && (this.local ? wallTime(date, read) : moment(date, read))
  }

  #give(value: string | null): void {
    const same = value === this.value
    this.value = value
    const understood = value === null || this.#parts()[0] !== ''
    this._typed = understood ? undefined : (value ?? undefined)
    this._typedTime = undefined
    if (!same) this.tell('change-value', value)
  }

  #show(): void {
    const anchor = this.querySelector<HTMLElement>('.pick')!
    this.#month = dateIn(this.#parts()[0], this.#reading)
    this.#open = openPopover(anchor, () => this.#calendar(), {
      align: 'end',
      label: say('date.open'),
      className: 'menu calendar',
    })
    this.#open.element.addEventListener('keydown', (event) => this.#key(event))
    this.#focus()
  }

  #calendar(): TemplateResult {
    const month = this.#month!
    const chosen = this.#parts()[0]
    return html` <div class="top">
        <button
          type="button"
          class="button ghost icon small"
          aria-label=${say('date.previous')}
          @click=${() => this.#turn({ months: -1 })}
        >
          ${icon('chevron-start', 16, 'mirror')}
        </button>
        <span aria-live="polite">${monthTitle(month, this.#reading)}</span>
        <button
          type="button"
          class="button ghost icon small"
          aria-label=${say('date.next')}
          @click=${() => this.#turn({ months: 1 })}
        >
          ${icon('chevron-end', 16, 'mirror')}
        </button>
      </div>
      <table role="grid">
        <thead>
          <tr>
            ${weekdays(month, this.#reading).map((day) => html`<th scope="col" abbr=${day.long}>${day.short}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${weeksOf(month, this.#reading).map(
            (week) =>
              html`<tr>
                ${week.map(
                  (day) =>
                    html`<td>
                      <button
                        type="button"
                        class="${day.outside ? 'other' : ''} ${day.today ? 'today' : ''}"
                        aria-pressed=${String(day.iso === chosen)}
                        aria-label=${showDate(day.iso, this.#reading)}
                        tabindex=${day.iso === isoOf(month) ? '0' : '-1'}
                        data-iso=${day.iso}
                        @click=${() => this.#pick(day.iso)}
                      >
                        ${day.label}
                      </button>
                    </td>`,
                )}
              </tr>`,
          )}
        </tbody>
      </table>
      <div class="foot">
        <button
          type="button"
          class="button ghost small"
          @click=${() => this.#pick(isoOf(dateIn(undefined, this.#reading)))}
        >
          ${say('date.today')}
        </button>
        <button
          type="button"
          class="button ghost small"
          @click=${() => {
            this.#give(null)
            this.#open?.close()
          }}
        >
          ${say('clear')}
        </button>
      </div>`
  }

  #key(event: KeyboardEvent): void {
    const forward = settings.rtl ? -1 : 1
    const steps: Readonly<Record<string, object>> = {
      ArrowRight: { days: forward },
      ArrowLeft: { days: -forward },
      ArrowDown: { days: 7 },
      ArrowUp: { days: -7 },
      PageDown: { months: 1 },
      PageUp: { months: -1 },
    }
    const step = steps[event.key]
    if (!step || !(event.target as HTMLElement).dataset['iso']) return
    event.preventDefault()
    this.#turn(step)
    this.#focus()
  }

  #turn(step: object): void {
    this.#month = this.#month!.add(step)
    this.#open?.repaint()
  }

  #focus(): void {
    this.#open?.element.querySelector<HTMLElement>(`[data-iso="${isoOf(this.#month!)}"]`)?.focus()
  }

  #pick(iso: string): void {
    this._typed = undefined
    this.#give(this.time ? this.#moment(iso, this.#parts()[1] || '09:00')! : iso)
    this.#open?.close()
  }
}
customElements.define('pv-date', DateElement)

/** Date and time of a wall time as it is written. */
function localParts(value: string): [date: string, time: string] {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(value)
  if (!match) return ['', '']
  const clock = new Intl.DateTimeFormat(settings.locale, { timeStyle: 'short', hourCycle: 'h23', timeZone: 'UTC' })
  return [match[1]!, clock.format(new Date(`1970-01-01T${match[2]!}Z`))]
}

type Clock = readonly [hour: number, minute: number]

/** A date and a time as a wall time. */
function wallTime(date: string, [hour, minute]: Clock): string {
  const pad = (part: number) => String(part).padStart(2, '0')
  return `${date}T${pad(hour)}:${pad(minute)}:00.000Z`
}

/** A local date and time as a moment in UTC. */
function moment(date: string, [hour, minute]: Clock): string {
  const at = new Date(`${date}T00:00:00`)
  at.setHours(hour, minute)
  return at.toISOString()
}
