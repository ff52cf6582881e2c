// The interpreter of JSON Schema, at hand. In a browser validator-later.ts stands in its place (package.json, "imports"), so
// that an app's first load does without it. Which schemas may run is schema.ts's question.
import { Validator, type Schema } from '@cfworker/json-schema'
import type { JsonObject } from './json.ts'

/** A validator of documents by a schema. The library writes into the schema it is given; a model is frozen. */
export function validatorOf(schema: JsonObject): Validator | undefined {
  return new Validator(structuredClone(schema) as Schema, '2020-12')
}

/** Sees to it that validators are there soon. */
export function bringValidator(): void {}
