// Parts of a JSON document with other values in them, as copies that share what did not change. A value that is undefined
// takes the part away that cannot be without it.

/** The part with these names in it; undefined when one of them takes it away. Without a difference it is the same object. */
export function withNames<P extends object>(part: P, names: Partial<{ [K in keyof P]: unknown }>): P | undefined {
  let made: P | undefined
  for (const key of Object.keys(names) as (keyof P)[]) {
    if (names[key] === undefined) return undefined
    if (names[key] !== part[key]) made = { ...(made ?? part), [key]: names[key] }
  }
  return made ?? part
}

/** Each item of a list; those that are taken away are left out. Without a difference it is the same list. */
export function eachOf<P, L extends readonly P[] | undefined>(
  list: L & (readonly P[] | undefined),
  change: (item: P, index: number) => P | undefined,
): L {
  if (list === undefined) return list
  const made = list.map(change)
  return (made.every((item, i) => item === list[i]) ? list : made.filter((item) => item !== undefined)) as L
}
