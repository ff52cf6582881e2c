// The thread that answers questions about the schema. It has the model and nothing else: no database, no settings. The schema of the
// rights that were asked with last is kept.
import { parentPort, workerData } from 'node:worker_threads'
import { execute, parse, validate, type ExecutionResult } from 'graphql'
import { accessKey } from '@peyvand/core/access/grant.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { errorOf, shownError } from './error.ts'
import type { Question, Told } from './introspect.ts'
import { schemaFor, type Schema } from './schema.ts'

const model = workerData as Model
let last: { readonly access: string; readonly schema: Schema } | undefined

parentPort!.on('message', (question: Question) => {
  parentPort!.postMessage({ id: question.id, text: answer(question) } satisfies Told, [])
})

function answer({ actor, query, variables, operation }: Question): string {
  try {
    const access = accessKey(actor)
    if (last?.access !== access) last = { access, schema: schemaFor({ model, actor }) }
    const { schema } = last.schema
    const document = parse(query)
    const errors = validate(schema, document, undefined, { maxErrors: 10 })
    if (errors.length > 0) return JSON.stringify({ errors: errors.map(shownError) })
    const given = { schema, document, variableValues: variables, operationName: operation }
    const { data, errors: wrong = [] } = execute(given) as ExecutionResult
    return JSON.stringify({ ...(wrong.length > 0 ? { errors: wrong.map(shownError) } : {}), data })
  } catch (thrown) {
    return JSON.stringify({ errors: [shownError(errorOf(thrown))] })
  }
}
