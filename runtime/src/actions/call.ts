// Calling an operation: rights, parameters, the record it is called on. Nothing here knows by which address the call came.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { idAt } from '../records/read.ts'
import { mayCall } from './find.ts'
import type { Operation } from './operation.ts'
import { checkParameters } from './parameters.ts'

/** What is asked for: which operation, on what, with what. */
export interface Order {
  readonly operation: Operation
  readonly given: JsonObject
  /** The entity it is called on, and the address of the record when it is one. */
  readonly on?: { readonly entity: Entity; readonly path?: string }
  /** Pointer of the parameters in what was sent. */
  readonly from?: string
}

/** Calls an operation for a caller. throws: Problem. */
export async function callOperation(
  platform: Platform,
  context: Context,
  { operation, given, on, from }: Order,
): Promise<JsonValue | undefined> {
  const refused = operation.refuses?.(context)
  if (refused) throw refused
  if (operation.on && on && !mayCall(context, operation, on.entity))
    throw new Problem('access.denied', {
      detail: `You may not call "${operation.name}" on "${on.entity.entitySet}"`,
      target: operation.name,
    })
  const parameters = must(checkParameters(operation, given, from))
  const id = on?.path === undefined ? undefined : await idAt(platform, context, on.path)
  return operation.run({
    platform,
    context,
    parameters,
    ...(on ? { entity: on.entity } : {}),
    ...(id === undefined ? {} : { id }),
  })
}
