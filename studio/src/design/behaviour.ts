// What happens to the records behind a lookup when something is done to the record it leads to: the usual answers by name,
// and each action for itself, every choice in plain words. Which choices there are is core's (types/cascade.ts).
import {
  cascadeActions,
  cascadeKinds,
  cascadeOf,
  type Cascade,
  type CascadeAction,
  type CascadeKind,
} from '@peyvand/core/types/cascade.ts'
import { html, type TemplateResult } from 'lit'
import { enStudio } from '../texts/en-studio.ts'
import { say, type TextKey } from '../texts/text.ts'

const plain = cascadeOf({})

/** The usual behaviours, by the names people know them by. */
const presets = {
  referential: { ...plain, delete: 'remove_link' },
  restrict: plain,
  parental: { delete: 'cascade', assign: 'cascade', share: 'cascade', reparent: 'cascade', merge: 'cascade' },
} as const satisfies Readonly<Record<string, Cascade>>
type Preset = keyof typeof presets

interface Behaving {
  readonly cascade: Cascade
  readonly required: boolean
  readonly polymorphic: boolean
  readonly give: (cascade: Cascade) => void
}

/** The cascade with nothing in it that the lookup cannot keep. */
export function fitting(cascade: Cascade, required: boolean, polymorphic: boolean): Cascade {
  return kindsFor('delete', required, polymorphic).includes(cascade.delete)
    ? cascade
    : { ...cascade, delete: 'restrict' }
}

/** The settings of a lookup that say this: only what differs from what holds by itself. */
export function cascadeSettings(cascade: Cascade): Partial<Cascade> | null {
  const own = cascadeActions.filter((action) => cascade[action] !== plain[action])
  return own.length === 0 ? null : Object.fromEntries(own.map((action) => [action, cascade[action]]))
}

/** The name of a behaviour in short. */
export function behaviourName(cascade: Cascade): string {
  return say(`cascade.preset.${presetOf(cascade)}`)
}

/** Painted: the preset, then one choice per action. */
export function paintBehaviour({ cascade, required, polymorphic, give }: Behaving): TemplateResult {
  const preset = presetOf(cascade)
  const offered = (Object.keys(presets) as Preset[]).filter((name) => !required || name !== 'referential')
  return html`<div class="field">
      <label class="label" for="behaviour">${say('cascade.behaviour')}</label>
      <pv-select
        .controlId=${'behaviour'}
        .label=${say('cascade.behaviour')}
        .describedby=${'behaviour-help'}
        .options=${[...offered, ...(preset === 'own' ? (['own'] as const) : [])].map((value) => ({
          value,
          label: say(`cascade.preset.${value}`),
          second: say(`cascade.preset.${value}.text`),
        }))}
        .value=${preset}
        @pick=${(event: CustomEvent) => {
          const picked = presets[event.detail as Preset] as Cascade | undefined
          if (picked) give(picked)
        }}
      ></pv-select>
      <span class="help" id="behaviour-help">${say(`cascade.preset.${preset}.text`)}</span>
    </div>
    <details class="behaviour">
      <summary>${say('cascade.each')}</summary>
      <dl>
        ${cascadeActions.map((action) => paintAction(action, kindsFor(action, required, polymorphic), cascade, give))}
      </dl>
    </details>`
}

function paintAction(
  action: CascadeAction,
  kinds: readonly CascadeKind[],
  cascade: Cascade,
  give: (cascade: Cascade) => void,
): TemplateResult {
  const label = say(`cascade.when.${action}`)
  return html`<dt><span id="when-${action}">${label}</span></dt>
    <dd>
      <pv-select
        .label=${label}
        .describedby=${`why-${action}`}
        .options=${kinds.map((value) => ({ value, label: say(`cascade.kind.${value}`), second: why(action, value) }))}
        .value=${cascade[action]}
        @pick=${(event: CustomEvent) => give({ ...cascade, [action]: event.detail as CascadeKind })}
      ></pv-select>
      <span class="help" id="why-${action}">${why(action, cascade[action])}</span>
    </dd>`
}

/** What a choice means for the records behind the lookup. */
function why(action: CascadeAction, kind: CascadeKind): string {
  const own = `cascade.why.${action}.${kind}`
  return own in enStudio ? say(own as TextKey) : say(`cascade.why.${kind}`)
}

function presetOf(cascade: Cascade): Preset | 'own' {
  const same = (other: Cascade) => cascadeActions.every((action) => cascade[action] === other[action])
  return (Object.keys(presets) as Preset[]).find((name) => same(presets[name])) ?? 'own'
}

/** The choices a lookup can keep: a required one is never empty, and only one of several targets may lead nowhere. */
function kindsFor(action: CascadeAction, required: boolean, polymorphic: boolean): readonly CascadeKind[] {
  if (action !== 'delete') return cascadeKinds[action]
  return cascadeKinds.delete.filter(
    (kind) => kind === 'restrict' || kind === 'cascade' || (!required && (kind !== 'none' || polymorphic)),
  )
}
