// What can be done with a whole record beside saving it: make it active or inactive, split it off again, delete it, leave it.
// Each asks first where it must, says what came of it, and gives true when it was done.
import type { Entity } from '@peyvand/core/model/model.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html } from 'lit'
import { update, type Row } from '../data/records.ts'
import { confirm, toast } from '../kit/dialog.ts'
import { say } from '../texts/text.ts'
import { explain } from './explain.ts'

/** Makes an active record inactive, or the other way round. throws: Problem */
export async function toggleState(entity: Entity, record: Row): Promise<void> {
  const active = record['state'] !== 'inactive'
  await update(entity, record.id, { state: active ? 'inactive' : 'active' }, record['@odata.etag'])
  toast(say(active ? 'deactivated' : 'activated'))
}

/** Takes a record out of the one it was merged into. */
export async function splitOff(entity: Entity, record: Row): Promise<boolean> {
  const { splitHere } = await import('./split.ts')
  return splitHere(entity, record)
}

/** Deletes a record. */
export async function deleteOne(entity: Entity, record: Row): Promise<boolean> {
  const name = textIn(record, entity.primaryField) ?? ''
  const { deleteRecord } = await import('./delete-record.ts')
  try {
    if (!(await deleteRecord(entity, record.id, name))) return false
    toast(say('deleted', { name }))
    return true
  } catch (error) {
    toast(html`${explain(error)}`, undefined, 'bad')
    return false
  }
}

/** Asks what to do with unsaved changes; true when they may be lost. */
export function mayLose(): Promise<boolean> {
  return confirm({
    title: say('leave.title'),
    body: say('leave.text'),
    yes: say('leave.yes'),
    no: say('leave.no'),
    danger: true,
  })
}
