// Lookups of which one stands instead of the other: a record has exactly one of the two. Whichever is written, the other one is
// looked at; nothing is asked of a write that touches neither, so that older records can still be changed otherwise.
import { labelText } from '../../base/label.ts'
import { suggest } from '../../base/name.ts'
import type { Problem } from '../../base/problem.ts'
import type { Field, Model } from '../../model/model.ts'
import type { Change, Demand } from '../demand.ts'
import { refuse, settingProblem } from '../value.ts'
import type { LookupField } from './type.ts'

/** JSON Schema of the setting `instead`. */
export const insteadSchema = {
  $ref: 'common.schema.json#/$defs/name',
  description: 'Another lookup of the record that it stands instead of: exactly one of the two leads somewhere.',
}

/** What a write demands because of a lookup that stands instead of another. */
export function insteadDemands(field: LookupField, change: Change): Demand[] {
  const other = change.entity.fields.find(({ name }) => name === field.instead)
  if (other === undefined) return []
  const value = (of: Field) => {
    const given = change.written(column(of))
    return given === undefined && change.isNew === true ? null : given
  }
  const [mine, theirs] = [value(field), value(other)]
  if (mine === undefined && theirs === undefined) return []
  if (mine != null) return [alone(field, other)]
  if (theirs != null) return [alone(other, field)]
  return [mine === undefined ? any(field, other) : any(other, field)]
}

const column = ({ name }: Field): string => `${name}_id`

/** The one that is given is the only one. */
function alone(given: Field, other: Field): Demand {
  return {
    column: column(other),
    when: 'after',
    relation: 'within',
    values: [],
    refusal: () =>
      refuse(given, {
        rule: 'instead',
        suffix: '_id',
        says: `cannot be given beside "${labelOf(other)}"`,
        hint: pick(given, other),
      }),
  }
}

/** One is empty: the other one is not. */
function any(asked: Field, empty: Field): Demand {
  return {
    column: column(asked),
    when: 'after',
    relation: 'some',
    values: [],
    refusal: () =>
      refuse(empty, {
        rule: 'instead',
        suffix: '_id',
        says: `and "${labelOf(asked)}" cannot both be empty`,
        hint: `${pick(empty, asked)}. A record that is for neither is deleted`,
      }),
  }
}

const labelOf = (field: Field): string => labelText(field.label, 'en', field.name)
const pick = (one: Field, other: Field): string =>
  `Give either "${column(one)}" or "${column(other)}" and set the other one to null`

/** What is wrong with the setting. */
export function insteadProblems(field: LookupField, model: Model): Problem[] {
  const { instead } = field
  if (instead === undefined) return []
  const siblings = [...model.entities.values()].find((each) => each.fields.includes(field))?.fields ?? []
  const others = siblings.filter((each) => each.type === field.type && each.system !== true && each.name !== field.name)
  const other = others.find(({ name }) => name === instead)
  if (other === undefined) {
    const names = others.map(({ name }) => name)
    return [settingProblem('instead', `There is no other lookup "${instead}" beside it`, suggest(instead, names))]
  }
  if (field.required === true || other.required === true)
    return [settingProblem('instead', 'Neither of two lookups of which only one is given can be required')]
  return []
}
