// Who asks: the caller's own id, teams and units. In SQL they are parameters, so that everyone with the same roles shares
// one statement.
import { param, sql } from '../fragment.ts'
import type { FunctionDefinition } from './function.ts'

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
  sql: () => sql`any(${param({ from: 'actor', take: 'teams' }, 'uuid[]')})`,
  cases: [],
}

const myOwners: FunctionDefinition = {
  name: 'my_owners',
  depends: 'actor',
  doc: 'Whoever asks and their teams: everyone whose records are their own',
  overloads: [{ params: [], gives: 'uuid', list: true }],
  evaluate: (_args, _call, { actor }) => [actor.user, ...actor.teams],
  sql: () => sql`any(${param({ from: 'actor', take: 'owners' }, 'uuid[]')})`,
  cases: [],
}

const myUnits: FunctionDefinition = {
  name: 'my_units',
  depends: 'actor',
  doc: 'The own business unit and all below it',
  overloads: [{ params: [], gives: 'uuid', list: true }],
  evaluate: (_args, _call, { actor }) => [...actor.unitTree],
  sql: () => sql`any(${param({ from: 'actor', take: 'units' }, 'uuid[]')})`,
  cases: [],
}

export const actorFunctions = [me, myUnit, myTeams, myOwners, myUnits]
