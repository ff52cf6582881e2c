// What another type of a column risks: values that cannot become it, values that lose by it, and a rewrite of the table.
import { quoteName } from '../../base/sql.ts'
import type { Cast } from '../../types/type.ts'
import { castOf, columnBefore, type StepContext } from '../context.ts'
import { judgedIn, offendersWhere } from '../offenders.ts'
import type { StepOf } from '../steps.ts'
import { countBefore, nameOf, safe, worst, type Assessment, type Question } from './assessment.ts'

type Retype = StepOf<'retype_column'>

/** Assesses another type for a column. A twin was filled before: its exchange loses nothing. */
export function retype(step: Retype, schema: string, context: StepContext): Assessment {
  const before = step.twin === undefined ? columnBefore(context.now, step.table, step.from.id) : undefined
  if (before === undefined) return safe
  const cast = castOf(step, context.before, context.after)
  const asked = (condition: string) => ({
    text: countBefore(step.table, schema, context, condition),
    offenders: offendersWhere(step.table, schema, context, [before.name], condition),
  })
  const label = nameOf(step.table, step.to, context)
  const name = quoteName(before.name)
  if (cast === undefined) return strange(step, label, asked(`${name} is not null`))
  const cost = costOf(step, label, cast)
  if (cast.fails === undefined) return cost.rewrite ? cost : { ...cost, perRow: 0 }
  const judged = judgedIn(step.table, schema, context, before.name)
  return failing(step, label, cost, { ...asked(cast.fails(name)), judged })
}

/** Rows that are counted; no count where the table is new. */
interface Asked {
  readonly text: string | undefined
  readonly offenders: Question['offenders']
  readonly judged?: Question['judged']
}

/** Types that know nothing of each other: any value stands in the way. */
function strange({ from, to }: Retype, label: string, { text, offenders }: Asked): Assessment {
  const cost: Assessment = { ...safe, rewrite: true, perRow: 5 }
  if (text === undefined) return cost
  const because = `{n} records have a value in "${label}", and ${from.type} cannot become ${to.type}; add a new field instead`
  return { ...cost, ...worst('blocked', { text, zero: 'safe', because, offenders }) }
}

/** What a conversion takes when every value can be converted. */
function costOf({ from, to }: Retype, label: string, { risk }: Cast): Assessment {
  const rewrite = from.sqlType !== to.sqlType && !isWidening(from.sqlType, to.sqlType)
  const lost = `The old values of "${label}" go to the recycle bin; the new ones may have less detail`
  return { ...safe, risk, rewrite, perRow: rewrite ? 6 : 0.5, because: risk === 'lossy' ? lost : undefined }
}

/** Values that cannot be converted stand in the way, unless something was chosen to be put in their place. */
function failing({ to, otherwise }: Retype, label: string, cost: Assessment, { text, ...rows }: Asked): Assessment {
  if (text === undefined) return cost
  const zero = cost.risk
  const because = `{n} values of "${label}" cannot become ${to.type}`
  if (otherwise === undefined) return { ...cost, risk: 'blocked', question: { text, zero, because, ...rows } }
  const becomes = otherwise.value === null ? 'are emptied' : `become ${JSON.stringify(otherwise.value)}`
  const said = `${because} and ${becomes}; the old values go to the recycle bin`
  return { ...cost, ...worst('lossy', { text, zero, because: said, ...rows }), because: cost.because }
}

/** Types PostgreSQL changes without touching a row. */
export function isWidening(from: string, to: string): boolean {
  const [a, b] = [/^numeric\((\d+),(\d+)\)$/.exec(from), /^numeric\((\d+),(\d+)\)$/.exec(to)]
  if (a && b) return a[2] === b[2] && Number(b[1]) >= Number(a[1])
  const [x, y] = [/^varchar\((\d+)\)$/.exec(from), /^varchar\((\d+)\)$/.exec(to)]
  return (
    (x !== null && (to === 'text' || (y !== null && Number(y[1]) >= Number(x[1])))) || (a !== null && to === 'numeric')
  )
}
