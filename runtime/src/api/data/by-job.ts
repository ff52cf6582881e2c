// `Prefer: respond-async`: a delete or an assignment that reaches more records than one transaction takes is put in as a job, and
// the answer is 202 with the job's address. What is small enough is done at once, whatever is preferred.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { enqueueCascade } from '../../jobs/cascade.ts'
import { jobFor } from '../../records/cascade/dependents.ts'
import type { Target } from '../../records/cascade/reach.ts'
import { readInput } from '../../records/input.ts'
import { idAt, readRecords } from '../../records/read.ts'
import type { Address } from '../../records/write.ts'
import { meets, readCondition } from './headers.ts'
import type { Write } from './written.ts'

/** Has a job delete the record, when that is why the delete was refused. throws: what was thrown otherwise. */
export async function deleteByJob(write: Write, address: Address, thrown: unknown): Promise<Response> {
  if (write.prefer.respondAsync !== true || jobFor(thrown) !== 'delete') throw thrown
  const target = await targetOf(write, address)
  return accepted(write, await enqueueCascade(write.context.database, write.context, 'delete', target))
}

/** Has a job assign the record, when that is why the change was refused. throws: what was thrown otherwise. */
export async function assignByJob(write: Write, address: Address, body: JsonValue, thrown: unknown): Promise<Response> {
  if (write.prefer.respondAsync !== true || jobFor(thrown) !== 'assign') throw thrown
  const target = await targetOf(write, address)
  const { values } = must(readInput(write.context, target.entity, body, 'update', target.id))
  const { owner_id = null, owner_type = null, ...others } = values
  const [other] = Object.keys(others)
  if (other !== undefined)
    throw new Problem('limit.size', {
      detail: 'A job changes nothing but the owner',
      target: other,
      hint: `Change "${other}" and the rest in a request of its own`,
    })
  const more = { owner: { owner_id, owner_type } as JsonObject }
  return accepted(write, await enqueueCascade(write.context.database, write.context, 'assign', target, more))
}

/** The record, as the caller has seen it. throws: Problem when it has changed. */
async function targetOf({ platform, context, header, place: { entity } }: Write, address: Address): Promise<Target> {
  const id = address.id ?? (await idAt(platform, context, address.path))
  const given = must(readCondition('If-Match', header('if-match')))
  if (given !== undefined) {
    const { row } = await readRecords(platform, context, { path: `${entity.entitySet}(${id})`, query: '$select=id' })
    if (!row?.etag || !meets(given, row.etag))
      throw new Problem('conflict.stale', { detail: 'The record has another version now', target: 'If-Match' })
  }
  return { entity, id }
}

function accepted({ base, version }: Write, job: string): Response {
  const address = `${base.replace(/\/api\/data\/v1$/, '')}/api/jobs/${job}`
  return Response.json(
    { job, status: address },
    {
      status: 202,
      headers: {
        'odata-version': version,
        location: address,
        'retry-after': '1',
        'preference-applied': 'respond-async',
      },
    },
  )
}
