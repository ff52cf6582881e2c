// Settings of a field that name another field of its entity (a type says which, in `fieldSettings`): they follow renames, go
// with the other one, and are not shown to those who may not know of it.
import { typeOf, types } from '../types/index.ts'
import type { Field } from './model.ts'

type Settings = Readonly<Record<string, unknown>>

/** What of a field names others: the setting (its first step) and the name. */
export function siblingsOf(field: Field): readonly { readonly setting: string; readonly name: string }[] {
  return (typeOf(field).fieldSettings ?? []).flatMap((path) => {
    const steps = path.split('/')
    const name = steps.reduce<unknown>((at, step) => (at as Settings | undefined)?.[step], field)
    return typeof name === 'string' ? [{ setting: steps[0]!, name }] : []
  })
}

/** A field as defined, with the names it says of others changed. */
export function renamedSiblings<F extends object>(field: F, rename: (name: string) => string): F {
  const type = types.get((field as { readonly type?: string }).type ?? '')
  return (type?.fieldSettings ?? []).reduce((one, path) => replaced(one, path.split('/'), rename), field)
}

function replaced<T extends object>(at: T, [step, ...rest]: readonly string[], rename: (name: string) => string): T {
  const value = (at as Settings)[step!]
  if (rest.length === 0) return typeof value === 'string' ? { ...at, [step!]: rename(value) } : at
  return typeof value === 'object' && value !== null ? { ...at, [step!]: replaced(value, rest, rename) } : at
}

/** A field for somebody to whom these fields do not exist. */
export function withoutHidden(field: Field, hidden: ReadonlySet<string>): Field {
  const told = siblingsOf(field).filter(({ name }) => hidden.has(name))
  if (told.length === 0) return field
  const gone = new Set(told.map(({ setting }) => setting))
  return Object.fromEntries(Object.entries(field).filter(([setting]) => !gone.has(setting))) as unknown as Field
}
