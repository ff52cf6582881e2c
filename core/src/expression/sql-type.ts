// How the kinds of values are called in PostgreSQL, for parameters and for values without a column.
import type { ValueKind } from '../base/kind.ts'

/** SQL types of parameters by kind. */
export const castOf: Readonly<Record<ValueKind, string>> = {
  text: 'text',
  integer: 'bigint',
  decimal: 'numeric',
  boolean: 'boolean',
  date: 'date',
  datetime: 'timestamptz',
  uuid: 'uuid',
  json: 'jsonb',
  float: 'double precision',
  time: 'time',
  duration: 'interval',
  texts: 'text[]',
  point: 'jsonb',
  polygon: 'jsonb',
}
