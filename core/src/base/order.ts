// Topological order. Decides which of many things comes first when some need others; ties keep the given order.

export interface Ordered<T> {
  readonly order: readonly T[]
  /** Things that need each other in a circle; empty when there is none. */
  readonly cycle: readonly T[]
}

/** The items with everything an item needs before it; `needs` names keys, unknown keys are ignored. */
export function sortByNeed<T>(
  items: readonly T[],
  key: (item: T) => string,
  needs: (item: T) => Iterable<string>,
): Ordered<T> {
  const byKey = new Map(items.map((item) => [key(item), item]))
  const state = new Map<string, 'open' | 'done'>()
  const order: T[] = []
  let cycle: T[] = []
  const visit = (item: T, trail: readonly T[]): void => {
    const name = key(item)
    if (state.get(name) === 'done') return
    if (state.get(name) === 'open') {
      if (cycle.length === 0) cycle = trail.slice(trail.findIndex((t) => key(t) === name))
      return
    }
    state.set(name, 'open')
    for (const need of needs(item)) {
      const other = byKey.get(need)
      if (other !== undefined && need !== name) visit(other, [...trail, item])
    }
    state.set(name, 'done')
    order.push(item)
  }
  for (const item of items) visit(item, [])
  return { order, cycle }
}
