// The top of a record: its name, the process bar of its stage, the key facts, and what can be done.
import { elementFor } from '@peyvand/core/elements'
import { faceOf, hasFace } from '@peyvand/core/types/face.ts'
import { optionsOf } from '@peyvand/core/types/choice/options.ts'
import { offeredOptions } from '@peyvand/core/types/choice/rules.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { FieldState, FormState } from '@peyvand/core/form/state.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { current } from '../data/model.ts'
import { icon } from '../kit/icons.ts'
import { labelOf, say } from '../texts/text.ts'
import { avatar, colorOf } from '../shell/avatar.ts'
import { reader } from '../views/reader.ts'

export interface Head {
  readonly state: FormState
  readonly entity: Entity
  readonly record: Readonly<Record<string, unknown>>
  /** As it was read; absent for a new one. */
  readonly original?: Readonly<Record<string, unknown>>
  readonly compact: boolean
  readonly actions: unknown
  readonly change: (values: JsonObject) => void
}

/** Paints the top of a record. */
export function paintHead(head: Head): TemplateResult {
  const { state, entity } = head
  const process = state.header.find(({ field }) => field.type === 'choice' && optionsOf(field, current()).length > 2)
  const facts = state.header.filter((each) => each !== process && !(each.empty && head.compact))
  const title =
    state.title || (state.isNew ? say('new.of', { name: labelOf(entity.label, entity.name) }) : say('untitled'))
  return html`<div class="record-head">
    <div class="line">
      ${head.compact ? nothing : paintEmblem(head)}
      <h1 class="cut" dir="auto" title=${title}>${title}</h1>
      <div class="tools">${head.actions}</div>
    </div>
    ${facts.length > 0 && !state.isNew ? html`<dl class="facts">${facts.map((fact) => paintFact(head, fact))}</dl>` : nothing}
    ${process ? paintProcess(head, process) : nothing}
  </div>`
}

/** The record's own picture or initials where its kind has them, else the sign of its kind. */
function paintEmblem({ entity, record, state }: Head): TemplateResult {
  if (hasFace(entity) && !state.isNew) return avatar(state.title, faceOf(entity, record), 'emblem')
  return html`<span class="emblem" data-color=${entity.color ?? colorOf(entity.name)}
    >${icon(entity.icon ?? 'table', 18)}</span
  >`
}

function paintFact({ entity, record }: Head, { field, label, empty }: FieldState): TemplateResult {
  return html`<div>
    <dt>${label}</dt>
    <dd>
      ${empty ? html`<span class="quiet">—</span>` : elementFor(field).cell({ entity, field, record, reader: reader() })}
    </dd>
  </div>`
}

/** The stages as a path: those behind, the one we are in, those ahead. A stage that ends the way (won, lost) is coloured as such. */
function paintProcess({ record, original, change }: Head, { field, label, lock }: FieldState): TemplateResult {
  const options = optionsOf(field, current()).filter((option) => option.active !== false)
  const reachable = new Set(offeredOptions(field, current(), record, original).map((option) => option.value))
  const value = record[field.name]
  const at = options.findIndex((option) => option.value === value)
  const stages = pathOf(options, at)
  const active = options[at]
  return html`<div class="process" role="radiogroup" aria-label=${label}>
    ${stages.map((option) => {
      const place = options.indexOf(option)
      const here = place === at
      const kind = here ? 'here' : place < at ? 'done' : 'ahead'
      return html`<button
        type="button"
        role="radio"
        class="stage ${kind}"
        data-color=${(here || place < at) && active?.color ? active.color : 'gray'}
        aria-checked=${String(here)}
        title=${labelOf(option.label, option.value)}
        tabindex=${here || (at < 0 && place === 0) ? '0' : '-1'}
        ?disabled=${lock !== undefined || !reachable.has(option.value)}
        @click=${() => change({ [field.name]: option.value })}
        @keydown=${move}
      >
        <span class="bar"></span
        ><span class="cut">${place < at ? icon('check', 12) : nothing}${labelOf(option.label, option.value)}</span>
      </button>`
    })}
  </div>`
}

/** All stages; when the way ended in one, the other endings (same colours red and green) are left out only of what is behind. */
function pathOf<O extends { readonly color?: string }>(options: readonly O[], at: number): readonly O[] {
  const ends = (option: O) => option.color === 'red' || option.color === 'green'
  const here = options[at]
  return here && ends(here) ? options.filter((option) => option === here || !ends(option)) : options
}

function move(event: KeyboardEvent): void {
  const rtl = document.documentElement.dir === 'rtl'
  const step = event.key === 'ArrowRight' ? (rtl ? -1 : 1) : event.key === 'ArrowLeft' ? (rtl ? 1 : -1) : 0
  if (step === 0) return
  event.preventDefault()
  const stage = event.currentTarget as HTMLElement
  const next = (step > 0 ? stage.nextElementSibling : stage.previousElementSibling) as HTMLElement | null
  next?.focus()
  next?.click()
}
