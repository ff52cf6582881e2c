// What a choice field says: its options, or the choice it shares them with, and which of them may be chosen when.
import type { ChoiceOption, Field, Model } from '../../model/model.ts'

/** From an option to those that may follow it; an option that is not named may be followed by any. */
export type Transitions = Readonly<Record<string, readonly string[]>>

/** The field whose value decides which options fit, and which fit each of its values. */
export interface Dependence {
  readonly field: string
  readonly map: Readonly<Record<string, readonly string[]>>
}

export interface ChoiceField extends Field {
  readonly options?: readonly ChoiceOption[]
  readonly choice?: string
  readonly transitions?: Transitions
  readonly dependsOn?: Dependence
}

/** The options of a field: its own, or those of the choice it names. */
export function optionsOf(field: ChoiceField, model: Model | undefined): readonly ChoiceOption[] {
  return field.options ?? (field.choice === undefined ? [] : (model?.choices.get(field.choice)?.options ?? []))
}
