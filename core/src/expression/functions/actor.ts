// Who asks: the caller's own id, people and units, and what is shared with them. In SQL they are parameters, so that everyone
// with the same roles shares one statement. Names that begin with `~` cannot be written; only rules of access make such calls.
import { ownersOf, peopleOf, unitsOf } from '../asker.ts'
import { param, sql, type Sql } from '../fragment.ts'
import { castOf } from '../sql-type.ts'
import type { Expression } from '../tree.ts'
import type { Parameter } from '../../query/tree.ts'
import type { FunctionDefinition, SqlCall } from './function.ts'

const me: FunctionDefinition = {
  name: 'me',
  depends: 'actor',
  doc: 'The id of whoever asks',
  overloads: [{ params: [], gives: 'uuid' }],
  evaluate: (_args, _call, { actor }) => actor.user,
  sql: () => param({ from: 'actor', take: 'user' }, 'uuid'),
  cases: [],
}

const myUnit: FunctionDefinition = {
  name: 'my_unit',
  depends: 'actor',
  doc: 'The business unit of whoever asks',
  overloads: [{ params: [], gives: 'uuid' }],
  evaluate: (_args, _call, { actor }) => actor.unit,
  sql: () => param({ from: 'actor', take: 'unit' }, 'uuid'),
  cases: [],
}

const myTeams: FunctionDefinition = {
  name: 'my_teams',
  depends: 'actor',
  doc: 'The teams of whoever asks',
  overloads: [{ params: [], gives: 'uuid', list: true }],
  evaluate: (_args, _call, { actor }) => [...actor.teams],
  sql: (_args, call) => anyOf({ from: 'actor', take: 'teams' }, call),
  cases: [],
}

const myOwners: FunctionDefinition = {
  name: 'my_owners',
  depends: 'actor',
  doc: 'Whoever asks, their teams and queues: everyone whose records are their own',
  overloads: [{ params: [], gives: 'uuid', list: true }],
  evaluate: (_args, _call, { actor }) => [...ownersOf(actor)],
  sql: (_args, call) => anyOf({ from: 'actor', take: 'owners' }, call),
  cases: [],
}

const myUnits: FunctionDefinition = {
  name: 'my_units',
  depends: 'actor',
  doc: 'The own business unit and all below it',
  overloads: [{ params: [], gives: 'uuid', list: true }],
  evaluate: (_args, _call, { actor }) => [...actor.unitTree],
  sql: (_args, call) => anyOf({ from: 'actor', take: 'units' }, call),
  cases: [],
}

const myPeople: FunctionDefinition = {
  name: 'my_people',
  depends: 'actor',
  doc: 'Whoever asks, their teams and queues, and everybody below them in the tree of managers',
  overloads: [{ params: [], gives: 'uuid', list: true }],
  evaluate: (_args, _call, { actor }) => [...peopleOf(actor)],
  sql: (_args, call) => anyOf({ from: 'actor', take: 'people' }, call),
  cases: [],
}

/** Of what kind it is follows from the path: bind-my.ts says so, and that only rules of roles may ask it. */
const my: FunctionDefinition = {
  name: 'my',
  depends: 'actor',
  handlesNull: true,
  doc: "A value of the asker's own user record, by the path to it: my('contact.account'). In rules of roles",
  overloads: [{ params: ['text'], gives: 'uuid' }],
  evaluate: ([path], _call, { actor }) => actor.my?.get(path as string) ?? null,
  sql: (_args, { args, gives }) => param({ from: 'actor', take: 'my', of: written(args[0]) }, castOf[gives]),
  cases: [],
}

const unitsOfRoles: FunctionDefinition = {
  name: '~units',
  depends: 'actor',
  doc: 'The units that depths of the roles of whoever asks count from',
  overloads: [{ params: ['text'], gives: 'uuid', list: true }],
  evaluate: ([words], _call, { actor }) => [...unitsOf(actor, words as string)],
  sql: (_args, call) => anyOf({ from: 'actor', take: 'range', of: written(call.args[0]) }, call),
  cases: [],
}

/** Asked of a record: a look into the index of `_share`. */
const shared: FunctionDefinition = {
  name: '~shared',
  depends: 'actor',
  reaches: true,
  handlesNull: true,
  doc: 'Whether a record is shared with whoever asks, for an operation',
  overloads: [{ params: ['uuid', 'text', 'uuid'], gives: 'boolean' }],
  evaluate: () => false,
  sql: ([id, right, entity], { table }) =>
    sql`(exists (select 1 from ${table('_share')} "s" where "s"."record_id" = ${id!} and ${given(entity!, right!)}))`,
  cases: [],
}

/** The records that are shared, as a list of their ids: an index on the id finds them. Slow as a question about many rows. */
const shares: FunctionDefinition = {
  ...shared,
  name: '~shares',
  doc: 'Whether a record is one of those that are shared with whoever asks, for an operation',
  sql: ([id, right, entity], { table }) =>
    sql`${id!} = any(array(select "s"."record_id" from ${table('_share')} "s" where ${given(entity!, right!)}))`,
}

/** Shares with whoever asks that are in force. */
function given(entity: Sql, right: Sql): Sql {
  return sql`"s"."principal_id" = any(${receivers}) and "s"."entity_id" = ${entity} and ${right} = any("s"."rights") and ("s"."expires_at" is null or "s"."expires_at" > ${moment})`
}

const receivers = param({ from: 'actor', take: 'receivers' }, 'uuid[]')
const moment = param({ from: 'moment' }, 'timestamptz')

/** A list of ids behind `=`, or bare for `in` to seek in. */
function anyOf(list: Parameter, { halving }: SqlCall): Sql {
  const ids = param(list, 'uuid[]')
  return halving === true ? ids : sql`any(${ids})`
}

function written(expression: Expression | undefined): string {
  return expression?.op === 'literal' && typeof expression.value === 'string' ? expression.value : ''
}

export const actorFunctions = [me, myUnit, myTeams, myOwners, myUnits, myPeople, my, unitsOfRoles, shared, shares]
