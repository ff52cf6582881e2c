// Statements about indexes: made and dropped, over a twin while a job converts a field, and over the trigrams of texts, which
// the database may lack. Which indexes a table has is plan/indexes.ts's.
import { skeletonAround } from '../../base/fold-sql.ts'
import { quoteName, quoteText } from '../../base/sql.ts'
import { qualified } from '../context.ts'
import type { TableIndex } from '../steps.ts'
import type { IndexPlace } from './place.ts'

/** Renames an index, that of a primary key too. */
export function renameIndex(schema: string, from: string, to: string): string {
  return `alter index ${qualified(schema, from)} rename to ${quoteName(to)}`
}

/** The index over a twin while there is one over the column too. */
export function twinIndex(index: TableIndex): TableIndex {
  return { ...index, name: `${index.name}_twin` }
}

/** `concurrently` must stand outside of a transaction. */
export function addIndex({ schema, on }: IndexPlace, index: TableIndex, concurrently = false): string {
  if (index.trigrams) return addTrigrams({ schema, on }, index)
  return `create ${index.unique ? 'unique ' : ''}index ${concurrently ? 'concurrently ' : ''}${quoteName(index.name)} on ${on} ${index.method === undefined ? '' : `using ${index.method} `}(${index.columns.map(quoteName).join(', ')})`
}

/** Drops an index; a job may not have made it yet. */
export function dropIndex(schema: string, index: TableIndex): string {
  return `drop index if exists ${qualified(schema, index.name)}`
}

/**
 * Trigrams are an extension that the database may lack; a search is then a scan. What waits to be put into the index is read
 * by every search, so it is kept short.
 */
function addTrigrams({ schema, on }: IndexPlace, index: TableIndex): string {
  const [before, after] = trigramsOn(on, index, false)
  return `do $peyvand$ declare place text; begin
    select pg_catalog.quote_ident(n.nspname) into place from pg_catalog.pg_opclass c
      join pg_catalog.pg_namespace n on n.oid = c.opcnamespace where c.opcname = 'gin_trgm_ops';
    if place is not null then
      execute ${quoteText(before)} || place || ${quoteText(after)};
      execute ${quoteText(trigramStatistics(qualified(schema, index.name)))};
    end if;
  end $peyvand$`
}

/** The statement before and after the schema in which the database has its trigrams. */
export function trigramsOn(
  on: string,
  { name, columns: [column] }: TableIndex,
  concurrently: boolean,
): [before: string, after: string] {
  const create = `create index ${concurrently ? 'concurrently ' : ''}if not exists ${quoteName(name)} on ${on}`
  return [
    `${create} using gin ((${skeletonAround.join(quoteName(column!))}) `,
    '.gin_trgm_ops) with (gin_pending_list_limit = 512)',
  ]
}

/**
 * How well the planner knows the searched texts. With the usual 100 values it takes a rare fragment for a hundredth of all
 * records, and then reads an owner's whole index beside the trigrams.
 */
export function trigramStatistics(index: string): string {
  return `alter index ${index} alter column 1 set statistics 400`
}
