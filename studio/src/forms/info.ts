// About a record: who made and changed it, when, and who owns it. What every record has, kept out of the form.
import { elementOf } from '@peyvand/core/elements'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { current, mayAdminister } from '../data/model.ts'
import type { Row } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { labelOf, say } from '../texts/text.ts'
import { reader } from '../views/reader.ts'

const moments = [
  ['modified', 'history'],
  ['created', 'plus'],
] as const

export interface Info {
  readonly entity: Entity
  readonly record: Row
  readonly compact: boolean
  readonly header: readonly string[]
  /** Whether a field may be changed in the form. */
  readonly open: (field: Field) => boolean
  readonly change: (values: JsonObject) => void
}

/** Paints the panel beside (in the peek: below) a record. */
export function paintInfo({ entity, record, compact, header, open, change }: Info): TemplateResult {
  const show = (name: string) => {
    const field = entity.fields.find((each) => each.name === name)
    return field ? elementOf(field.type).cell({ entity, field, record, reader: reader() }) : nothing
  }
  const label = (name: string) => {
    const field = entity.fields.find((each) => each.name === name)
    return labelOf(field?.label, name)
  }
  const facts = ['owner', 'owning_unit'].filter((name) => record[`${name}_id`] && !header.includes(name))
  const story = html`<ol class="story">
    ${moments.map(([what, picture]) =>
      record[`${what}_at`]
        ? html`<li>
            <span class="bead">${icon(picture, 12)}</span>
            <div>
              <span>${say(record[`${what}_by_id`] ? `info.${what}` : `info.${what}.at`)}</span>
              ${show(`${what}_by`)}<time
                class="quiet"
                datetime=${String(record[`${what}_at`])}
                title=${exact(String(record[`${what}_at`]))}
                >${ago(String(record[`${what}_at`]))}</time
              >
            </div>
          </li>`
        : nothing,
    )}
  </ol>`
  if (!compact) void import('./changes.ts')
  const shares = !compact && entity.ownership === 'user'
  if (shares) void import('./sharing.ts')
  if (!compact) void import('./access.ts')
  const doors = !compact && entity.name === 'user' && mayAdminister()
  if (doors) void import('./person-doors.ts')
  const agrees = !compact && entity.person === true && current().entities.has('consent')
  if (agrees) void import('./consents.ts')
  return html`<aside class="record-info ${compact ? 'compact' : ''}" aria-label=${say('info')}>
    <h2>${say('info')}</h2>
    ${
      facts.length > 0
        ? html`<dl class="pairs">
            ${facts.map(
              (name) =>
                html`<div>
                  <dt>${label(name)}</dt>
                  <dd>${show(name)}</dd>
                </div>`,
            )}
          </dl>`
        : nothing
    }
    ${shares ? html`<pv-sharing .entity=${entity} .recordId=${record.id} .name=${textIn(record, entity.primaryField) ?? ''}></pv-sharing>` : nothing}
    ${compact ? nothing : html`<pv-access-doors .entity=${entity} .recordId=${record.id} .name=${textIn(record, entity.primaryField) ?? ''}></pv-access-doors>`}
    ${doors ? html`<pv-person-doors .record=${record}></pv-person-doors>` : nothing}
    ${agrees ? html`<pv-consents .entity=${entity} .recordId=${record.id}></pv-consents>` : nothing}
    ${compact ? story : html`<pv-changes .entity=${entity} .record=${record} .instead=${story} .open=${open} .put=${change}></pv-changes>`}
  </aside>`
}

/** A moment in full. */
export function exact(iso: string): string {
  const at = new Date(iso)
  const full = new Intl.DateTimeFormat(settings.locale, { dateStyle: 'full', timeStyle: 'short' })
  // CLDR has no full pattern for the Persian calendar in Persian and falls back to year, month, day, weekday.
  if (full.formatToParts(at)[0]?.type !== 'year') return full.format(at)
  const weekday = new Intl.DateTimeFormat(settings.locale, { weekday: 'long' })
  const date = new Intl.DateTimeFormat(settings.locale, { dateStyle: 'long', timeStyle: 'short' })
  return `${weekday.format(at)} ${date.format(at)}`
}

/** How long ago, in the largest unit that fits; less than a minute is now. */
export function ago(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000
  const relative = new Intl.RelativeTimeFormat(settings.locale, { numeric: 'auto' })
  const units = [
    ['year', 31_536_000],
    ['month', 2_592_000],
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const
  const found = units.find(([, size]) => Math.abs(seconds) >= size)
  return found ? relative.format(Math.round(seconds / found[1]), found[0]) : relative.format(0, 'second')
}
