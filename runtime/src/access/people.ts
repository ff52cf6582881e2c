// Who has access to a record: the active people, page by page, each with what they may do to it and how they come to it. All
// people of a page whose rights are written in the same words are asked about by one statement.
import type { Named } from '@peyvand/core/answer/access.ts'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { Crowd, crowdRelation } from '@peyvand/core/access/crowd.ts'
import { accessKey } from '@peyvand/core/access/grant.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { valuesOf } from '@peyvand/core/access/values.ts'
import { ident, join, param, render, sql } from '@peyvand/core/expression/fragment.ts'
import { toSql } from '@peyvand/core/expression/sql.ts'
import type { Entity, Id, Operation } from '@peyvand/core/model/model.ts'
import { newBuild, newFrame, scopeOf, tableOf, column } from '@peyvand/core/query/frame.ts'
import { loadCaller } from '../auth/actor.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { withNames } from './names.ts'

/** What is told of each. */
export const toldRights = ['read', 'write', 'delete', 'assign', 'share'] as const satisfies readonly Operation[]
export type ToldRight = (typeof toldRights)[number]

export interface Person {
  readonly user: Named
  readonly rights: readonly ToldRight[]
  /** Roles that open the entity to them. */
  readonly roles: readonly string[]
}

export interface People {
  readonly value: readonly Person[]
  /** Where to go on; absent when everybody was looked at. */
  readonly next?: Id
}

/** People looked at for one page. */
const looked = 200

/** The people among the next ones, by id, who may do something to a record. */
export async function peopleOn(
  platform: Platform,
  context: Context,
  { entity, id, after }: { readonly entity: Entity; readonly id: Id; readonly after?: Id },
): Promise<People> {
  const { database, schema } = context
  const { rows } = await database.query<{ id: Id }>({
    text: `select u.id from "${schema}"."user" u where u.state = 'active' and ($1::uuid is null or u.id > $1::uuid)
      order by u.id limit ${looked}`,
    values: [after ?? null],
  })
  const actors = await loadActors(
    context,
    rows.map((row) => row.id),
  )
  const rights = await rightsOfAll(context, actors, entity, id)
  const found = actors.flatMap((actor, n) => (rights[n]!.length === 0 ? [] : [{ actor, rights: rights[n]! }]))
  const value = await withNames(platform, context, (name) =>
    found.map(({ actor, rights: held }) => ({
      user: name('user', actor.user),
      rights: held,
      roles: actor.roles.filter((role) =>
        context.model.roles.get(role)?.grants.some((grant) => grant.entity === '*' || grant.entity === entity.name),
      ),
    })),
  )
  return { value, ...(rows.length < looked ? {} : { next: rows.at(-1)!.id }) }
}

/** The actors behind users; those who are not active are left out. */
export async function loadActors({ database, schema, model }: Context, users: readonly Id[]): Promise<Actor[]> {
  const actors: Actor[] = []
  for (const user of users) {
    const caller = await loadCaller(database, { schema, model }, { user })
    if (caller !== undefined) actors.push(caller.actor)
  }
  return actors
}

async function rightsOfAll(
  context: Context,
  actors: readonly Actor[],
  entity: Entity,
  id: Id,
): Promise<readonly (readonly ToldRight[])[]> {
  const held: ToldRight[][] = actors.map(() => [])
  const places = new Map(actors.map((actor, n) => [actor, n]))
  for (const some of Map.groupBy(actors, accessKey).values()) {
    const rows = await askAlike(context, some, entity, id)
    for (const row of rows) held[places.get(some[row.n]!)!] = toldRights.filter((right) => row.read && row[right])
  }
  return held
}

type Row = { readonly n: number } & Readonly<Record<ToldRight, boolean>>

async function askAlike(
  { model, schema, database }: Context,
  actors: readonly Actor[],
  entity: Entity,
  id: Id,
): Promise<readonly Row[]> {
  const [first] = actors
  const crowd = new Crowd()
  const build = newBuild(model, schema, new Map())
  const frame = newFrame(build, entity.id)
  const columns = toldRights.map((right) => {
    const rule = ruleOf(model, first!, entity, right)
    const holds =
      rule === null
        ? sql`true`
        : rule === undefined
          ? sql`false`
          : sql`(${crowd.over(toSql(rule, scopeOf(build, [frame], 'all'), true))}) is true`
    return sql`${holds} as ${ident(right)}`
  })
  const of = sql`${column(frame, 'id')} = ${param({ from: 'input', name: 'id' }, 'uuid')}`
  const from = sql`${tableOf(build, entity.id)} ${frame.alias} cross join ${crowdRelation(crowd)}`
  const { text, parameters } = render(sql`select "who"."n", ${join(columns, ', ')} from ${from} where ${of}`)
  const input = { id, who: JSON.stringify(actors.map((actor, n) => ({ n, ...crowd.cells(actor) }))) }
  const values = valuesOf(parameters, { literals: [], actor: first!, now: new Date().toISOString(), input })
  return (await database.query<Row>({ text, values: values as unknown[] })).rows
}
