// The interpreter of JSON Schema in a browser: it comes when the first document with a schema is on screen. Until then a
// document is not checked here; the server checks every one.
import type { Schema, Validator } from '@cfworker/json-schema'
import type { JsonObject } from './json.ts'

let known: typeof Validator | undefined

/** A validator of documents by a schema; undefined until the interpreter has come. */
export function validatorOf(schema: JsonObject): Validator | undefined {
  if (known === undefined) bringValidator()
  return known && new known(structuredClone(schema) as Schema, '2020-12')
}

/** Sees to it that validators are there soon. */
export function bringValidator(): void {
  if (known === undefined) void import('@cfworker/json-schema').then(({ Validator: found }) => (known = found))
}
