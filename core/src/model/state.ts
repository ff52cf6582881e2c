// Records that are active or inactive: the fields that say so, which status belongs to which state, and which may follow
// which (a rule of the choice that the status is). That an inactive record is not changed is seen to by the statement that would change it (query/write.ts).
import type { Label } from '../base/label.ts'
import type { Value } from '../base/kind.ts'
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import type { EntityDefinition } from './definition.ts'
import { definitionProblem } from './lookups.ts'
import type { ChoiceOption, Entity, EntityState, Field, Id, State } from './model.ts'

const text = (en: string, fa: string, ru: string, th: string, ro: string): Label => ({ en, fa, ru, th, ro })
const labels = {
  state: text('State', 'وضعیت', 'Состояние', 'สถานะ', 'Stare'),
  status: text('Status reason', 'دلیل وضعیت', 'Причина состояния', 'เหตุผลของสถานะ', 'Motivul stării'),
  active: text('Active', 'فعال', 'Активно', 'ใช้งาน', 'Activ'),
  inactive: text('Inactive', 'غیرفعال', 'Неактивно', 'ไม่ใช้งาน', 'Inactiv'),
  mergedInto: text('Merged into', 'ادغام‌شده در', 'Объединено с', 'รวมเข้ากับ', 'Comasat în'),
}

const states: readonly ChoiceOption[] = [
  { value: 'active', label: labels.active, color: 'green' },
  { value: 'inactive', label: labels.inactive, color: 'gray' },
]

/** What an entity says of the states of its records; undefined when they have none. */
export function stateOf({ state }: Pick<EntityDefinition, 'state'>): EntityState | undefined {
  if (state === undefined || state === false) return undefined
  return { statuses: state === true ? [] : (state.statuses ?? []) }
}

interface Stateful {
  readonly id: Id
  readonly name: string
  readonly state: EntityState | undefined
  readonly own: readonly Field[]
}

/** The fields a state brings; an own field called `state` is taken for it. */
export function stateFields({ id, name, state, own }: Stateful): Field[] {
  if (state === undefined) return []
  const brought = (field: Omit<Field, 'id'> & { name: string; type: string }): Field => ({
    ...field,
    id: `${id}/${field.name}`,
    system: true,
  })
  const choice = { type: 'choice', required: true, settable: true }
  const { statuses } = state
  return [
    ...(own.some((field) => field.name === 'state')
      ? []
      : [brought({ ...choice, name: 'state', label: labels.state, options: states, default: 'active' })]),
    ...(statuses.length === 0
      ? []
      : [
          brought({
            ...choice,
            name: 'status',
            label: labels.status,
            options: statuses.map(({ value, label, color }) => ({ value, label, color })),
            transitions: Object.fromEntries(
              statuses.flatMap(({ value, to }) => (to === undefined ? [] : [[value, to]])),
            ),
            default: statusFor(state, 'active')!,
          }),
        ]),
    brought({ name: 'merged_into', type: 'lookup', label: labels.mergedInto, target: name }),
  ]
}

/** Whether a field is the status that an entity's states bring. */
export function isStatus({ state }: Pick<Entity, 'state'>, { name, system }: Field): boolean {
  return name === 'status' && system === true && state !== undefined && state.statuses.length > 0
}

/** The status a record of a state gets when nobody says which. */
export function statusFor({ statuses }: EntityState, state: State): string | undefined {
  const some = statuses.filter((status) => status.state === state)
  return (some.find((status) => status.default) ?? some[0])?.value
}

/**
 * Makes state and status of a record that is written agree: the one that is given decides the other. Gives the problem when
 * both are given and contradict each other.
 */
export function settleState(
  { state: defined }: Entity,
  values: Record<string, Value>,
  given: readonly string[],
): Problem | undefined {
  if (defined === undefined || defined.statuses.length === 0) return undefined
  const [state, status] = [given.includes('state'), given.includes('status')]
  const known = defined.statuses.find(({ value }) => value === values['status'])
  if (status && known !== undefined && (!state || values['state'] === known.state)) values['state'] = known.state
  else if (status && state && known !== undefined)
    return new Problem('check.invalid', {
      detail: `A record with the status "${known.value}" is ${known.state}`,
      target: 'status',
      pointer: '/status',
      hint: 'Give the status alone; the state follows',
    })
  else if (state && !status) values['status'] = statusFor(defined, values['state'] as State) ?? null
  return undefined
}

/** What is wrong with an entity's states. */
export function stateProblems(definition: EntityDefinition): Problem[] {
  const state = stateOf(definition)
  if (state === undefined) return []
  return [...ownFieldProblems(definition, state), ...statusProblems(state)]
}

function ownFieldProblems(definition: EntityDefinition, { statuses }: EntityState): Problem[] {
  return (definition.fields as unknown as readonly Field[]).flatMap((field, i) => {
    const place = ['fields', i, 'name']
    if (field.name === 'merged_into' || (field.name === 'status' && statuses.length > 0))
      return [definitionProblem(place, `"${field.name}" comes with the state of the entity`, 'Take one of them away')]
    if (field.name !== 'state') return []
    const options = ((field['options'] ?? []) as readonly ChoiceOption[]).map(({ value }) => value)
    const fits =
      field.type === 'choice' &&
      field.default === 'active' &&
      ['active', 'inactive'].every((one) => options.includes(one))
    return fits
      ? []
      : [
          definitionProblem(
            place,
            'The field "state" is no state of a record',
            'A choice of "active" (its default) and "inactive", or leave the field out: it comes by itself',
          ),
        ]
  })
}

function statusProblems({ statuses }: EntityState): Problem[] {
  const names = statuses.map(({ value }) => value)
  const lacking =
    statuses.length === 0
      ? []
      : (['active', 'inactive'] as const).filter((state) => !statuses.some((one) => one.state === state))
  return [
    ...lacking.map((state) => definitionProblem(['state', 'statuses'], `There is no status for "${state}" records`)),
    ...statuses.flatMap(({ value, to = [] }, i) => [
      ...(names.indexOf(value) < i
        ? [definitionProblem(['state', 'statuses', i, 'value'], `The status "${value}" is there twice`)]
        : []),
      ...to.flatMap((next, j) =>
        names.includes(next)
          ? []
          : [
              definitionProblem(
                ['state', 'statuses', i, 'to', j],
                `There is no status "${next}"`,
                suggest(next, names),
              ),
            ],
      ),
    ]),
  ]
}
