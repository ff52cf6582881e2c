// The dialog of a relationship of many with many: its two ends, what each calls the other, and whether links are kept in a
// table of their own or are the records of an entity. Gives the edit to the draft.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { namePattern } from '@peyvand/core/base/name.ts'
import type { Association, Entity } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { openDialog } from '../kit/dialog.ts'
import { labelOf, say } from '../texts/text.ts'
import { draft, type Definition } from './draft.ts'
import { entityOptions, nameBox, textBox } from './boxes.ts'
import { labelText, withLabel } from './label.ts'
import { freeName, prefix } from './naming.ts'

interface Asked {
  readonly entity: Entity
  readonly association: Association | undefined
  other: string
  label: string
  name: string
  named: boolean
  /** What a record of this entity calls those at the other end, and the other way round. */
  here: string
  there: string
  through: string
  throughHere: string
  throughThere: string
}

/** Asks for a relationship between an entity and another, or for other settings of one that is there. */
export async function askAssociation(entity: Entity, association?: Association): Promise<void> {
  const asked = association ? known(entity, association) : fresh(entity)
  const title = say(association ? 'relations.many.edit' : 'relations.many.new')
  const yes = await openDialog<boolean>((answer, repaint) => paint(asked, title, answer, repaint), {
    label: title,
    wide: true,
  })
  if (yes) draft.put(definitionOf(asked))
}

const fresh = (entity: Entity): Asked => ({
  entity,
  association: undefined,
  other: '',
  label: '',
  name: '',
  named: false,
  here: '',
  there: '',
  through: '',
  throughHere: '',
  throughThere: '',
})

function known(entity: Entity, association: Association): Asked {
  const { from, to, through, name, label } = association
  const forward = from.entity === entity.name
  const own = through.entity !== name
  return {
    entity,
    association,
    other: (forward ? to : from).entity,
    label: labelText(label),
    name,
    named: true,
    here: (forward ? from : to).name,
    there: (forward ? to : from).name,
    through: own ? through.entity : '',
    throughHere: own ? (forward ? through.from : through.to) : '',
    throughThere: own ? (forward ? through.to : through.from) : '',
  }
}

function paint(asked: Asked, title: string, answer: (yes?: boolean) => void, repaint: () => void): TemplateResult {
  const give = (change: Partial<Asked>) => {
    Object.assign(asked, change)
    repaint()
  }
  const isReady = ready(asked)
  const other = draft.model.entities.get(asked.other)
  return html`<form
    @submit=${(event: Event) => {
      event.preventDefault()
      if (isReady) answer(true)
    }}
  >
    <header class="dialog-head"><h2>${title}</h2></header>
    <div class="body form-stack">
      ${choice('relation-other', say('relations.other'), asked.other, entityOptions(), asked.association !== undefined, (other) => give({ other, ...suggested(asked, other) }))}
      <div class="pair">
        ${textBox('relation-label', say('design.label'), asked.label, (label) => give({ label }))}
        ${nameBox({ id: 'relation-name', label: say('design.name'), value: asked.name, wrong: nameProblem(asked), fixed: asked.association !== undefined, give: (name) => give({ name, named: true }) })}
      </div>
      <div class="pair">
        ${nameBox({ id: 'relation-here', label: say('relations.called', { name: labelOf(asked.entity.label, asked.entity.name) }), value: asked.here, wrong: endProblem(asked.here), placeholder: other?.entitySet ?? '', give: (here) => give({ here }) })}
        ${nameBox({ id: 'relation-there', label: say('relations.called', { name: other ? labelOf(other.label, other.name) : '…' }), value: asked.there, wrong: endProblem(asked.there), placeholder: asked.entity.entitySet, give: (there) => give({ there }) })}
      </div>
      ${throughBoxes(asked, give)}
    </div>
    <footer>
      <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button>
      <button class="button primary" ?disabled=${!isReady}>${say(asked.association ? 'save' : 'create')}</button>
    </footer>
  </form>`
}

function throughBoxes(asked: Asked, give: (change: Partial<Asked>) => void): TemplateResult {
  const fixed = asked.association !== undefined
  const middle = draft.model.entities.get(asked.through)
  const leading = (to: string) =>
    (middle?.fields ?? [])
      .filter((field) => !field.system && typeOf(field).link?.(field).targets.includes(to))
      .map((field) => ({ value: field.name, label: labelOf(field.label, field.name), second: field.name }))
  return html`${choice(
    'relation-through',
    say('relations.through'),
    asked.through,
    [{ value: '', label: say('relations.through.own') }, ...entityOptions()],
    fixed,
    (through) => give({ through, ...lookupsOf(through, asked) }),
    say(asked.through ? 'relations.through.help' : 'relations.through.own.help'),
  )}
  ${
    middle
      ? html`<div class="pair">
          ${choice('relation-lookup-here', say('relations.lookup-to', { name: labelOf(asked.entity.label, asked.entity.name) }), asked.throughHere, leading(asked.entity.name), fixed, (throughHere) => give({ throughHere }))}
          ${choice('relation-lookup-there', say('relations.lookup-to', { name: labelOf(draft.model.entities.get(asked.other)?.label, asked.other) }), asked.throughThere, leading(asked.other), fixed, (throughThere) => give({ throughThere }))}
        </div>`
      : nothing
  }`
}

function choice(
  id: string,
  label: string,
  value: string,
  options: readonly { value: string; label: string }[],
  disabled: boolean,
  give: (value: string) => void,
  help?: string,
): TemplateResult {
  return html`<div class="field">
    <label class="label" for=${id}>${label}</label>
    <pv-select
      .controlId=${id}
      .label=${label}
      .disabled=${disabled}
      .describedby=${help ? `${id}-help` : undefined}
      .options=${options}
      .value=${value}
      @pick=${(event: CustomEvent) => give(event.detail as string)}
    ></pv-select>
    ${help ? html`<span class="help" id="${id}-help">${help}</span>` : nothing}
  </div>`
}

/** The lookups of the entity in between that lead to either end, when there is no doubt. */
function lookupsOf(through: string, { entity, other }: Asked): Partial<Asked> {
  const to = (target: string, but = '') =>
    draft.model.entities
      .get(through)
      ?.fields.find(
        (field) => !field.system && field.name !== but && typeOf(field).link?.(field).targets.includes(target),
      )?.name ?? ''
  const throughHere = to(entity.name)
  return { throughHere, throughThere: to(other, throughHere) }
}

function suggested({ entity, label, named, association }: Asked, other: string): Partial<Asked> {
  const end = draft.model.entities.get(other)
  if (!end || association) return {}
  const base = `${entity.solution || end.solution ? `${prefix()}_` : ''}${entity.name}_${other}`.slice(0, 48)
  return {
    label: label || `${labelOf(entity.label, entity.name)} – ${labelOf(end.plural, end.name)}`,
    ...(named ? {} : { name: freeName(base, isTaken) }),
  }
}

const isTaken = (name: string): boolean => draft.model.associations.has(name) || draft.model.entities.has(name)

function nameProblem({ name, association }: Asked): string {
  if (association || name === '') return ''
  if (!namePattern.test(name)) return say('design.name.bad')
  return isTaken(name) ? say('design.name.taken') : ''
}

const endProblem = (name: string): string => (name === '' || namePattern.test(name) ? '' : say('design.name.bad'))

function ready(asked: Asked): boolean {
  const { other, label, name, here, there, through, throughHere, throughThere } = asked
  const whole = through === '' || (throughHere !== '' && throughThere !== '' && throughHere !== throughThere)
  const legal = [nameProblem(asked), endProblem(here), endProblem(there)].every((problem) => problem === '')
  return other !== '' && label.trim() !== '' && name !== '' && whole && legal
}

function definitionOf({ entity, association, ...asked }: Asked): Definition {
  const was = association && draft.definition('relationship', association)
  const forward = association === undefined || association.from.entity === entity.name
  const end = (side: 'from' | 'to', of: string, name: string): JsonObject => ({
    ...(was?.[side] as JsonObject | undefined),
    entity: of,
    ...(name === '' ? {} : { name }),
  })
  const { through, throughHere, throughThere } = asked
  const [from, to] = forward ? [throughHere, throughThere] : [throughThere, throughHere]
  return {
    ...was,
    kind: 'relationship',
    name: asked.name,
    label: withLabel(was?.['label'], asked.label.trim()),
    from: forward ? end('from', entity.name, asked.here) : end('from', asked.other, asked.there),
    to: forward ? end('to', asked.other, asked.there) : end('to', entity.name, asked.here),
    ...(through === '' ? {} : { through: { entity: through, from, to } }),
  }
}
