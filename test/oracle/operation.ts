// What may be granted, as the oracle knows it.

/** The operations of docs/concepts.md, written out a second time: what judges the engine takes nothing from it. */
export const operations = [
  'create',
  'read',
  'write',
  'delete',
  'append',
  'append_to',
  'assign',
  'share',
  'import',
  'export',
  'bulk',
  'run',
] as const

export type Operation = (typeof operations)[number]
