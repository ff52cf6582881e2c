// One role: which records it opens and how far, which fields it closes, and what it gives besides. Edits go into the draft like
// every other definition; what is wrong with them is found here by the same check the server makes.
import type { Problem } from '@peyvand/core/base/problem.ts'
import type { RoleDefinition } from '@peyvand/core/model/definition.ts'
import type { Role } from '@peyvand/core/model/model.ts'
import { roleKind } from '@peyvand/core/model/role.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { mayAdminister, models } from '../data/model.ts'
import type { Holders } from '../data/roles.ts'
import { settings } from '../data/settings.ts'
import { icon } from '../kit/icons.ts'
import { View, watch } from '../kit/view.ts'
import { route } from '../shell/route.ts'
import { labelOf, say } from '../texts/text.ts'
import { draft, type Definition } from './draft.ts'
import { checkExpression } from './expression/check.ts'
import './role-fields.ts'
import { every, strayNames, without } from './role-grants.ts'
import { holdersAddress, holdersWords } from './role-holders.ts'
import './role-matrix.ts'
import './role-people.ts'
import './role-settings.ts'

const pictures = { records: 'table', fields: 'eye', people: 'team', settings: 'settings' } as const

class RolePage extends View {
  static override properties = { of: { attribute: false }, holders: { attribute: false } }
  declare of: Role
  declare holders: ReadonlyMap<string, Holders> | undefined

  constructor() {
    super()
    watch(this, route, models, settings, draft)
  }

  get #definition(): Definition {
    return draft.definition('role', this.of)
  }

  /** Changes members of the definition; what is empty is not there. */
  #edit(change: Readonly<Record<string, unknown>>): void {
    const isEmpty = (value: unknown) =>
      value === null ||
      value === undefined ||
      value === false ||
      value === '' ||
      (Array.isArray(value) && value.length === 0)
    const next = Object.entries({ ...this.#definition, ...change }).filter(([, value]) => !isEmpty(value))
    draft.put(Object.fromEntries(next) as Definition)
  }

  protected override render(): unknown {
    const { of: role } = this
    const label = labelOf(role.label, role.name)
    const tabs = tabsOf(role)
    const tab = tabs.find((each) => each === route.query.get('tab')) ?? 'records'
    const definition = this.#definition as unknown as RoleDefinition
    const problems = problemsOf(definition)
    return html`<section class="canvas role-page" aria-label=${label}>
      <div class="canvas-head">
        <span class="emblem" data-color="indigo">${icon('role', 18)}</span>
        <div class="who">
          <h1 class="title cut"><bdi>${label}</bdi></h1>
          <code class="quiet ltr cut">${role.name}</code>
          ${this.#holders()}
        </div>
        <div class="segment">
          ${tabs.map(
            (each) =>
              html`<button
                type="button"
                aria-pressed=${String(each === tab)}
                @click=${() => route.adjust({ tab: each === 'records' ? null : each })}
              >
                ${icon(pictures[each], 14)}${say(`role.tab.${each}`)}
              </button>`,
          )}
        </div>
      </div>
      <div class="canvas-body">
        ${this.#problems(definition, problems)}
        ${
          tab === 'records'
            ? html`<pv-role-matrix
                .grants=${definition.grants ?? []}
                .privileges=${definition.privileges ?? []}
                .problems=${byEntity(definition, problems)}
                @grants=${(event: CustomEvent) => this.#edit({ grants: event.detail })}
              ></pv-role-matrix>`
            : tab === 'fields'
              ? html`<pv-role-fields
                  .of=${role}
                  .problems=${byField(definition, problems)}
                  @profiles=${(event: CustomEvent) => this.#edit({ fields: event.detail })}
                ></pv-role-fields>`
              : tab === 'people'
                ? html`<pv-role-people .of=${role}></pv-role-people>`
                : html`<pv-role-settings
                    .of=${role}
                    .holders=${this.holders}
                    @change-role=${(event: CustomEvent) => this.#edit(event.detail as Readonly<Record<string, unknown>>)}
                  ></pv-role-settings>`
        }
      </div>
    </section>`
  }

  #holders(): TemplateResult | typeof nothing {
    const { name } = this.of
    if (!models.model?.roles.has(name)) return html`<span class="badge info">${say('role.unpublished')}</span>`
    const words = holdersWords(name, this.holders)
    const address = tabsOf(this.of).includes('people') ? `/studio/roles/${name}?tab=people` : holdersAddress(name)
    if (words === '') return nothing
    return address && this.holders?.has(name)
      ? html`<a class="holders" href=${address}>${icon('team', 14)}${words}</a>`
      : html`<span class="holders quiet">${icon('team', 14)}${words}</span>`
  }

  /** What stands in the way, said once above; rows and fields show it at their place too. */
  #problems(definition: RoleDefinition, problems: readonly Problem[]): TemplateResult | typeof nothing {
    if (problems.length === 0) return nothing
    const stray = strayNames(definition, draft.model)
    // Whoever is no administrator has a model of what they may see: what is missing there is not gone.
    const [gone, unseen] = mayAdminister() ? [stray, []] : [[], stray]
    const told = problems.filter((problem) => !stray.includes(entityAt(definition, problem) ?? ''))
    return html`<ul class="problems" aria-label=${say('role.problems')}>
      ${
        unseen.length > 0
          ? html`<li class="notice">
              ${icon('lock')}
              <div>${say('role.unseen', { count: unseen.length })}</div>
            </li>`
          : nothing
      }
      ${gone.map(
        (name) =>
          html`<li class="notice bad">
            ${icon('alert')}
            <div class="grow">${say('role.gone')}: <code class="ltr">${name}</code></div>
            <button type="button" class="button small" @click=${() => this.#edit(without(definition, name))}>
              ${say('role.gone.take')}
            </button>
          </li>`,
      )}
      ${told.map(
        (problem) =>
          html`<li class="notice bad">
            ${icon('alert')}
            <div>
              <strong>${entityLabel(entityAt(definition, problem))}</strong>
              <p dir="auto">${problem.message}</p>
              ${problem.hint ? html`<p dir="auto">${problem.hint}</p>` : nothing}
            </div>
          </li>`,
      )}
    </ul>`
  }
}
customElements.define('pv-role', RolePage)

/** Who looks after people sees who has a role, where it is there to be had. */
function tabsOf({ name }: Role): readonly (keyof typeof pictures)[] {
  const had = models.model?.roles.has(name) === true && name !== 'everyone' && name !== 'anonymous'
  const people = had && mayAdminister() && models.model!.entities.has('role_assignment')
  return ['records', 'fields', ...(people ? (['people'] as const) : []), 'settings']
}

/** What the kind's own check finds in a role over the draft. */
function problemsOf(definition: RoleDefinition): readonly Problem[] {
  return roleKind.check(definition, {
    model: draft.model,
    expression: (text, name, model, use) => {
      const entity = model.entities.get(name)
      return entity && checkExpression(text, model, entity, { kind: 'boolean', ...(use && { use }) }).problem
    },
  })
}

/** The part of a role that a problem points at. */
function partAt({ grants = [], fields = [] }: RoleDefinition, { pointer = '' }: Problem) {
  const [, list, at] = pointer.split('/')
  return (list === 'grants' ? grants : fields)[Number(at)]
}

const entityAt = (definition: RoleDefinition, problem: Problem): string | undefined =>
  partAt(definition, problem)?.entity

function byEntity(definition: RoleDefinition, problems: readonly Problem[]): ReadonlyMap<string, readonly Problem[]> {
  const ofGrants = problems.filter(({ pointer }) => pointer?.startsWith('/grants/'))
  return Map.groupBy(ofGrants, (problem) => entityAt(definition, problem) ?? '')
}

function byField(definition: RoleDefinition, problems: readonly Problem[]): ReadonlyMap<string, Problem> {
  const ofFields = problems.filter(({ pointer }) => pointer?.startsWith('/fields/'))
  return new Map(
    ofFields.map((problem) => {
      const part = partAt(definition, problem)
      return [part && 'field' in part ? `${part.entity}.${part.field}` : '', problem]
    }),
  )
}

const entityLabel = (name = ''): string =>
  name === every ? say('role.every') : labelOf(draft.model.entities.get(name)?.label, name)
