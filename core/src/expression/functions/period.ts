// "This month", "the last three weeks": whether a day or moment lies in a span of the caller's own calendar, counted from now.
// The ends of the span are worked out once per request and are parameters, so that an index serves the question and both
// backends use the same arithmetic.
import { firstMoment, localDay, plainReckoning, startOf, type Reckoning, type Unit } from '../../base/calendar.ts'
import type { Value } from '../../base/kind.ts'
import { once, param, sql, type Sql } from '../fragment.ts'
import type { Expression } from '../tree.ts'
import type { Case, FunctionDefinition, Overload } from './function.ts'
import { fromDays, toDays, toTime } from './value.ts'

/** One end of a span: the first day of the unit that lies `later + per × n` units after this one. */
export interface Edge {
  readonly unit: Unit
  readonly later: number
  readonly per: number
}

const most = 36_500
const [firstDay, lastDay] = [-719_162, 2_932_896]

/** The day of an edge at a moment, for the count a caller gave. unit: days since 1970. */
export function edgeDay({ unit, later, per }: Edge, count: number, now: string, reckoning: Reckoning): number {
  const units = later + per * Math.min(Math.max(Math.trunc(count) || 0, 0), most)
  const day = startOf(unit, localDay(Date.parse(now), reckoning.timeZone), reckoning, units)
  return Math.min(Math.max(day, firstDay), lastDay)
}

/** The same as a date, or as the first moment of that day where the caller lives. */
export function edgeText(
  edge: Edge,
  as: 'date' | 'datetime',
  count: number,
  now: string,
  reckoning: Reckoning,
): string {
  const day = edgeDay(edge, count, now, reckoning)
  return as === 'date' ? fromDays(day)! : new Date(firstMoment(day, reckoning.timeZone)).toISOString()
}

interface Span {
  readonly name: string
  readonly doc: string
  readonly from?: Edge
  readonly to: Edge
  /** Takes how many as its second argument. */
  readonly counted?: boolean
  readonly cases: readonly Case[]
}

function span({ name, doc, from, to, counted, cases }: Span): FunctionDefinition {
  const more = counted ? (['integer'] as const) : []
  const overloads: readonly Overload[] = [
    { params: ['date', ...more], gives: 'boolean' },
    { params: ['datetime', ...more], gives: 'boolean' },
  ]
  const lies = (value: Value, kind: string | undefined, end: (edge: Edge) => number): boolean => {
    const at = kind === 'datetime' ? toTime(value) : toDays(value)
    return (from === undefined || at >= end(from)) && at < end(to)
  }
  return {
    name,
    doc,
    overloads,
    zoned: true,
    depends: 'actor',
    ...(counted ? { written: [1] } : {}),
    evaluate([value, count], { kinds }, { now, reckoning = plainReckoning }) {
      const end = (edge: Edge) => {
        const day = edgeDay(edge, Number(count ?? 0), now, reckoning)
        return kinds[0] === 'datetime' ? firstMoment(day, reckoning.timeZone) : day
      }
      return lies(value!, kinds[0], end)
    },
    sql([value], { kinds, args }) {
      const as = kinds[0] === 'datetime' ? 'datetime' : 'date'
      const end = (edge: Edge) => edgeParam(edge, as, args[1])
      if (from === undefined) return sql`(${value!} < ${end(to)})`
      return once({ v: value! }, ({ v }) => sql`(${v} >= ${end(from)} and ${v} < ${end(to)})`)
    },
    cases,
  }
}

function edgeParam(edge: Edge, as: 'date' | 'datetime', count: Expression | undefined): Sql {
  const cast = as === 'date' ? 'date' : 'timestamptz'
  if (count?.op !== 'literal') return param({ from: 'edge', edge, as, count: 0 }, cast)
  const of = count.slot === undefined ? { count: Number(count.value) } : { count: 0, slot: count.slot }
  return param({ from: 'edge', edge, as, ...of }, cast)
}

/** The facts are told on Thursday, 2026-05-14. */
const facts = (yes: string, no: string, more: readonly Value[] = []): readonly Case[] => [
  { args: [yes, ...more], gives: true },
  { args: [no, ...more], gives: false },
  { args: [null, ...more], gives: null },
]

const edge = (unit: Unit, later: number, per = 0): Edge => ({ unit, later, per })

function whole(unit: Unit, this_: Case['args'], last: string, next: string): FunctionDefinition[] {
  const people = unit.replace('_', ' ')
  const [yes, no] = this_ as [string, string]
  return [
    span({
      name: `last_${unit}`,
      doc: `Whether it lies in the ${people} before this one`,
      from: edge(unit, -1),
      to: edge(unit, 0),
      cases: facts(last, yes),
    }),
    span({
      name: `this_${unit}`,
      doc: `Whether it lies in this ${people}`,
      from: edge(unit, 0),
      to: edge(unit, 1),
      cases: facts(yes, no),
    }),
    span({
      name: `next_${unit}`,
      doc: `Whether it lies in the ${people} after this one`,
      from: edge(unit, 1),
      to: edge(unit, 2),
      cases: facts(next, yes),
    }),
  ]
}

function counted(
  unit: 'day' | 'week' | 'month' | 'quarter' | 'year',
  last: string,
  next: string,
): FunctionDefinition[] {
  const isDay = unit === 'day'
  return [
    span({
      name: `last_n_${unit}s`,
      doc: isDay
        ? 'Whether it lies in the so many days before today, or is today'
        : `Whether it lies in the so many ${unit}s before this one`,
      from: edge(unit, 0, -1),
      to: edge(unit, isDay ? 1 : 0),
      counted: true,
      cases: facts(last, next, [2]),
    }),
    span({
      name: `next_n_${unit}s`,
      doc: `Whether it lies in the so many ${unit}s after ${isDay ? 'today' : 'this one'}`,
      from: edge(unit, 1),
      to: edge(unit, 1, 1),
      counted: true,
      cases: facts(next, last, [2]),
    }),
    span({
      name: `older_than_n_${unit}s`,
      doc: `Whether it lies before the so many ${unit}s that end with this one`,
      to: edge(unit, 0, -1),
      counted: true,
      cases: facts('2020-01-01', last, [2]),
    }),
  ]
}

export const periodFunctions: readonly FunctionDefinition[] = [
  span({
    name: 'is_today',
    doc: 'Whether it is today',
    from: edge('day', 0),
    to: edge('day', 1),
    cases: facts('2026-05-14', '2026-05-15'),
  }),
  span({
    name: 'yesterday',
    doc: 'Whether it is yesterday',
    from: edge('day', -1),
    to: edge('day', 0),
    cases: facts('2026-05-13', '2026-05-14'),
  }),
  span({
    name: 'tomorrow',
    doc: 'Whether it is tomorrow',
    from: edge('day', 1),
    to: edge('day', 2),
    cases: facts('2026-05-15', '2026-05-14'),
  }),
  span({
    name: 'last_7_days',
    doc: 'Whether it lies in the seven days before today, or is today',
    from: edge('day', -7),
    to: edge('day', 1),
    cases: facts('2026-05-07', '2026-05-06'),
  }),
  span({
    name: 'next_7_days',
    doc: 'Whether it lies in the seven days after today',
    from: edge('day', 1),
    to: edge('day', 8),
    cases: facts('2026-05-21', '2026-05-14'),
  }),
  ...whole('week', ['2026-05-11', '2026-05-18'], '2026-05-10', '2026-05-24'),
  ...whole('month', ['2026-05-31', '2026-06-01'], '2026-04-01', '2026-06-30'),
  ...whole('quarter', ['2026-04-01', '2026-07-01'], '2026-03-31', '2026-09-30'),
  ...whole('year', ['2026-12-31', '2027-01-01'], '2025-01-01', '2027-06-01'),
  ...whole('fiscal_year', ['2026-12-31', '2027-01-01'], '2025-01-01', '2027-06-01'),
  ...whole('fiscal_quarter', ['2026-04-01', '2026-07-01'], '2026-03-31', '2026-09-30'),
  ...counted('day', '2026-05-12', '2026-05-16'),
  ...counted('week', '2026-04-27', '2026-05-31'),
  ...counted('month', '2026-03-01', '2026-07-31'),
  ...counted('quarter', '2025-10-01', '2026-12-31'),
  ...counted('year', '2024-01-01', '2028-12-31'),
]
