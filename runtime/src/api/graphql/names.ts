// What types are called: an entity's name in PascalCase, with what it is behind it (`AccountFilter`). Different entities never
// get one name, and none takes a name of GraphQL's own or of ours.

/** Gives each name once; a second one gets a sign behind it. */
export class Names {
  readonly #taken: Set<string>

  constructor(reserved: Iterable<string>) {
    this.#taken = new Set(reserved)
  }

  /** The name itself, or the nearest that is free. */
  take(name: string): string {
    let free = name
    while (this.#taken.has(free)) free += '_'
    this.#taken.add(free)
    return free
  }
}

/** `business_unit` → `BusinessUnit`. A sign before a digit or another sign stays, so that no two names become one. */
export function pascal(name: string): string {
  return name.replace(/(^|_)([a-z])/g, (_all, _sign, letter: string) => letter.toUpperCase())
}

/** `geo.intersects` → `geo_intersects` */
export function plain(name: string): string {
  return name.replaceAll('.', '_')
}
