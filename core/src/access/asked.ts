// What rules of roles ask of the asker's own user record (`my('contact.account')`), and the statement that finds it for a person.
// Only what some role asks is looked up; without such a rule there is no statement. Lookups on the way are told too, so that
// it is known whose change voids what was found.
import { Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { ident, join, param, quoted, render, sql } from '../expression/fragment.ts'
import { outgoing } from '../expression/outgoing.ts'
import { parseCel } from '../expression/parse-cel.ts'
import { toSql } from '../expression/sql.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import type { Id, Model } from '../model/model.ts'
import { wireOf } from '../model/wire.ts'
import { newBuild, newFrame, scopeOf, tableOf } from '../query/frame.ts'
import type { Compiled } from '../query/tree.ts'

/** Values of people that rules ask, and how they are found. */
export interface Asked {
  /** Its input is `user`, an id; one column, `my`: JSON text of an object, path → value. */
  readonly statement: (schema: string) => Compiled
  /** Names of the entities whose records the paths walk. */
  readonly walked: ReadonlySet<string>
}

type Path = Extract<Expression, { op: 'property' }>
const known = new WeakMap<Model, Asked | 'nothing'>()

/** What the roles of a model ask of people; undefined when nothing is asked. */
export function askedOf(model: Model): Asked | undefined {
  let asked = known.get(model)
  if (asked === undefined) known.set(model, (asked = findAsked(model) ?? 'nothing'))
  return asked === 'nothing' ? undefined : asked
}

function findAsked(model: Model): Asked | undefined {
  const people = model.entities.get('user')
  const written = [...model.roles.values()].flatMap(({ grants }) => grants.flatMap(({ rule }) => rule ?? []))
  const names = new Set(written.flatMap((rule) => namesIn(rule)).flatMap(withWay))
  if (people === undefined || names.size === 0) return undefined
  const wire = (id: Id) => wireOf(model, model.entityById.get(id)!)
  const paths = [...names].flatMap((name): [string, Path][] => {
    const path = bindExpression({ op: 'path', names: name.split('.'), position: 0 }, { root: wire(people.id), wire })
    return path instanceof Problem || path.op !== 'property' ? [] : [[name, path]]
  })
  const statements = new Map<string, Compiled>()
  return {
    walked: new Set(
      paths.flatMap(([, { through }]) => through.map(({ target }) => model.entityById.get(target)!.name)),
    ),
    statement(schema) {
      let statement = statements.get(schema)
      if (statement === undefined) statements.set(schema, (statement = write(model, schema, people.id, paths)))
      return statement
    },
  }
}

/** The paths that a rule asks by `my`. */
function namesIn(rule: string): string[] {
  if (!rule.includes('my(')) return []
  const syntax = parseCel(rule, 'rule')
  return syntax instanceof Problem ? [] : [...asksIn(syntax)]
}

function* asksIn(syntax: Syntax): Generator<string> {
  if (syntax.op === 'call') {
    const [path] = syntax.args
    if (syntax.name === 'my' && path?.op === 'literal' && typeof path.value === 'string') yield path.value
    for (const arg of syntax.args) yield* asksIn(arg)
  } else if (syntax.op === 'list') for (const item of syntax.items) yield* asksIn(item)
  else if (syntax.op === 'lambda' && syntax.where) yield* asksIn(syntax.where)
}

/** `a.b.c` with `a` and `a.b`. */
function withWay(path: string): string[] {
  const names = path.split('.')
  return names.map((_, i) => names.slice(0, i + 1).join('.'))
}

function write(model: Model, schema: string, people: Id, paths: readonly (readonly [string, Path])[]): Compiled {
  const build = newBuild(model, schema, new Map(), true)
  const frame = newFrame(build, people)
  const scope = scopeOf(build, [frame], 'all')
  const members = paths.flatMap(([name, path]) => [quoted(name), outgoing(path.kind, toSql(path, scope), true)])
  const user = param({ from: 'input', name: 'user' }, 'uuid')
  const from = sql`${tableOf(build, people)} ${frame.alias} where ${frame.alias}.${ident('id')} = ${user}`
  return render(sql`select json_build_object(${join(members, ', ')})::text as "my" from ${from}`)
}
