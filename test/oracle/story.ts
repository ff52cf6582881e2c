// Tells a difference so that a person can follow it: who asked, what their roles say about what was asked, the request as it was sent,
// the records in question, and what each side says.
import { isDeepStrictEqual } from 'node:util'
import { printCel } from './condition.ts'
import type { Case, Difference } from './judge.ts'
import type { Person } from './person.ts'
import { reaches } from './rights.ts'
import type { State } from './state.ts'
import type { Operation } from './operation.ts'
import type { Asker, World } from './world.ts'

interface Story {
  readonly world: World
  readonly engine: string
  readonly asker: Asker
  /** Number of the case in its world. */
  readonly n: number
  readonly one: Case
  readonly difference: Difference
}

/** The story of a difference. */
export function tell({ world, engine, asker, n, one, difference }: Story): string {
  const { state, person } = one
  const [expected, heard] = apart(difference.expected, difference.heard)
  const said = JSON.stringify([one.request, difference.sent, expected, heard])
  const entities = world.drawn.filter((name) => said.includes(name))
  return [
    `DIFFERENCE in world ${world.seed} on ${engine}, case ${n} (SEED=${world.seed} repeats it)`,
    ...difference.sent.map(
      ({ method, path, body, headers }) =>
        `  ${method} ${decodeURIComponent(path)}${body === undefined ? '' : ` ${JSON.stringify(body)}`}${headers === undefined ? '' : ` ${JSON.stringify(headers)}`}`,
    ),
    `  expected ${short(expected)}`,
    `  heard    ${short(heard)}`,
    ...(person === undefined ? [`  asked by ${asker.name}, who is nobody`] : whoIs(person, asker, entities)),
    ...(person === undefined ? [] : recordsIn(state, person, said)),
  ].join('\n')
}

/** Of two lists of rows those alone that differ, where leaving out the others tells no less. */
function apart(expected: unknown, heard: unknown): readonly [unknown, unknown] {
  const [one, other] = [rowsIn(expected), rowsIn(heard)]
  if (one === undefined || other === undefined) return [expected, heard]
  const lacking = (some: readonly unknown[], from: readonly unknown[]) =>
    some.filter((row) => !from.some((each) => isDeepStrictEqual(row, each)))
  const [only, instead] = [lacking(one, other), lacking(other, one)]
  return only.length + instead.length === 0 ? [expected, heard] : [{ only }, { only: instead }]
}

function rowsIn(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  const rows = (value as { rows?: unknown } | null | undefined)?.rows
  return Array.isArray(rows) ? rows : undefined
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 2500 ? `${text.slice(0, 2500)}…` : text
}

function whoIs(person: Person, asker: Asker, entities: readonly string[]): string[] {
  const of = (entity: string) => entity === '*' || entities.includes(entity)
  return [
    `  asked by ${person.name} (${person.kind}), unit ${person.unit}, owners ${[...person.owners].join(' ')}, reports ${[...person.reports].join(' ')}${asker.roles === undefined ? '' : `, by a key for ${asker.roles.join(', ')}`}`,
    ...person.roles.flatMap(({ role, units }) => [
      `    role ${role.name} from units ${[...units].join(' ')}`,
      ...role.grants
        .filter(({ entity }) => of(entity))
        .map(
          ({ rule, ...grant }) =>
            `      ${JSON.stringify(grant)}${rule === undefined ? '' : ` rule ${printCel(rule)}`}`,
        ),
      ...role.fields.filter(({ entity }) => of(entity)).map((field) => `      field ${JSON.stringify(field)}`),
    ]),
  ]
}

const looked: readonly Operation[] = ['read', 'write', 'delete', 'assign', 'append', 'append_to', 'share', 'export']

/** The records that are spoken of, with what the person may do to each. */
function recordsIn(state: State, person: Person, said: string): string[] {
  const all = [...state.records.values()].flatMap((ofEntity) => [...ofEntity.values()])
  // What stands in the address first, then whatever is spoken of.
  return all
    .filter(({ id, entity }) => said.includes(id) && entity !== 'business_unit')
    .sort((a, b) => said.indexOf(a.id) - said.indexOf(b.id))
    .slice(0, 8)
    .map((rec) => {
      const may = looked.filter((operation) => reaches(state, person, operation, rec))
      const shares = state.shares.filter(({ record }) => record === rec.id)
      return `    ${rec.entity} ${rec.id} owner ${rec.owner} unit ${rec.unit} ${JSON.stringify(rec.values)}${shares.length > 0 ? ` shares ${JSON.stringify(shares)}` : ''}\n      may ${may.join(' ')}`
    })
}
