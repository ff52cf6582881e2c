// Parts of a record's draft: what was typed since, what to take over from one draft into another.
type Values = Readonly<Record<string, unknown>>

/** The values typed after a draft was sent. */
export function newer(now: Values, sent: Values): Values {
  return Object.fromEntries(Object.entries(now).filter(([name, value]) => value !== sent[name]))
}

/** Some values of a record, by the names of another. */
export function pickFrom(record: Values, names: Values): Values {
  return Object.fromEntries(Object.keys(names).map((name) => [name, record[name]]))
}
