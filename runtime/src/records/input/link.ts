// How a body names another record: by its address in `@odata.bind`, or by its id in an object.
import { isJsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Navigation } from '@peyvand/core/model/wire.ts'

/** `"account": {"id": "…"}` or null. */
export function linkedId(navigation: Navigation, name: string, value: JsonValue): string | null | Problem {
  if (value === null && !navigation.collection) return null
  if (navigation.collection || (isJsonObject(value) && !('id' in value))) {
    return new Problem('request.unsupported', {
      detail: `Creating records of "${name}" inside another one (deep insert) is not supported`,
      pointer: pointer(name),
      target: name,
      hint: 'Create the record first, then link it by its id',
    })
  }
  const id = isJsonObject(value) ? value['id'] : undefined
  if (typeof id === 'string') return id
  return new Problem('request.type', {
    detail: `"${name}" must be an object with an id, or null`,
    pointer: pointer(name),
    target: name,
    hint: `Write "${name}": {"id": "<uuid>"}`,
  })
}

/** `"account@odata.bind": "/accounts(<id>)"`, relative, absolute, or null. */
export function boundId(model: Model, navigation: Navigation, name: string, value: JsonValue): string | null | Problem {
  const set = model.entityById.get(navigation.target)!.entitySet
  const refuse = (code: 'request.type' | 'request.unsupported', detail: string) =>
    new Problem(code, { detail, pointer: pointer(name), target: name, hint: `Write "/${set}(<uuid>)"` })
  if (navigation.collection)
    return refuse('request.unsupported', `Binding the collection "${navigation.name}" while writing is not supported`)
  if (value === null) return null
  if (typeof value !== 'string' || value.length > 2000)
    return refuse('request.type', `"${name.slice(0, 100)}" must be the address of a record`)
  return (
    referenceId(value, set) ??
    refuse('request.type', `"${name.slice(0, 100)}" must be the address of a record of "${set}"`)
  )
}

/** The id in the address of a record of the set (`/accounts(<uuid>)`, relative or absolute), or undefined. */
export function referenceId(address: string, set: string): string | undefined {
  const found = /(?:^|\/)([a-z][a-z0-9_]*)\('?([0-9a-f-]{36})'?\)$/i.exec(address)
  return found?.[1] === set && isUuid(found[2]!) ? found[2].toLowerCase() : undefined
}
