// The relationships of an entity, from its side: the lookups it has, the lookups that lead to it, and many with many; each
// made, changed and taken away here. What that does to the database only the plan says.
import type { Association, Entity, Field, Relationship } from '@peyvand/core/model/model.ts'
import { html, type TemplateResult } from 'lit'
import { models } from '../data/model.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { labelOf, say } from '../texts/text.ts'
import { askAssociation } from './ask-association.ts'
import { askLookup, askNewLookup, askNewWayBack } from './ask-lookup.ts'
import { behaviourName } from './behaviour.ts'
import { listHead, nothingYet, rowButton } from './boxes.ts'
import { paintDiagram, type Neighbour } from './diagram.ts'
import { draft } from './draft.ts'
import { removeField } from './edit.ts'
import './relations.css'

/** A lookup with the entity it stands in. */
interface Way {
  readonly way: Relationship
  readonly holder: Entity
  readonly field: Field
  readonly targets: readonly Entity[]
}

class Relations extends View {
  static override properties = { entity: { attribute: false } }
  declare entity: Entity

  constructor() {
    super()
    watch(this, models, settings, draft)
  }

  get #ways(): readonly Way[] {
    const { model } = draft
    return model.relationships.flatMap((way) => {
      const holder = model.entityById.get(way.from)
      const field = holder?.fields.find(({ name }) => name === way.field)
      if (!holder || !field || holder.intersect) return []
      return [{ way, holder, field, targets: way.targets.flatMap((id) => model.entityById.get(id) ?? []) }]
    })
  }

  protected override render(): unknown {
    const { entity } = this
    const ways = this.#ways
    const lookups = ways.filter(({ holder }) => holder.id === entity.id)
    const backs = ways.filter(({ targets }) => targets.some(({ id }) => id === entity.id))
    const many = [...draft.model.associations.values()].filter(({ from, to }) =>
      [from.entity, to.entity].includes(entity.name),
    )
    return html`<div class="sheet relations">
      ${paintDiagram(
        entity,
        {
          before: backs.map(({ holder, way }): Neighbour => ({ entity: holder, name: way.inverse })),
          after: lookups.flatMap(({ field, targets }) =>
            targets.map((target) => ({ entity: target, name: field.name })),
          ),
          beside: many.flatMap((one) => this.#neighbour(one)),
        },
        document.documentElement.dir === 'rtl',
      )}
      <section aria-label=${say('relations.lookups')}>
        ${listHead(say('relations.lookups'), say('relations.lookups.text'), say('relations.add'), () => void askNewLookup(entity))}
        ${
          lookups.length === 0
            ? nothingYet()
            : html`<ul>
                ${lookups.map((each) => this.#lookup(each))}
              </ul>`
        }
      </section>
      <section aria-label=${say('relations.backs')}>
        ${listHead(say('relations.backs'), say('relations.backs.text'), say('relations.add'), () => void askNewWayBack(entity))}
        ${
          backs.length === 0
            ? nothingYet()
            : html`<ul>
                ${backs.map((each) => this.#back(each))}
              </ul>`
        }
      </section>
      <section aria-label=${say('relations.many')}>
        ${listHead(say('relations.many'), say('relations.many.text'), say('relations.add'), () => void askAssociation(entity))}
        ${
          many.length === 0
            ? nothingYet()
            : html`<ul>
                ${many.map((each) => this.#many(each))}
              </ul>`
        }
      </section>
    </div>`
  }

  #neighbour({ from, to, name }: Association): Neighbour[] {
    const other = draft.model.entities.get(from.entity === this.entity.name ? to.entity : from.entity)
    return other ? [{ entity: other, name }] : []
  }

  #lookup({ holder, field, targets, way }: Way): TemplateResult {
    const label = labelOf(field.label, field.name)
    return this.#row({
      picture: 'arrow-end',
      label,
      name: field.name,
      leads: targets.map((target) => labelOf(target.label, target.name)).join(say('relations.or')),
      badges: [behaviourName(way.cascade), ...(field.required ? [say('design.required')] : [])],
      edit: () => void askLookup(holder, field),
      remove: field.name === holder.primaryField ? undefined : () => removeField(holder, field.name),
    })
  }

  #back({ holder, field, way }: Way): TemplateResult {
    return this.#row({
      picture: 'arrow-start',
      label: labelOf(holder.plural, holder.name),
      name: way.inverse,
      leads: say('relations.by', { name: labelOf(field.label, field.name) }),
      badges: [behaviourName(way.cascade)],
      edit: () => void askLookup(holder, field),
      remove: () => removeField(holder, field.name),
    })
  }

  #many(association: Association): TemplateResult {
    const { entity } = this
    const { from, to, through, label, name } = association
    const [here, there] = from.entity === entity.name ? [from, to] : [to, from]
    const other = draft.model.entities.get(there.entity)
    const middle = through.entity === name ? undefined : draft.model.entities.get(through.entity)
    return this.#row({
      picture: 'link',
      label: labelOf(label, name),
      name: here.name,
      leads: labelOf(other?.plural, there.entity),
      badges: middle ? [say('relations.through.name', { name: labelOf(middle.label, middle.name) })] : [],
      edit: () => void askAssociation(entity, association),
      remove: () => draft.removePart('relationship', association),
    })
  }

  #row(row: {
    readonly picture: string
    readonly label: string
    readonly name: string
    readonly leads: string
    readonly badges: readonly string[]
    readonly edit: () => void
    readonly remove: (() => void) | undefined
  }): TemplateResult {
    return html`<li>
      ${icon(row.picture, 14, 'mirror')}
      <button type="button" class="plain grow" @click=${row.edit}>
        <strong class="cut"><bdi>${row.label}</bdi></strong
        ><code class="quiet ltr">${row.name}</code><span class="quiet cut"><bdi>${row.leads}</bdi></span>
      </button>
      ${row.badges.map((badge) => html`<span class="badge">${badge}</span>`)}
      ${rowButton(say('relations.edit', { name: row.label }), icon('edit', 14), row.edit)}
      ${row.remove ? rowButton(say('relations.remove', { name: row.label }), icon('trash', 14), row.remove) : html`<span class="blank"></span>`}
    </li>`
  }
}
customElements.define('pv-relations', Relations)
