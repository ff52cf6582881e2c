// The filter builder: conditions and nested groups, each edited in place. Works on an immutable tree and tells each change.
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { names } from '../data/names.ts'
import { icon } from '../kit/icons.ts'
import { openMenu } from '../kit/popover.ts'
import type { Option } from '../kit/select.ts'
import { View, watch } from '../kit/view.ts'
import { labelOf, say } from '../texts/text.ts'
import type { Condition, Group, Operand, Operator, Part } from './filter.ts'
import {
  callLabel,
  callsOf,
  fieldOf,
  filterFields,
  newCondition,
  operatorLabel,
  operatorsOf,
  type FilterField,
  wordsOf,
} from './filter-words.ts'
import { paintOperand } from './operand.ts'

const deepest = 5

class FilterBuilder extends View {
  static override properties = { entity: { attribute: false }, group: { attribute: false } }
  declare entity: Entity
  declare group: Group
  #fields: readonly FilterField[] | undefined
  #begun = false

  constructor() {
    super()
    watch(this, names)
  }

  protected override render(): unknown {
    this.#fields ??= filterFields(this.entity)
    // An empty builder begins with a condition, so that the first click already asks the question.
    if (this.group.items.length === 0 && !this.#begun)
      this.group = { ...this.group, items: [newCondition(this.#fields[0]!)] }
    this.#begun = true
    return html`<div class="builder">${this.#group(this.group, 1, (group) => this.#give(group))}</div>`
  }

  #give(group: Group): void {
    this.group = group
    this.tell('change-filter', group)
  }

  #group(group: Group, depth: number, change: (group: Group) => void): TemplateResult {
    const put = (at: number, part: Part | undefined) =>
      change({
        ...group,
        items: part ? group.items.map((item, i) => (i === at ? part : item)) : group.items.filter((_, i) => i !== at),
      })
    return html`<div class="group" role="group" aria-label=${say(group.join === 'and' ? 'filter.all' : 'filter.any')}>
      ${group.items.map(
        (part, at) =>
          html`<div class="part">
            <span class="join"
              >${
                at === 0
                  ? html`<span class="word">${say('filter.where')}</span>`
                  : at === 1
                    ? html`<pv-select
                        .label=${say('filter.join')}
                        .options=${[
                          { value: 'and', label: say('filter.and') },
                          { value: 'or', label: say('filter.or') },
                        ]}
                        .value=${group.join}
                        @pick=${(event: CustomEvent) => change({ ...group, join: event.detail as 'and' | 'or' })}
                      ></pv-select>`
                    : html`<span class="word">${say(group.join === 'and' ? 'filter.and' : 'filter.or')}</span>`
              }</span
            >
            ${part.is === 'group' ? this.#group(part, depth + 1, (inner) => put(at, inner)) : part.is === 'condition' && fieldOf(this.entity, part.path) ? this.#condition(part, (changed) => put(at, changed)) : html`<code class="other cut">${wordsOf(this.entity, part).value || wordsOf(this.entity, part).label}</code>`}
            <button
              type="button"
              class="button ghost icon small"
              aria-label=${say('filter.remove')}
              @click=${() => put(at, undefined)}
            >
              ${icon('close', 14)}
            </button>
          </div>`,
      )}
      <div class="add">
        <button
          type="button"
          class="button ghost small"
          @click=${() => change({ ...group, items: [...group.items, newCondition(this.#fields![0]!)] })}
        >
          ${icon('plus', 14)}${say('filter.add')}
        </button>
        ${depth < deepest ? html`<button type="button" class="button ghost small" @click=${() => change({ ...group, items: [...group.items, { is: 'group', join: group.join === 'and' ? 'or' : 'and', items: [newCondition(this.#fields![0]!)] }] })}>${icon('layers', 14)}${say('filter.add-group')}</button>` : nothing}
      </div>
    </div>`
  }

  #condition(condition: Condition, change: (part: Condition) => void): TemplateResult {
    const known = fieldOf(this.entity, condition.path)!
    const fields: Option[] = this.#fields!.map((each) => ({
      value: each.path.join('/'),
      label: each.label,
      group: each.group ?? labelOf(this.entity.label, this.entity.name),
    }))
    const operators = operatorsOf(known.field).map((operator) => ({
      value: operator,
      label: operatorLabel(operator, known.field),
    }))
    const retarget = (path: string) => {
      const next = this.#fields!.find((each) => each.path.join('/') === path)!
      change(newCondition(next))
    }
    return html`<div class="condition">
      <pv-select
        .label=${say('filter.field')}
        .options=${fields}
        .value=${condition.path.join('/')}
        @pick=${(event: CustomEvent) => retarget(event.detail as string)}
      ></pv-select>
      <pv-select
        .label=${say('filter.operator')}
        .options=${operators}
        .value=${condition.operator}
        @pick=${(event: CustomEvent) => change(withOperator(condition, event.detail as Operator))}
      ></pv-select>
      ${this.#value(known, condition, (operands) => change({ ...condition, operands }))}
    </div>`
  }

  #value(
    known: FilterField,
    condition: Condition,
    change: (operands: readonly Operand[]) => void,
  ): TemplateResult | typeof nothing {
    if (condition.operator === 'empty' || condition.operator === 'filled') return html`<span></span>`
    const [first] = condition.operands
    const calls = callsOf(known)
    const menu = calls.length
      ? html`<button
          type="button"
          class="button ghost icon small"
          aria-label=${say('filter.special')}
          title=${say('filter.special')}
          aria-haspopup="menu"
          @click=${(event: Event) =>
            openMenu(
              event.currentTarget as HTMLElement,
              calls.map((call) => ({
                label: callLabel(call),
                icon: call === 'me()' ? 'user' : 'clock',
                run: () => change([{ call }]),
              })),
              'end',
            )}
        >
          ${icon('sparkle', 14)}
        </button>`
      : nothing
    if (first && 'call' in first)
      return html`<span class="value"
        ><span class="input call"
          >${callLabel(first.call)}<button
            type="button"
            class="button ghost icon small"
            aria-label=${say('clear')}
            @click=${() => change([])}
          >
            ${icon('close', 12)}
          </button></span
        ></span
      >`
    return html`<span class="value">${paintOperand({ known, condition, change })}${menu}</span>`
  }
}
customElements.define('pv-filter-builder', FilterBuilder)

function withOperator(condition: Condition, operator: Operator): Condition {
  return {
    ...condition,
    operator,
    operands: operator === 'in' || operator === 'notin' ? condition.operands : condition.operands.slice(0, 1),
  }
}
