// Which options a choice may take: those still offered, those that may follow the stored one, those that fit the value of the
// field it depends on. The same facts serve the server (as demands) and the form (as what is offered).
import { suggest } from '../../base/name.ts'
import type { Problem } from '../../base/problem.ts'
import type { ChoiceOption, Field, Model } from '../../model/model.ts'
import { listOf, type Change, type Demand } from '../demand.ts'
import { fieldLabel, refuse, settingProblem } from '../value.ts'
import { optionsOf, type ChoiceField, type Dependence, type Transitions } from './options.ts'

const names = { type: 'array', maxItems: 1000, items: { type: 'string', maxLength: 100 } }

/** JSON Schema of the setting `transitions`. */
export const transitionsSchema = {
  type: 'object',
  additionalProperties: names,
  description:
    'From an option to those that may follow it: {"new": ["open"], "closed": []}. One that is not named may be followed by any; one that is named cannot be cleared.',
}

/** JSON Schema of the setting `dependsOn`. */
export const dependsOnSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['field', 'map'],
  properties: {
    field: {
      $ref: 'common.schema.json#/$defs/name',
      description: 'The choice of the same record that decides which options fit.',
    },
    map: {
      type: 'object',
      additionalProperties: names,
      description: 'From each of its values to the options that fit it: {"ir": ["tehran"]}; none fits one not named.',
    },
  },
  description: 'Which options fit depends on another choice of the record.',
}

/** The options that fit these values of the field that is depended on. */
function fitting({ map }: Dependence, parents: readonly string[]): Set<string> {
  return new Set(parents.flatMap((parent) => (Object.hasOwn(map, parent) ? map[parent]! : [])))
}

/** Those that may follow an option; undefined when any may. */
function followers({ transitions }: ChoiceField, from: string): readonly string[] | undefined {
  return transitions !== undefined && Object.hasOwn(transitions, from) ? transitions[from] : undefined
}

/** What a write of a record demands because of a choice. */
export function choiceDemands(field: ChoiceField, change: Change): Demand[] {
  const value = change.written(field.name)
  const chosen = listOf(value)
  const own = value === undefined ? [] : [...retired(field, chosen, change.model), ...moves(field, chosen[0])]
  return [...own, ...dependence(field, change, value === undefined ? undefined : chosen)]
}

/** Options that are no longer offered may only be kept. */
function retired(field: ChoiceField, chosen: readonly string[], model: Model): Demand[] {
  const values = optionsOf(field, model).flatMap(({ value, active }) =>
    active === false && chosen.includes(value) ? [value] : [],
  )
  if (values.length === 0) return []
  return [
    {
      column: field.name,
      when: 'before',
      relation: 'holds',
      values,
      refusal: (held) =>
        refuse(field, {
          rule: 'retired',
          says: `can no longer become "${values.find((each) => !held?.includes(each)) ?? values[0]!}"`,
          hint: 'Records that have this option keep it; it is not given to others',
        }),
    },
  ]
}

/** The stored option must be one that the new one may follow. */
function moves(field: ChoiceField, to: string | undefined): Demand[] {
  const values = Object.keys(field.transitions ?? {}).filter(
    (from) => from !== to && (to === undefined || !followers(field, from)!.includes(to)),
  )
  if (values.length === 0) return []
  const goal = to === undefined ? 'no value' : `"${to}"`
  return [
    {
      column: field.name,
      when: 'before',
      relation: 'apart',
      values,
      refusal(held) {
        const from = held?.[0]
        const allowed = from === undefined ? undefined : followers(field, from)
        return refuse(field, {
          rule: 'transition',
          says: from === undefined ? `cannot go to ${goal} from here` : `cannot go from "${from}" to ${goal}`,
          limit: allowed?.join(', '),
          hint:
            allowed === undefined
              ? undefined
              : allowed.length === 0
                ? `"${from}" is final`
                : `From "${from}" it may go to: ${allowed.join(', ')}`,
        })
      },
    },
  ]
}

/** What is chosen must fit the field it depends on, whichever of the two is written. */
function dependence(field: ChoiceField, change: Change, chosen: readonly string[] | undefined): Demand[] {
  const { dependsOn } = field
  if (dependsOn === undefined) return []
  const parent = change.entity.fields.find(({ name }) => name === dependsOn.field)
  if (parent === undefined) return []
  if (chosen !== undefined)
    return chosen.map((value): Demand => {
      const values = Object.keys(dependsOn.map).filter((each) => dependsOn.map[each]!.includes(value))
      return {
        column: parent.name,
        when: 'after',
        relation: 'meets',
        values,
        refusal: (held) => unfit(field, parent, [value], held),
      }
    })
  const parents = change.written(parent.name)
  if (parents === undefined) return []
  const values = [...fitting(dependsOn, listOf(parents))]
  return [
    {
      column: field.name,
      when: 'after',
      relation: 'within',
      values,
      refusal: (held) => unfit(field, parent, held, listOf(parents)),
    },
  ]
}

/** Names and values only of what the writer may know. */
function unfit(
  field: ChoiceField,
  parent: Field,
  chosen: readonly string[] | undefined,
  parents: readonly string[] | undefined,
): Problem {
  if (chosen === undefined) return refuse(parent, { rule: 'fit', says: 'does not fit the rest of the record' })
  const what = `is "${chosen.join('", "')}", which does not fit`
  if (parents === undefined) return refuse(field, { rule: 'fit', says: `${what} the rest of the record` })
  const where = fieldLabel(parent)
  const fits = [...fitting(field.dependsOn!, parents)]
  return refuse(field, {
    rule: 'fit',
    says: `${what} "${where}"${parents.length === 0 ? ', which is empty' : ` "${parents.join('", "')}"`}`,
    hint: fits.length === 0 ? `Change "${field.name}" together with "${parent.name}"` : `One of: ${fits.join(', ')}`,
  })
}

/** A record by wire name, as it stands in a form or as it was read. */
type Draft = Readonly<Record<string, unknown>>

/** The options that can be chosen for a record now; those it has stay, so that they can be seen and left. */
export function offeredOptions(
  field: ChoiceField,
  model: Model | undefined,
  record: Draft,
  original?: Draft,
): readonly ChoiceOption[] {
  const held = listOf(original?.[field.name] as never)
  const chosen = listOf(record[field.name] as never)
  const after = held[0] === undefined ? undefined : followers(field, held[0])
  const fits = field.dependsOn && fitting(field.dependsOn, listOf(record[field.dependsOn.field] as never))
  return optionsOf(field, model).filter(({ value, active }) => {
    if (chosen.includes(value)) return true
    if (fits !== undefined && !fits.has(value)) return false
    if (held.includes(value)) return true
    return active !== false && (after === undefined || after.includes(value))
  })
}

/** What of a choice still fits when the record has become this; undefined when nothing has to change. */
export function fittedChoice(field: ChoiceField, record: Draft): string | string[] | null | undefined {
  if (field.dependsOn === undefined) return undefined
  const chosen = listOf(record[field.name] as never)
  const fits = fitting(field.dependsOn, listOf(record[field.dependsOn.field] as never))
  const left = chosen.filter((value) => fits.has(value))
  if (left.length === chosen.length) return undefined
  return Array.isArray(record[field.name]) ? left : (left[0] ?? null)
}

/** What is wrong with the rules of a field; pointers are relative to it. */
export function ruleProblems(field: ChoiceField, model: Model, single: boolean): Problem[] {
  const options = optionsOf(field, model).map(({ value }) => value)
  const unknown = (value: string, place: string, known: readonly string[]): Problem[] =>
    known.includes(value)
      ? []
      : [settingProblem(place, `There is no option "${value}"`, suggest(value, known) ?? undefined)]
  const pairs = (map: Transitions, place: string, from: readonly string[]): Problem[] =>
    Object.entries(map).flatMap(([key, list]) => [
      ...unknown(key, `${place}/${key}`, from),
      ...list.flatMap((value, i) => unknown(value, `${place}/${key}/${i}`, options)),
    ])
  const { transitions, dependsOn } = field
  const moved =
    transitions === undefined
      ? []
      : single
        ? pairs(transitions, 'transitions', options)
        : [settingProblem('transitions', 'Only a single choice has transitions')]
  if (dependsOn === undefined) return moved
  const parent = parentOf(field, model)
  if (parent === undefined || typeof parent === 'string')
    return [...moved, settingProblem('dependsOn/field', parent ?? `There is no choice "${dependsOn.field}" beside it`)]
  return [
    ...moved,
    ...pairs(
      dependsOn.map,
      'dependsOn/map',
      optionsOf(parent, model).map(({ value }) => value),
    ),
  ]
}

/** The field a choice depends on, or why it cannot. */
function parentOf(field: ChoiceField, model: Model): ChoiceField | string | undefined {
  const fields = [...model.entities.values()].find((each) => each.fields.includes(field))?.fields ?? []
  const named = (name: string | undefined): ChoiceField | undefined => fields.find((each) => each.name === name)
  const parent = named(field.dependsOn!.field)
  if (parent === undefined || !choices.has(parent.type)) return undefined
  const seen = new Set<ChoiceField>([field])
  for (let at: ChoiceField | undefined = parent; at !== undefined; at = named(at.dependsOn?.field)) {
    if (seen.has(at)) return 'Choices that depend on each other in a circle can never be filled in'
    seen.add(at)
  }
  return parent
}

const choices: ReadonlySet<string> = new Set(['choice', 'multi_choice'])
