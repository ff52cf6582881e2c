// The parts of a model by kind and name, for walks that know of no kind more than its name.
import type { Model } from './model.ts'

/** Everything of one kind in a model, by name. */
export function namedIn(
  model: Model,
  kind: string,
): ReadonlyMap<string, { readonly id: string; readonly name: string }> {
  const lists: Readonly<Record<string, ReadonlyMap<string, { readonly id: string; readonly name: string }>>> = {
    entity: model.entities,
    choice: model.choices,
    view: model.views,
    form: model.forms,
    app: model.apps,
    role: model.roles,
    webhook: model.webhooks,
    relationship: model.associations,
  }
  return lists[kind] ?? new Map()
}
