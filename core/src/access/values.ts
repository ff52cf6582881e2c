// The values of a compiled statement for one request: literals are read, who asks and when is filled in. All that happens per
// request when a shape is known.
import { plainReckoning, type Reckoning } from '../base/calendar.ts'
import { Problem } from '../base/problem.ts'
import { ownersOf, peopleOf, receiversOf, teamsOf, unitsOf } from '../expression/asker.ts'
import { edgeText } from '../expression/functions/period.ts'
import { placed } from '../expression/literal.ts'
import type { RequestLiteral } from '../query/shape.ts'
import type { Parameter } from '../query/tree.ts'
import type { Actor } from './actor.ts'

export interface Sources {
  readonly literals: readonly RequestLiteral[]
  readonly actor: Actor
  /** ISO moment. */
  readonly now: string
  /** How the caller counts days; the Gregorian calendar in UTC when absent. */
  readonly reckoning?: Reckoning
  readonly input?: Readonly<Record<string, unknown>>
}

/** A value of whoever asks. */
export type ActorParameter = Extract<Parameter, { from: 'actor' }>

/** A statement as the database takes it. */
export interface ReadyStatement {
  readonly text: string
  readonly name?: string
  readonly values: readonly unknown[]
}

/** The parameter values, or what is wrong with a literal of the request. */
export function valuesOf(parameters: readonly Parameter[], sources: Sources): unknown[] | Problem {
  const values: unknown[] = []
  for (const parameter of parameters) {
    const value = valueOf(parameter, sources)
    if (value instanceof Problem) return value
    values.push(value)
  }
  return values
}

function valueOf(parameter: Parameter, sources: Sources): unknown {
  const { literals, actor, now, input, reckoning = plainReckoning } = sources
  switch (parameter.from) {
    case 'value':
      return parameter.value
    case 'moment':
      return now
    case 'now':
      return parameter.take === 'now' ? now : now.slice(0, 10)
    case 'reckoning':
      return reckoningValue(parameter.take, reckoning)
    case 'edge': {
      const { edge, as, slot } = parameter
      const count = slot === undefined ? parameter.count : Number(literals[slot]!.text)
      return edgeText(edge, as, count, now, reckoning)
    }
    case 'input':
      return inputValue(parameter, input?.[parameter.name])
    case 'literal': {
      const literal = literals[parameter.slot]!
      const value = parameter.convert(literal.text)
      return value instanceof Problem ? placed(value, literal) : value
    }
    case 'actor':
      return actorValue(parameter, actor)
  }
}

function reckoningValue(
  take: Extract<Parameter, { from: 'reckoning' }>['take'],
  { calendar, timeZone, fiscal }: Reckoning,
): string | number {
  switch (take) {
    case 'calendar':
      return calendar
    case 'zone':
      // PostgreSQL reads the sign of a bare offset the other way round.
      return timeZone.replace(/^[+-]/, (sign) => (sign === '+' ? '-' : '+'))
    case 'fiscal_calendar':
      return fiscal.calendar
    case 'fiscal_month':
      return fiscal.month
  }
}

function inputValue({ json }: Extract<Parameter, { from: 'input' }>, value: unknown): unknown {
  if (value === null || value === undefined) return null
  return json === true ? JSON.stringify(value) : value
}

/** What a statement asks of one actor. */
export function actorValue({ take, of = '' }: ActorParameter, actor: Actor): unknown {
  switch (take) {
    case 'via':
      return actor.via ?? null
    case 'user':
      return actor.user
    case 'unit':
      return actor.unit
    case 'teams':
      return teamsOf(actor)
    case 'units':
      return unitsOf(actor, 'unit_tree')
    case 'owners':
      return ownersOf(actor)
    case 'people':
      return peopleOf(actor)
    case 'receivers':
      return receiversOf(actor)
    case 'range':
      return unitsOf(actor, of)
    case 'my':
      return actor.my?.get(of) ?? null
  }
}
