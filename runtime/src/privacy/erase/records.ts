// The records of a person and the records about them: emptied or deleted through the common road of writes. They lose their past,
// and all that is kept beside them under their ids, in the transaction that changes them.
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import { deleteWithDependents } from '../../records/cascade/delete.ts'
import { single } from '../../records/write-one.ts'
import { isThere } from '../find.ts'
import { seedOf } from '../order.ts'
import { pagesOf } from '../pages.ts'
import { clearedRecord, leadingTo, linkedBy } from '../person.ts'
import { emptyBinned } from './bin.ts'
import type { Erasing, Part } from './erasing.ts'
import { markFiles } from './files.ts'
import { eraseOwnHistory } from './history.ts'
import { forgetImport, scrubJournals } from './imports.ts'
import { dropAnswers, dropMerges } from './tables.ts'

/** unit: records of one transaction */
const batch = 50

/** Records that lead to the person, and say that they are about them. */
export async function eraseRecordsAbout(erasing: Erasing): Promise<void> {
  for (const leading of leadingTo(erasing.context.model, erasing.persons)) {
    const { entity, subject } = leading
    if (subject === undefined) continue
    for await (const ids of pagesOf<Id>((after) => linkedBy(erasing.context, leading, batch, after ?? null)))
      await erasePart(erasing, { entity, ids }, subject)
  }
}

/** Records that are the person. */
export async function eraseOwn(erasing: Erasing): Promise<void> {
  for (const [entity, group] of Map.groupBy(erasing.persons, (person) => person.entity)) {
    const ids = group.map(({ id }) => id)
    for (let i = 0; i < ids.length; i += batch)
      await erasePart(erasing, { entity, ids: ids.slice(i, i + batch) }, 'keep')
  }
}

async function erasePart(erasing: Erasing, part: Part, subject: 'keep' | 'delete'): Promise<void> {
  const { entity, ids } = part
  await erasing.inOne(async (platform, context) => {
    for (const id of ids) {
      if (!(await isThere(context, { entity, id }))) continue
      if (subject === 'delete') await deleteWithDependents(platform, context, { entity, id }, {})
      else await single().change(platform, context, entity, id, clearedValues(entity, seedOf(erasing.erasure.id, id)))
    }
    await eraseBeside(erasing, context, part, subject)
  })
  erasing.count(subject === 'delete' ? 'deleted' : 'anonymised', ids.length)
}

/** What is kept of records elsewhere: in the log, in files, in the recycle bin, in answers, merges and imports. */
async function eraseBeside(
  { log, by, platform }: Erasing,
  { database: session, schema }: Context,
  part: Part,
  subject: 'keep' | 'delete',
): Promise<void> {
  const { entity, ids } = part
  const pattern = ids.join('|')
  await eraseOwnHistory(session, log, { ...part, ...by })
  await markFiles(session, schema, part, subject)
  await emptyBinned(session, schema, entity.name, ids)
  await dropAnswers(session, schema, pattern)
  await dropMerges(session, schema, ids, pattern)
  for (const id of await scrubJournals(session, schema, ids)) await forgetImport(platform, session, id, pattern)
}

/** A record without what is personal in it; a user is none any more who can sign in. */
function clearedValues(entity: Entity, seed: string): Record<string, never> {
  const { values } = clearedRecord(entity, seed)
  const leaves = entity.name === 'user' && entity.fields.some(({ name }) => name === 'state')
  return { ...values, ...(leaves ? { state: 'inactive' } : {}) } as Record<string, never>
}
