// Every column in which something is kept sealed. Rotation goes over this list: a sealed column that is not in it would be
// unreadable once its key is gone, so whoever seals into a new column adds a line here.

export interface SealedColumn {
  /** `tenant` stands for the schema of the tenant. */
  readonly schema: 'platform' | 'tenant'
  readonly table: string
  /** The column that names the row; its text is the `key` of the place. */
  readonly key: string
  readonly column: string
  /** What the values are for: the `use` of the place. */
  readonly use: string
}

/** All sealed columns. */
export const sealedColumns: readonly SealedColumn[] = [
  { schema: 'tenant', table: '_secret', key: 'name', column: 'value', use: 'secret' },
  { schema: 'tenant', table: '_seal_key', key: 'id', column: 'value', use: 'audit' },
  { schema: 'tenant', table: '_erasure', key: 'id', column: 'traces', use: 'erasure' },
  { schema: 'tenant', table: '_webhook', key: 'webhook_id', column: 'secret', use: 'webhook' },
  { schema: 'tenant', table: '_webhook', key: 'webhook_id', column: 'secret_before', use: 'webhook' },
]
