// `cast` and `isof`: a value in another kind, a record of a polymorphic lookup as one entity, and questions about both.
import type { ValueKind } from '../base/kind.ts'
import { functions } from './functions/index.ts'
import { kindName } from './literal.ts'
import { shown } from './reader.ts'
import { bindProperty, problem, settle, type Bind, type Scope } from './scope.ts'
import type { Expression, Syntax } from './tree.ts'

type Call = Extract<Syntax, { op: 'call' }>
type Property = Extract<Expression, { op: 'property' }>

const kinds: Readonly<Record<string, ValueKind>> = {
  'Edm.String': 'text',
  'Edm.Int16': 'integer',
  'Edm.Int32': 'integer',
  'Edm.Int64': 'integer',
  'Edm.Decimal': 'decimal',
  'Edm.Double': 'decimal',
  'Edm.Boolean': 'boolean',
  'Edm.Date': 'date',
  'Edm.DateTimeOffset': 'datetime',
  'Edm.Guid': 'uuid',
  'Edm.TimeOfDay': 'time',
  'Edm.Duration': 'duration',
}

/** Binds `cast(x,T)`, `isof(x,T)` and `isof(T)`. throws: Problem */
export function bindTypeTest(syntax: Call, scope: Scope, bind: Bind): Expression {
  const { name, args, position } = syntax
  const type = args.at(-1)
  if (type?.op !== 'path' || args.length > 2)
    throw problem('request.type', scope, position, `Write ${name}(value,type)`)
  const typeName = type.names.join('/')
  const entity = typeName.replace(/^peyvand\./, '')
  if (args.length === 1) return rowIsOf(name, entity, scope, position)
  const value = args[0]!
  const typed = value.op === 'path' ? typedLookup(value, entity, scope, bind) : undefined
  if (typed) {
    const [id, test] = typed
    return name === 'isof'
      ? test
      : { op: 'call', function: 'if', args: [test, id, { op: 'literal', kind: 'uuid', value: null }], kind: 'uuid' }
  }
  const kind = Object.hasOwn(kinds, typeName) ? kinds[typeName] : undefined
  if (!kind) throw problem('request.unknown', scope, type.position, `There is no type "${shown(typeName)}" here`)
  if (name === 'cast') return castTo(value, kind, scope, bind)
  const bound = bind(value, scope)
  return valueIsOf(bound, bound.kind === 'float' && typeName === 'Edm.Double' ? 'float' : kind)
}

function rowIsOf(name: string, entity: string, scope: Scope, position: number): Expression {
  if (name === 'cast')
    throw problem('request.unsupported', scope, position, '"cast" of the record itself is not supported')
  return { op: 'literal', kind: 'boolean', value: scope.root.entity.name === entity }
}

/** The id in a polymorphic lookup, and the test that it leads to the entity. */
function typedLookup(
  path: Extract<Syntax, { op: 'path' }>,
  entity: string,
  scope: Scope,
  bind: Bind,
): [Property, Expression] | undefined {
  const id = bind(path, scope)
  if (id.op !== 'property' || id.kind !== 'uuid') return undefined
  const suffix = `${id.property.field.name}_type`
  if (id.property.column === suffix || id.property.name === 'id') return undefined
  let type: Property
  try {
    type = bindProperty([...path.names.slice(0, -1), suffix], scope, path.position)
  } catch {
    return undefined
  }
  const named: Expression = { op: 'literal', kind: 'text', value: entity }
  return [id, { op: 'call', function: 'eq', args: [type, named], kind: 'boolean' }]
}

function valueIsOf(bound: Expression, kind: ValueKind): Expression {
  return {
    op: 'call',
    function: 'and',
    args: [
      { op: 'literal', kind: 'boolean', value: bound.kind === kind },
      { op: 'call', function: 'ne', args: [bound, { op: 'literal', kind, value: null }], kind: 'boolean' },
    ],
    kind: 'boolean',
  }
}

function castTo(value: Syntax, kind: ValueKind, scope: Scope, bind: Bind): Expression {
  const written = bind(value, scope)
  // A text that is written in the request is read as a value of the type.
  if (written.op === 'literal' && written.kind === 'text') return settle(written, value, kind, scope)
  const bound = settle(written, value, literalKind(written), scope)
  if (bound.kind === kind) return bound
  const definition = functions.get(`to_${kind}`)
  const overload = definition?.overloads.find(({ params }) => params[0] === bound.kind)
  if (!definition || !overload)
    throw problem(
      'request.unsupported',
      scope,
      value.position,
      `"cast" of ${kindName(bound.kind)} to ${kindName(kind)} is not supported`,
    )
  return { op: 'call', function: definition.name, args: [bound], kind }
}

function literalKind({ kind }: Expression): ValueKind {
  return kind === 'null' ? 'text' : kind
}
