// Frozen data. Decides that what a model holds can be shared by every request because nobody can change it.

/** Freezes a value made of plain objects and lists, all the way down. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) freezeDeep(part)
  return Object.freeze(value)
}
