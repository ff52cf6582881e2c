// A filter in the reader's words: which operators a field offers, how they are called, how a value reads.
import { linkedOf } from '@peyvand/core/elements'
import { printSyntax } from '@peyvand/core/expression/print.ts'
import type { ChoiceOption, Entity, Field } from '@peyvand/core/model/model.ts'
import { propertyOf } from '@peyvand/core/expression/scope.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { types } from '@peyvand/core/types/index.ts'
import { en } from '../texts/en.ts'
import { current } from '../data/model.ts'
import { names } from '../data/names.ts'
import { labelOf, say, type TextKey } from '../texts/text.ts'
import type { Condition, Operand, Operator, Part } from './filter.ts'
import { reader } from './reader.ts'

export interface FilterField {
  readonly path: readonly string[]
  readonly entity: Entity
  readonly field: Field
  readonly kind: string
  readonly label: string
  readonly group?: string
}

/** Every field a list of an entity can be filtered by: its own, then those one lookup away. */
export function filterFields(entity: Entity): readonly FilterField[] {
  const own = fieldsOf(entity, [], undefined)
  const near = [...wireOf(current(), entity).navigations.values()]
    .filter(({ collection, typeColumn, field }) => !collection && !typeColumn && !field.system)
    .flatMap((navigation) => {
      const target = current().entityById.get(navigation.target)
      return target
        ? fieldsOf(target, [navigation.name], labelOf(navigation.field.label, navigation.field.name)).filter(
            ({ field }) => !field.system && field.type !== 'lookup',
          )
        : []
    })
  return [...own, ...near]
}

function fieldsOf(entity: Entity, prefix: readonly string[], group: string | undefined): FilterField[] {
  const wire = wireOf(current(), entity)
  return entity.fields.flatMap((field) => {
    const property = propertyOf(wire, field.name)
    if (!property || field.masked || field.name === 'id' || field.name === 'version' || !types.has(field.type))
      return []
    return [
      {
        path: [...prefix, property.name],
        entity,
        field,
        kind: property.kind,
        label: labelOf(field.label, field.name),
        group,
      },
    ]
  })
}

/** The field a condition speaks of; undefined when it is gone or hidden from this person. */
export function fieldOf(entity: Entity, path: readonly string[]): FilterField | undefined {
  let at: Entity | undefined = entity
  const labels: string[] = []
  for (const name of path.slice(0, -1)) {
    const navigation = at && wireOf(current(), at).navigations.get(name)
    if (!navigation) return undefined
    labels.push(labelOf(navigation.field.label, navigation.field.name))
    at = current().entityById.get(navigation.target)
  }
  const property = at && propertyOf(wireOf(current(), at), path.at(-1)!)
  return at && property
    ? {
        path,
        entity: at,
        field: property.field,
        kind: property.kind,
        label: [...labels, labelOf(property.field.label, property.field.name)].join(' · '),
      }
    : undefined
}

/** The operators a field offers, in order. */
export function operatorsOf(field: Field): readonly Operator[] {
  const type = types.get(field.type)
  const offered = type?.operatorsOf?.(field) ?? type?.operators ?? ['eq', 'ne']
  const known = offered.filter((name): name is Operator => `op.${name}` in en)
  if (field.type === 'boolean') return ['eq', 'empty', 'filled']
  return [...known, ...(known.includes('in') ? ['notin' as const] : []), 'empty', 'filled']
}

/** How an operator is called for a field: dates are before and after, numbers less and more. */
export function operatorLabel(operator: Operator, field: Field): string {
  const kind = types.get(field.type)?.columns(field)[0]?.kind
  const dated = kind === 'date' || kind === 'datetime' || kind === 'time'
  const key = dated && `op.date.${operator}` in en ? `op.date.${operator}` : `op.${operator}`
  return say(key as TextKey)
}

/** Values a field can be compared with besides written ones. */
export function callsOf({ field, kind }: FilterField): readonly string[] {
  if (kind === 'date')
    return [
      'today()',
      'start_of_week(today())',
      'start_of_month(today())',
      'end_of_month(today())',
      'start_of_quarter(today())',
      'start_of_year(today())',
    ]
  if (kind === 'datetime') return ['now()']
  const target = field['target']
  return field.type === 'lookup' && (target === 'user' || (Array.isArray(target) && target.includes('user')))
    ? ['me()']
    : []
}

/** A condition as a sentence in three parts: "Stage", "is any of", "Won, Lost". */
export function wordsOf(
  entity: Entity,
  part: Part,
): { label: string; operator: string; value: string; broken?: boolean } {
  if (part.is === 'other') return { label: '', operator: '', value: printSyntax(part.syntax) }
  if (part.is === 'group')
    return {
      label: '',
      operator: '',
      value: part.items
        .map((item) => {
          const { label, operator, value } = wordsOf(entity, item)
          return [label, operator, value].filter(Boolean).join(' ')
        })
        .join(` ${say(part.join === 'and' ? 'filter.and' : 'filter.or')} `),
    }
  const known = fieldOf(entity, part.path)
  if (!known) return { label: part.path.join('.'), operator: '', value: '', broken: true }
  return {
    label: known.label,
    operator: operatorLabel(part.operator, known.field),
    value: part.operands.map((operand) => valueWords(known, operand)).join(say('list.separator')),
  }
}

function valueWords({ field, entity }: FilterField, operand: Operand): string {
  if ('call' in operand) return callLabel(operand.call)
  if (field.type === 'lookup') {
    const linked = linkedOf(field, { [`${field.name}_id`]: operand.text }, current())
    return linked ? names.of(linked.entity, operand.text) : operand.text
  }
  const options = optionsOf(field)
  if (options) return choiceLabel(options, operand.text)
  if (field.type === 'boolean') return say(operand.text === 'true' ? 'yes' : 'no')
  return (
    types.get(field.type)?.format(operand.text, field, reader(), { [field.name]: operand.text }) ||
    operand.text ||
    entity.name
  )
}

/** The closed list of a field's values, when its type has one. */
export function optionsOf(field: Field): readonly ChoiceOption[] | undefined {
  return types.get(field.type)?.options?.(field, current())
}

function choiceLabel(options: readonly ChoiceOption[], value: string): string {
  return labelOf(options.find((option) => option.value === value)?.label, value)
}

/** How `me()` or `today()` reads. */
export function callLabel(call: string): string {
  const key = `call.${call.replace('(today())', '').replace('()', '')}`
  return key in en ? say(key as TextKey) : call
}

/** A condition on a field to start from. */
export function newCondition(known: FilterField, operator = operatorsOf(known.field)[0] ?? 'eq'): Condition {
  return { is: 'condition', path: known.path, operator, operands: [] }
}

/** Whether a tree is a condition people can edit. */
export const isEditable = (part: Part, entity: Entity): part is Condition =>
  part.is === 'condition' && fieldOf(entity, part.path) !== undefined
