// How large one query may be. The numbers are the defaults; a caller that has settings hands its own in. What is asked of
// the database is weighed in query/cost.ts; limits of requests (body, rate, time) are the server's.

/** How large one query may be. */
export interface QueryLimits {
  /** unit: characters of the address and of one query option. */
  readonly length: number
  /** Parts of one expression: operators, functions, names and values. */
  readonly nodes: number
  /** Levels of brackets and functions in one option. */
  readonly depth: number
  /** Levels of `$expand`, and of `$levels`. */
  readonly expandDepth: number
  /** Relationships in one `$expand`. */
  readonly expands: number
  /** Relationships that are followed by all `$expand` of a query together. */
  readonly expandsInAll: number
  /** Parameter aliases (`@p`) of one query. */
  readonly aliases: number
  /** What the database may have to look at for one query (query/cost.ts); 0 asks nothing. */
  readonly cost: number
}

/** The limits where nobody set others. */
export const queryLimits: QueryLimits = {
  length: 8_192,
  nodes: 200,
  depth: 10,
  expandDepth: 5,
  expands: 25,
  expandsInAll: 60,
  aliases: 50,
  cost: 100_000_000,
}

/** unit: levels of objects and lists in a JSON body. */
export const jsonDepth = 32
