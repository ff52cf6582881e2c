// The body of a record: tabs, sections, controls. Paints a form state; decides nothing about values.
import { elementOf } from '@peyvand/core/elements'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { ControlState, FieldState, FormState, SectionState, TabState } from '@peyvand/core/form/state.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { types } from '@peyvand/core/types/index.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { icon } from '../kit/icons.ts'
import { moveBy } from '../kit/popover.ts'
import { styled } from '../kit/view.ts'
import { say } from '../texts/text.ts'
import { reader } from '../views/reader.ts'
import { explain } from './explain.ts'

export interface FormBody {
  readonly state: FormState
  readonly entity: Entity
  readonly record: Readonly<Record<string, unknown>>
  /** As it was read; absent for a new one. */
  readonly original?: Readonly<Record<string, unknown>>
  readonly recordId: string | undefined
  readonly compact: boolean
  readonly tab: number
  readonly pick: (tab: number) => void
  readonly change: (values: JsonObject) => void
}

/** The tabs in sight: those that only hold related records wait until the record exists. */
export function tabsOf({ tabs, isNew }: FormState): readonly TabState[] {
  return tabs.filter(
    ({ sections }) => !isNew || sections.some(({ controls }) => controls.some(({ kind }) => kind === 'field')),
  )
}

/** Paints the tabs and the sections of the chosen one. */
export function paintTabs(body: FormBody): TemplateResult {
  const tabs = tabsOf(body.state)
  const at = Math.min(body.tab, tabs.length - 1)
  const tab = tabs[at]
  if (!tab) return html`<div class="form"></div>`
  return html` ${
      tabs.length > 1
        ? html`<div
            class="tabs"
            role="tablist"
            @keydown=${(event: KeyboardEvent) => tabKey(event, at, tabs.length, body.pick)}
          >
            ${tabs.map(
              (each, i) =>
                html`<button
                  type="button"
                  role="tab"
                  id="tab-${i}"
                  aria-selected=${String(i === at)}
                  aria-controls="panel"
                  tabindex=${i === at ? '0' : '-1'}
                  @click=${() => body.pick(i)}
                >
                  ${each.label}${each.problems > 0 ? html`<span class="badge bad" title=${say('save.problems', { count: each.problems })}>${new Intl.NumberFormat(reader().locale).format(each.problems)}</span>` : nothing}
                </button>`,
            )}
          </div>`
        : nothing
    }
    <div
      class="form ${body.state.isNew ? 'fresh' : ''}"
      id="panel"
      role=${tabs.length > 1 ? 'tabpanel' : nothing}
      aria-labelledby=${tabs.length > 1 ? `tab-${at}` : nothing}
    >
      ${tab.sections.map((section) => paintSection(body, section))}
    </div>`
}

function tabKey(event: KeyboardEvent, at: number, count: number, pick: (tab: number) => void): void {
  const rtl = document.documentElement.dir === 'rtl'
  const key =
    event.key === 'ArrowRight'
      ? rtl
        ? 'ArrowUp'
        : 'ArrowDown'
      : event.key === 'ArrowLeft'
        ? rtl
          ? 'ArrowDown'
          : 'ArrowUp'
        : event.key
  const to = event.key === 'ArrowUp' || event.key === 'ArrowDown' ? undefined : moveBy(key, at, count)
  if (to === undefined) return
  event.preventDefault()
  const list = event.currentTarget as HTMLElement
  pick(to)
  requestAnimationFrame(() => list.querySelector<HTMLElement>('[aria-selected="true"]')?.focus())
}

function paintSection(body: FormBody, section: SectionState): TemplateResult | typeof nothing {
  if (section.controls.length === 0) return nothing
  const columns = body.compact ? 1 : section.columns
  return html`<section class="form-section" aria-label=${section.label || nothing}>
    ${section.label && !(section.controls.length === 1 && section.controls[0]!.kind === 'subgrid') ? html`<h2>${section.label}</h2>` : nothing}
    <div class="form-grid" data-columns=${columns} ${styled({ '--form-columns': String(columns) })}>
      ${section.controls.map((control) => paintControl(body, control, columns))}
    </div>
  </section>`
}

function paintControl(body: FormBody, control: ControlState, columns: number): TemplateResult | typeof nothing {
  const across = Math.min(control.span, columns)
  const span = styled({ 'grid-column': `span ${across}` })
  if (control.kind === 'field')
    return html`<div class="form-cell ${across > 1 ? 'across' : ''}" ${span}>${paintField(body, control)}</div>`
  if (body.recordId === undefined) return nothing
  // Lists inside a form are no part of the first load.
  void import('./subgrid.ts')
  return html`<div class="form-cell wide ${across > 1 ? 'across' : ''}" ${span}>
    <pv-subgrid
      .entity=${body.entity}
      .recordId=${body.recordId}
      .navigation=${control.navigation}
      .viewName=${control.view}
      .title=${textIn(body.record, body.entity.primaryField) ?? ''}
    ></pv-subgrid>
  </div>`
}

/** One field with its label, control, and what is wrong or why it is locked. */
export function paintField(
  {
    entity,
    record,
    original,
    change,
    compact,
  }: Pick<FormBody, 'entity' | 'record' | 'original' | 'change' | 'compact'>,
  state: FieldState,
): TemplateResult {
  const { field, label, problem, lock, required, help } = state
  const id = `${compact ? 'peek' : 'field'}-${field.name}`
  const note = help ?? (lock === undefined ? undefined : say(`lock.${lock}`))
  const describedBy = [...(problem ? [`${id}-error`] : []), ...(note ? [`${id}-note`] : [])].join(' ') || undefined
  return html`<div
    class="form-field ${types.get(field.type)?.wide?.(field) ? 'tall' : ''} ${lock ? 'locked' : ''} ${lock === 'masked' ? 'masked' : ''}"
    data-field=${field.name}
  >
    <label class="label" for=${id} title=${note ?? nothing}
      ><span>${label}</span
      >${required ? html`<span class="must" aria-hidden="true">*</span>` : nothing}${lock ? icon(lock === 'computed' ? 'sigma' : 'lock', 11) : nothing}</label
    >
    <div class="control">
      ${elementOf(field.type).control({
        entity,
        field,
        record,
        original,
        reader: reader(),
        id,
        label,
        required,
        disabled: lock !== undefined,
        invalid: problem !== undefined,
        describedBy,
        change,
      })}${problem ? html`<p class="error" id="${id}-error">${explain(problem)}</p>` : nothing}
    </div>
    ${note ? html`<span class="unseen" id="${id}-note">${note}</span>` : nothing}
  </div>`
}
