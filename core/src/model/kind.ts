// The contract of a definition kind: how its JSON is checked and what it becomes in the model. One file per kind beside
// this one; kinds.ts is the only list.
import type { Problem } from '../base/problem.ts'
import type { Validator } from '../schemas/validate.js'
import type { Definition, DefinitionKind } from './definition.ts'
import type { Id, Model } from './model.ts'
import type { Naming } from './naming.ts'

/** The expression checker a caller may give: the problem of a CEL text over an entity, or undefined. A rule may ask `my(…)`. */
export type CheckExpression = (text: string, entity: string, model: Model, use?: 'rule') => Problem | undefined

/** What the check of one definition sees besides the definition itself. */
export interface CheckContext {
  /** Built from all definitions that obey their schema, so that names can be looked up. */
  readonly model: Model
  readonly expression?: CheckExpression
}

/** A kind of definition. */
export interface Kind<D extends Definition = Definition> {
  readonly name: DefinitionKind
  /** JSON Schema of the kind as code. */
  readonly validator: Validator
  /** Lists of the definition whose items are parts with a name of their own; path with `*`, and what names an item. */
  readonly parts: Readonly<Record<string, (item: Readonly<Record<string, unknown>>) => string>>
  /** Problems that need the other definitions; pointers are relative to the definition. */
  check(definition: D, context: CheckContext): readonly Problem[]
  /** What the model keeps of it, with every default filled in. */
  build(definition: D): unknown
  /**
   * What it depends on: asks for every name of another part that stands in it, and gives the definition with the answers in
   * their places; undefined when nothing of it is left.
   */
  names?(definition: D, naming: Naming): D | undefined
  /** Where it decides about rights: who designs could give themselves every right by it, so that it is for administrators. */
  readonly guard?: Guard
}

/** What of a kind's parts only administrators may change. */
export interface Guard {
  /** Every part of the model of one side, and what it comes to there, of that alone which the model after has too. */
  senses(model: Model, sides: Sides): readonly Sense[]
  /** What is done by a change of a part: the start of a sentence. */
  says(name: string): string
}

/** The model before and after a change. */
export interface Sides {
  readonly before: Model
  readonly after: Model
}

/** What a part comes to, as text that is equal where it is the same; empty when that is nothing. */
export interface Sense {
  readonly id: Id
  readonly name: string
  readonly text: string
}

/** Names a part by one of its properties. */
export const by =
  (property: string) =>
  (item: Readonly<Record<string, unknown>>): string =>
    String(item[property])
