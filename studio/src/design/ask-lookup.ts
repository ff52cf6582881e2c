// The dialog of a lookup, from either end: a new one of this entity, a new one of another entity that leads here, or one
// that is there. Gives the edit to the draft.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { namePattern } from '@peyvand/core/base/name.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { cascadeOf, type Cascade, type CascadeSettings } from '@peyvand/core/types/cascade.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { openDialog } from '../kit/dialog.ts'
import { labelOf, say } from '../texts/text.ts'
import { cascadeSettings, fitting, paintBehaviour } from './behaviour.ts'
import { draft } from './draft.ts'
import { addField, editField } from './edit.ts'
import { entityOptions, nameBox, textBox } from './boxes.ts'
import { labelText, withLabel } from './label.ts'
import { freeName, nameFor } from './naming.ts'

interface Asked {
  /** Where the lookup stands; undefined while that is still to be said. */
  holder: Entity | undefined
  readonly field: Field | undefined
  targets: string[]
  label: string
  name: string
  named: boolean
  inverse: string
  required: boolean
  cascade: Cascade
}

/** Asks for a new lookup of an entity. */
export const askNewLookup = (holder: Entity): Promise<void> => ask({ ...fresh(), holder })

/** Asks for a new lookup of another entity that leads to this one. */
export const askNewWayBack = (target: Entity): Promise<void> =>
  ask({ ...fresh(), targets: [target.name], label: labelOf(target.label, target.name), name: target.name }, true)

/** Asks for other settings of a lookup that is there. */
export function askLookup(holder: Entity, field: Field): Promise<void> {
  const { target, inverse } = field as { target?: string | readonly string[]; inverse?: string }
  return ask({
    holder,
    field,
    targets: target === undefined ? [] : [target].flat(),
    label: labelText(field.label),
    name: field.name,
    named: true,
    inverse: inverse ?? '',
    required: field.required === true,
    cascade: cascadeOf(field as CascadeSettings),
  })
}

const fresh = (): Asked => ({
  holder: undefined,
  field: undefined,
  targets: [],
  label: '',
  name: '',
  named: false,
  inverse: '',
  required: false,
  cascade: cascadeOf({}),
})

async function ask(asked: Asked, back = false): Promise<void> {
  const title = say(asked.field ? 'relations.lookup.edit' : back ? 'relations.back.new' : 'relations.lookup.new')
  const yes = await openDialog<boolean>((answer, repaint) => paint({ asked, back, title, answer, repaint }), {
    label: title,
    wide: true,
  })
  if (yes) keep(asked)
}

interface Painting {
  readonly asked: Asked
  readonly back: boolean
  readonly title: string
  readonly answer: (yes?: boolean) => void
  readonly repaint: () => void
}

function paint({ asked, back, title, answer, repaint }: Painting): TemplateResult {
  const give = (change: Partial<Asked>) => {
    Object.assign(asked, change)
    asked.cascade = fitting(asked.cascade, asked.required, asked.targets.length > 1)
    repaint()
  }
  const wrong = nameProblem(asked)
  const ready = asked.holder !== undefined && asked.targets.length > 0 && asked.label.trim() !== '' && wrong === ''
  return html`<form
    @submit=${(event: Event) => {
      event.preventDefault()
      if (ready && inverseProblem(asked) === '') answer(true)
    }}
  >
    <header class="dialog-head"><h2>${title}</h2></header>
    <div class="body form-stack">
      ${back ? holderBox(asked, give) : targetsBox(asked, give)}
      <div class="pair">
        ${textBox('relation-label', say('design.label'), asked.label, (label) => give({ label, ...namedBy(asked, label) }))}
        ${nameBox({ id: 'relation-name', label: say('design.name'), value: asked.name, wrong, fixed: asked.field !== undefined, give: (name) => give({ name, named: true }) })}
      </div>
      ${nameBox({
        id: 'relation-inverse',
        label: say('relations.inverse'),
        value: asked.inverse,
        wrong: inverseProblem(asked),
        help: say('relations.inverse.help'),
        placeholder: asked.holder?.entitySet ?? '',
        give: (inverse) => give({ inverse }),
      })}
      <label class="switch"
        ><input
          type="checkbox"
          role="switch"
          .checked=${asked.required}
          @change=${(event: Event) => give({ required: (event.target as HTMLInputElement).checked })}
        /><span>${say('design.required')}</span></label
      >
      ${paintBehaviour({
        cascade: asked.cascade,
        required: asked.required,
        polymorphic: asked.targets.length > 1,
        give: (cascade) => give({ cascade }),
      })}
    </div>
    <footer>
      <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button>
      <button class="button primary" ?disabled=${!ready || inverseProblem(asked) !== ''}>
        ${say(asked.field ? 'save' : 'create')}
      </button>
    </footer>
  </form>`
}

type Give = (change: Partial<Asked>) => void

function targetsBox(asked: Asked, give: Give): TemplateResult {
  return html`<div class="field">
    <label class="label" for="relation-targets">${say('relations.targets')}</label>
    <pv-select
      .controlId=${'relation-targets'}
      .label=${say('relations.targets')}
      .multiple=${true}
      .placeholder=${say('design.target')}
      .options=${entityOptions()}
      .value=${asked.targets}
      @pick=${(event: CustomEvent) => {
        const targets = event.detail as string[]
        const first = draft.model.entities.get(targets[0] ?? '')
        const label = asked.label || (first ? labelOf(first.label, first.name) : '')
        give({ targets, label, ...(asked.field ? {} : namedBy({ ...asked, targets }, label)) })
      }}
    ></pv-select>
  </div>`
}

function holderBox(asked: Asked, give: Give): TemplateResult {
  return html`<div class="field">
    <label class="label" for="relation-holder">${say('relations.holder')}</label>
    <pv-select
      .controlId=${'relation-holder'}
      .label=${say('relations.holder')}
      .placeholder=${say('relations.holder')}
      .options=${entityOptions()}
      .value=${asked.holder?.name ?? null}
      @pick=${(event: CustomEvent) => {
        const holder = draft.model.entities.get(event.detail as string)
        give({ holder, ...namedBy({ ...asked, holder }, asked.label) })
      }}
    ></pv-select>
    ${asked.holder ? nothing : html`<span class="help">${say('relations.holder.help')}</span>`}
  </div>`
}

/** A new lookup takes its name from its label until it is given one. */
function namedBy({ named, holder, targets }: Asked, label: string): { name?: string } {
  if (named) return {}
  const prefix = holder?.solution ? (localStorage.getItem('peyvand.prefix') ?? 'abc') : ''
  const base = nameFor(label, prefix) || nameFor(targets[0] ?? '', prefix)
  return { name: base && freeName(base, (name) => holder?.fields.some((field) => field.name === name) ?? false) }
}

function nameProblem({ holder, field, name }: Asked): string {
  if (name === '' || field !== undefined) return ''
  if (!namePattern.test(name)) return say('design.name.bad')
  return holder?.fields.some((one) => one.name === name) ? say('design.name.taken') : ''
}

const inverseProblem = ({ inverse }: Asked): string =>
  inverse === '' || namePattern.test(inverse) ? '' : say('design.name.bad')

function keep({ holder, field, targets, label, name, inverse, required, cascade }: Asked): void {
  const change: JsonObject = {
    label: withLabel(field?.label, label.trim()),
    target: targets.length > 1 ? targets : targets[0]!,
    inverse: inverse || null,
    required: required || null,
    onDelete: null,
    cascade: cascadeSettings(cascade),
  }
  if (field) editField(holder!, field.name, change)
  else {
    const said = Object.entries(change).filter(([, value]) => value !== null)
    addField(holder!, { name, type: 'lookup', ...Object.fromEntries(said) })
  }
}
