// The contract of a named operation: what `/api/actions/<name>`, OData actions and functions, `$metadata` and OpenAPI need to
// know about it, in one object. One file in operations/ is one operation; the list of them is generated.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Operation as Right } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'

/** One value a caller gives. */
export interface Parameter {
  /** JSON Schema (draft 2020-12) of the value; the EDM type follows from it. */
  readonly schema: JsonObject
  readonly doc: string
  readonly required?: true
}

/** What an operation is called on: a record, or the set of an entity. */
export interface Binding {
  readonly what: 'record' | 'set'
  /** Name of the entity; `*` stands for every one. */
  readonly entity: string
  /** What the caller must be allowed to do with the entity, beside reading it; an action asks `run` when it says nothing. */
  readonly needs?: Right
}

/** What comes back: a value by JSON Schema, or the id of a record (of the entity it was called on with `*`). */
export type Result = { readonly schema: JsonObject } | { readonly record: string }

/** One call, its parameters checked and the record it is called on known to be there for the caller. */
export interface Call {
  readonly platform: Platform
  readonly context: Context
  readonly parameters: JsonObject
  /** Present when it is called on a record or a set. */
  readonly entity?: Entity
  /** Present when it is called on a record. */
  readonly id?: string
}

/** Who asks, on which model. */
export type Who = Pick<Context, 'model' | 'actor'>

export interface Operation {
  /** In small letters with underscores; operations with other bindings may share it. */
  readonly name: string
  /** An action may change things and is POSTed; a function only answers. */
  readonly kind: 'action' | 'function'
  /** One line for people. */
  readonly doc: string
  /** Absent when it is called on nothing. */
  readonly on?: Binding
  readonly parameters: Readonly<Record<string, Parameter>>
  /** Absent when there is nothing to say. */
  readonly result?: Result
  /** Why this caller may not call it, by their roles; it is not described to whom it refuses. */
  refuses?(who: Who): Problem | undefined
  /** Does it. Gives the value, or the id of a record, that `result` announces. throws: Problem. */
  run(call: Call): Promise<JsonValue | undefined>
}
