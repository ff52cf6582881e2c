// `$select` → the properties and computed values of the answer. The id is always one of them, and a lookup's name stands for
// all its properties.
import { Problem } from '../base/problem.ts'
import { shown } from '../expression/reader.ts'
import { unknownName } from '../expression/scope.ts'
import type { Property, WireEntity } from '../model/wire.ts'
import type { Query } from './syntax.ts'
import type { BoundComputed, BoundQuery } from './tree.ts'

/** Named columns, always with the id; a lookup's name stands for all its properties. */
export function bindSelect(
  query: Query,
  wire: WireEntity,
  computed: readonly BoundComputed[],
): Pick<BoundQuery, 'select' | 'selected' | 'computed'> {
  const every = [...wire.shown.values()]
  if (!query.select || query.select.some((names) => names[0] === '*'))
    return { select: every, selected: false, ...(computed.length > 0 ? { computed } : {}) }
  const wanted = new Set<BoundComputed>()
  const chosen = new Set<Property>()
  const id = wire.properties.get('id')
  if (id) chosen.add(id)
  for (const names of query.select) {
    const [name] = names as [string]
    const value = names.length === 1 ? computed.find((each) => each.name === name) : undefined
    if (value) {
      wanted.add(value)
      continue
    }
    if (names.length > 1)
      throw new Problem('request.unsupported', {
        detail: `The path "${shown(names.join('/'))}" in $select is not supported`,
        target: '$select',
        hint: `Write $expand=${shown(name)}($select=…)`,
      })
    for (const property of selectable(name, wire, every)) chosen.add(property)
  }
  return { select: [...chosen], selected: true, ...(wanted.size > 0 ? { computed: [...wanted] } : {}) }
}

function selectable(name: string, wire: WireEntity, every: readonly Property[]): readonly Property[] {
  const property = wire.shown.get(name)
  if (property) return [property]
  const navigation = wire.navigations.get(name)
  if (navigation?.collection)
    throw new Problem('request.type', {
      detail: `"${name}" is a relationship, not a column`,
      target: '$select',
      hint: `Write $expand=${name}`,
    })
  const field = navigation?.field.name ?? name
  const own = every.filter((candidate) => candidate.field.name === field)
  if (own.length === 0) throw unknownName(wire, name, '$select')
  return own
}
