// Transformations of $apply that only records have: searching them, joining related ones, walking their hierarchy.
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import { selfLookup } from '../expression/bind-hierarchy.ts'
import { shown } from '../expression/reader.ts'
import { unknownName, type Scope } from '../expression/scope.ts'
import type { Syntax } from '../expression/tree.ts'
import { searchedColumn, searchedFields } from '../model/search.ts'
import type { Navigation, Property, WireEntity } from '../model/wire.ts'
import { splitSearch } from './search.ts'
import type { ApplyStep, Search, TreeSyntax } from './syntax.ts'
import type { BoundTree, RecordStage } from './tree.ts'

/** The searched texts that the caller may read. */
export function searchable(wire: WireEntity): readonly Property[] {
  return searchedFields(wire.entity).flatMap((field) => wire.properties.get(searchedColumn(field)) ?? [])
}

/** What words to search for ask of a record, as a condition. throws: Problem */
export function searchSyntax(words: string, wire: WireEntity): Syntax {
  const search = splitSearch(words)
  if (search instanceof Problem) throw search
  return asked(search, searchable(wire))
}

function asked(search: Search, searched: readonly Property[]): Syntax {
  const position = 0
  const call = (name: string, ...args: Syntax[]): Syntax => ({ op: 'call', name, args, position })
  const literal = (kind: 'text' | 'boolean', value: string | boolean): Syntax => ({
    op: 'literal',
    kind,
    value,
    position,
  })
  if (search.op === 'not') return call('not', call('coalesce', asked(search.of, searched), literal('boolean', false)))
  if (search.op !== 'term') return call(search.op, ...search.parts.map((part) => asked(part, searched)))
  const term = call('fold', literal('text', search.text))
  const found = searched.map(({ name }) =>
    call('contains', call('fold', { op: 'path', names: [name], position }), term),
  )
  if (found.length < 2) return found[0] ?? literal('boolean', false)
  return call('or', ...found)
}

/** `search(words)` */
export function bindSearch(search: Search, wire: WireEntity): RecordStage {
  return { op: 'search', search, searched: searchable(wire) }
}

/** The relationship that is joined and what it leads to. throws: Problem */
export function bindJoin(
  { name, alias, position }: Extract<ApplyStep, { op: 'join' }>,
  { root, wire, variables = [], computed }: Scope,
): { navigation: Navigation; wire: WireEntity } {
  const navigation = root.navigations.get(name)
  if (!navigation) throw unknownName(root, name, '$apply', position)
  const taken =
    root.shown.has(alias) ||
    root.navigations.has(alias) ||
    computed?.has(alias) ||
    variables.some((each) => each.name === alias)
  if (taken)
    throw new Problem('request.malformed', {
      detail: `"${shown(alias)}" is there already`,
      target: '$apply',
      position,
      hint: 'Choose another name behind "as"',
    })
  return { navigation, wire: wire(navigation.target) }
}

/** What stands below or above some records. `start` is bound by the caller. throws: Problem */
export function bindTree(step: TreeSyntax & { readonly position: number }, { root }: Scope): Omit<BoundTree, 'start'> {
  const { test, set, hierarchy, node, depth, keep, position } = step
  const wrong = (detail: string, hint: string | undefined) =>
    new Problem('request.unknown', { detail, target: '$apply', position, hint })
  if (set !== root.entity.entitySet)
    throw wrong(`"${shown(set)}" is not the set that is asked about`, `Write $root/${root.entity.entitySet}`)
  if (node !== 'id') throw wrong(`"${shown(node)}" does not identify a record`, 'Write id')
  const named = root.navigations.get(hierarchy)
  const navigation = named?.target === root.entity.id && !named.collection ? named : selfLookup(root)
  if (!navigation || navigation.typeColumn !== undefined)
    throw wrong(`"${root.entity.name}" has no hierarchy`, suggest(hierarchy, root.navigations.keys()))
  return { op: 'tree', test, navigation, keep, ...(depth ? { depth } : {}) }
}

/** The problem of a transformation behind a group. */
export function onlyRecords(name: string, position: number): Problem {
  return new Problem('request.unsupported', {
    detail: `"${name}" behind a group is not supported`,
    target: '$apply',
    position,
    hint: 'It speaks of records: write it before groupby and aggregate',
  })
}
