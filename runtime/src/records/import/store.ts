// What the importer needs of the records: finding many by a value, creating many, changing many — all with the caller's
// rights, each in as few statements as there are batches. Kept apart so that run.ts reads as the story of an import.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'

export type Values = Readonly<Record<string, Value>>

export interface Found { readonly id: string; readonly record: JsonObject }

export interface Store {
  /** Records whose property (or path) has one of the values, with the wanted properties. Numbers come as their text. */
  find(entity: Entity, path: readonly string[], values: readonly string[], select: readonly (readonly string[])[]): Promise<JsonObject[]>
  /** Creates records in one transaction; a Problem per record that failed, and then the others are there all the same. */
  create(entity: Entity, records: readonly Values[]): Promise<(string | Problem)[]>
  /** Changes records in one transaction, like create. */
  update(entity: Entity, changes: readonly { readonly id: string; readonly values: Values }[]): Promise<(string | Problem)[]>
}
