// A file that was sent and waits: kept whole, with what can be said of it before anybody says how to read it. Imports that were
// staged and never begun go after a week.
import { createHash, randomUUID } from 'node:crypto'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Content } from '../../files/storage.ts'
import type { Platform } from '../../platform.ts'
import { fitting } from './assign.ts'
import { factsOf, sightOf, type FileFacts } from './index.ts'
import { beginImport, type ImportRecord } from './journal.ts'
import type { Mapping } from './mapping.ts'
import { openTable, type Row } from './rows.ts'
import { checkMayImport } from './store.ts'

/** A file as it is shown before it is imported. */
export interface Preview extends FileFacts {
  /** The first rows. */
  readonly sample: readonly Row[]
}

/** unit: rows of the preview */
const shown = 20
const daysKept = 7

/** Keeps a file that was received, and looks into it. throws: Problem when it cannot be read at all. */
export async function stageImport(
  platform: Platform,
  context: Context,
  content: Content,
  { entity, mapping, file }: { readonly entity: Entity; readonly mapping: Mapping; readonly file: string | null },
): Promise<ImportRecord> {
  checkMayImport(context, entity)
  await forgetOld(platform)
  const id = randomUUID()
  const key = keyOf(id)
  await platform.files.put(key, content)
  try {
    const facts = (await previewOf(platform, context, key, { entity, mapping })) as unknown as JsonObject
    return await beginImport(platform.database, context, {
      id,
      entityId: entity.id,
      file,
      mapping,
      state: 'staged',
      content: key,
      facts,
    })
  } catch (error) {
    await platform.files.delete(key)
    throw error
  }
}

/** What a stored file is like, read with a mapping. A mapping that does not fit yet is no failure here. throws: Problem. */
export async function previewOf(
  platform: Platform,
  context: Context,
  key: string,
  order: { readonly entity: Entity; readonly mapping: Mapping },
): Promise<Preview> {
  const bytes = await platform.files.get(key)
  if (bytes === undefined)
    throw new Problem('missing.record', { detail: 'The file of the import is not there any more' })
  const table = await openTable(bytes, order.mapping)
  await table.close()
  const fits = fitting(sightOf(context), order.entity, order.mapping, table)
  return { ...factsOf(table, fits), sample: table.sample.slice(0, shown) }
}

/** The key of an import's file. */
function keyOf(id: string): string {
  const hash = createHash('sha256').update(id).digest('hex')
  return `import/${hash.slice(0, 2)}/${hash}`
}

async function forgetOld({ database, schema, files }: Platform): Promise<void> {
  const { rows } = await database.query<{ content: string | null }>({
    text: `delete from "${schema}"._import where id in (select i.id from "${schema}"._import i
      where i.state in ('staged', 'checked') and i.at < now() - make_interval(days => $1::int) limit 100) returning content`,
    values: [daysKept],
  })
  for (const { content } of rows) if (content !== null) await files.delete(content)
}
