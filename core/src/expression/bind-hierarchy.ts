// `under(parent,<id>)` → a hierarchy test: which lookup of the entity to itself makes the tree, and whose place is asked.
import type { Navigation, WireEntity } from '../model/wire.ts'
import { kindName } from './literal.ts'
import { shown } from './reader.ts'
import { bindProperty, fits, problem, settle, wireAt, type Bind, type Scope } from './scope.ts'
import type { Expression, HierarchyTest, Syntax } from './tree.ts'

type Call = Extract<Syntax, { op: 'call' }> & { readonly name: HierarchyTest }

/** Binds a hierarchy test: `id` asks about the record itself, a lookup about the record it leads to. throws: Problem */
export function bindHierarchy(syntax: Call, scope: Scope, bind: Bind): Expression {
  const [path, root] = syntax.args as [Syntax, Syntax]
  if (path.op !== 'path' || scope.closed)
    throw problem('request.type', scope, path.position, `"${syntax.name}" needs a lookup or "id" first`)
  const value = bindProperty(path.names, scope, path.position)
  const of = bind(root, scope)
  if (of.op !== 'literal' || !fits(of, 'uuid'))
    throw problem('request.type', scope, root.position, `Expected an id, found ${kindName(of.kind)}`)
  const owner = scope.wire(ownerOf(value, scope))
  const tree = value.property.name === 'id' ? selfLookup(owner) : targetTree(owner, value.property.column, scope)
  if (!tree)
    throw problem('request.type', scope, path.position, `"${shown(path.names.join('/'))}" leads into no hierarchy`)
  return {
    op: 'hierarchy',
    test: syntax.name,
    value,
    of: settle(of, root, 'uuid', scope),
    navigation: tree,
    kind: 'boolean',
  }
}

function ownerOf({ through, scope: depth = 0 }: Extract<Expression, { op: 'property' }>, scope: Scope): string {
  const last = through.at(-1)
  if (last) return last.target
  return wireAt(scope, depth).entity.id
}

/** The tree of the one entity a lookup leads to. */
function targetTree(owner: WireEntity, column: string, scope: Scope): Navigation | undefined {
  const ways = [...owner.navigations.values()].filter(
    (each) => !each.collection && each.column === column && each.typeColumn === undefined,
  )
  return ways.length === 1 ? selfLookup(scope.wire(ways[0]!.target)) : undefined
}

/** The lookup that makes a tree of an entity: the one to itself; with several the one called "parent", else the first. */
export function selfLookup({ entity, navigations }: WireEntity): Navigation | undefined {
  const own = [...navigations.values()].filter(
    (each) =>
      !each.collection &&
      each.field.system !== true &&
      each.from === entity.id &&
      each.target === entity.id &&
      each.typeColumn === undefined,
  )
  return own.find(({ name }) => name === 'parent') ?? own[0]
}
