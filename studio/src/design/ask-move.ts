// The dialog that moves a published field to another entity: over which lookup, which value wins, and what the field is called
// there. The draft keeps the wish; the field stays where it is until it is published, and the review shows what it does.
import { namePattern } from '@peyvand/core/base/name.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { takes, waysBetween, type MoveWish, type Take } from '@peyvand/core/model/move.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { current } from '../data/model.ts'
import { openDialog } from '../kit/dialog.ts'
import { labelOf, say, type TextKey } from '../texts/text.ts'
import { nameBox } from './boxes.ts'
import { draft } from './draft.ts'
import { freeName } from './naming.ts'

/** One way a field can go. */
interface Goal {
  readonly key: string
  readonly to: Entity
  readonly toward: 'parent' | 'child'
  readonly label: string
  readonly second: string
}

interface Asked {
  goal: Goal | undefined
  take: Take
  as: string
}

/** Asks where a published field goes, and notes it in the draft. True when it is to move. */
export async function askMove(entity: Entity, field: Field): Promise<boolean> {
  const goals = goalsOf(entity, field)
  const asked: Asked = { goal: goals[0], take: 'refuse', as: '' }
  asked.as = nameIn(asked.goal, field)
  const title = say('move.title', { name: labelOf(field.label, field.name) })
  const yes = await openDialog<boolean>((answer, repaint) => paint({ field, goals, asked, title, answer, repaint }), {
    label: title,
  })
  if (!yes || asked.goal === undefined) return false
  const { to, key } = asked.goal
  const more = {
    ...(asked.take === 'refuse' ? {} : { take: asked.take }),
    ...(asked.as === field.name ? {} : { as: asked.as }),
  }
  const wish: MoveWish = { field: field.name, from: entity.name, to: to.name, via: key, ...more }
  draft.move(field.id, wish)
  return true
}

/** Where the field can go: up its own lookups first, then down to those that look up to it. */
function goalsOf(entity: Entity, field: Field): Goal[] {
  const entities = [...current().entities.values()].filter(({ intersect, id }) => !intersect && id !== entity.id)
  const goals = entities.flatMap((to) =>
    waysBetween(entity, to, field).map(({ owner, lookup }): Goal => {
      const toward = owner === entity ? 'parent' : 'child'
      const words = { entity: labelOf(to.label, to.name), lookup: labelOf(lookup.label, lookup.name) }
      return {
        key: `${owner.name}.${lookup.name}`,
        to,
        toward,
        label: words.entity,
        second: say(`move.way.${toward}`, words),
      }
    }),
  )
  return goals.sort((a, b) => Number(a.toward === 'child') - Number(b.toward === 'child'))
}

/** What the field is called there: its name, or a free one like it. */
function nameIn(goal: Goal | undefined, { name }: Field): string {
  return goal === undefined ? name : freeName(name, (free) => goal.to.fields.some((one) => one.name === free))
}

interface Painting {
  readonly field: Field
  readonly goals: readonly Goal[]
  readonly asked: Asked
  readonly title: string
  readonly answer: (yes?: boolean) => void
  readonly repaint: () => void
}

function paint({ field, goals, asked, title, answer, repaint }: Painting): TemplateResult {
  const give = (change: Partial<Asked>) => {
    Object.assign(asked, change)
    repaint()
  }
  const wrong = nameProblem(asked)
  return html`<form
    @submit=${(event: Event) => {
      event.preventDefault()
      if (asked.goal !== undefined && wrong === '') answer(true)
    }}
  >
    <header class="dialog-head"><h2>${title}</h2></header>
    <div class="body form-stack">
      ${goals.length === 0 ? html`<p class="quiet">${say('move.none')}</p>` : goalBox(field, goals, asked, give)}
    </div>
    <footer>
      <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button>
      <button class="button primary" ?disabled=${asked.goal === undefined || wrong !== ''}>${say('move.go')}</button>
    </footer>
  </form>`
}

function goalBox(
  field: Field,
  goals: readonly Goal[],
  asked: Asked,
  give: (change: Partial<Asked>) => void,
): TemplateResult {
  const { goal } = asked
  return html`<div class="field">
      <label class="label" for="move-goal">${say('move.over')}</label>
      <pv-select
        .controlId=${'move-goal'}
        .label=${say('move.over')}
        .options=${goals.map(({ key, label, second, to }) => ({ value: key, label, second, icon: to.icon ?? 'table' }))}
        .value=${goal?.key ?? null}
        @pick=${(event: CustomEvent) => {
          const next = goals.find(({ key }) => key === event.detail)
          give({ goal: next, as: nameIn(next, field) })
        }}
      ></pv-select>
      ${goal ? html`<span class="help">${goal.second}</span>` : nothing}
    </div>
    ${goal?.toward === 'parent' ? paintTake('move-take', asked.take, (take) => give({ take })) : nothing}
    ${nameBox({
      id: 'move-name',
      label: say('design.name'),
      value: asked.as,
      wrong: nameProblem(asked),
      give: (as) => give({ as }),
    })}`
}

/** Which value wins where several records give one. */
export function paintTake(id: string, take: Take, give: (take: Take) => void): TemplateResult {
  return html`<div class="field">
    <label class="label" for=${id}>${say('move.take')}</label>
    <pv-select
      .controlId=${id}
      .label=${say('move.take')}
      .options=${takes.map((value) => ({ value, label: say(`move.take.${value}` as TextKey) }))}
      .value=${take}
      @pick=${(event: CustomEvent) => give(event.detail as Take)}
    ></pv-select>
  </div>`
}

function nameProblem({ goal, as }: Asked): string {
  if (!namePattern.test(as)) return say('design.name.bad')
  return goal?.to.fields.some((one) => one.name === as) ? say('design.name.taken') : ''
}
