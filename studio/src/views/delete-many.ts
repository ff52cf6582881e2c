// Deleting several records: asks once, deletes a few at a time, and says honestly what was not deleted and why.
import type { Entity } from '@peyvand/core/model/model.ts'
import { html } from 'lit'
import { remove } from '../data/records.ts'
import { explain } from '../forms/explain.ts'
import { confirm, toast } from '../kit/dialog.ts'
import { say } from '../texts/text.ts'

const together = 4

/** Deletes records after asking; false when the person thought better of it. */
export async function deleteMany(entity: Entity, ids: readonly string[]): Promise<boolean> {
  const title = say('delete.many', { count: ids.length })
  if (!(await confirm({ title, body: say('delete.text'), yes: say('delete'), danger: true }))) return false
  const failed: unknown[] = []
  let later = 0
  const queue = [...ids]
  const work = async () => {
    for (let id = queue.pop(); id; id = queue.pop())
      await remove(entity, id).then(
        (gone) => void (later += gone ? 0 : 1),
        (reason: unknown) => failed.push(reason),
      )
  }
  await Promise.all(Array.from({ length: together }, work))
  if (failed.length === 0 && later > 0) toast((await import('../forms/delete-record.ts')).goingOn(later))
  else if (failed.length === 0) toast(say('deleted.many', { count: ids.length }))
  else toast(html`${say('delete.some', { count: failed.length })} ${explain(failed[0])}`, undefined, 'bad')
  return true
}
