// Whether the comparison is fair: both sides answer a request with the same records. Envelopes, etags and the spelling of
// moments may differ; records and their values may not.
import type { OperationName } from './operations.ts'

/** What an answer holds: its records with their values spelled one way, and how many bytes it had. */
export interface Holding {
  readonly records: readonly string[]
  readonly bytes: number
}

/** Reads an answer of either side. */
export function holdingOf(operation: OperationName, text: string): Holding {
  const whole = JSON.parse(text) as Record<string, unknown>
  const inner = whole['data'] ?? whole['value'] ?? whole
  const list = (Array.isArray(inner) ? inner : [inner]) as unknown[]
  const records = list.map((record) => (operation === 'bulk' ? 'record' : spelled(record)))
  return { records: inOrder(operation) ? records : records.sort(), bytes: Buffer.byteLength(text) }
}

/** Whether both answers mean the same. Writes make new ids and moments, a search has no order of its own. */
export function difference(operation: OperationName, one: Holding, other: Holding): string | undefined {
  if (one.records.length !== other.records.length) return `${one.records.length} and ${other.records.length} records`
  if (operation === 'create' || (operation === 'search' && one.records.length >= 50)) return undefined
  const at = one.records.findIndex((record, i) => record !== other.records[i])
  return at < 0 ? undefined : `${one.records[at]} is not ${other.records[at]}`
}

const inOrder = (operation: OperationName) => operation !== 'search' && operation !== 'aggregate'

function spelled(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spelled).join()}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([name]) => !name.startsWith('@'))
    return members
      .map(([name, each]) => `${name}:${spelled(each)}`)
      .sort()
      .join(';')
  }
  const isMoment = typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)
  return isMoment ? new Date(value).toISOString() : String(value)
}
