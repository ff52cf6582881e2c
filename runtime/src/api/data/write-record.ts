// Writing records: what is created, changed and deleted, with the preconditions of the request. What reaches more records than
// one transaction takes is handed to a job when the caller prefers so.
import type { Written } from '@peyvand/core/access/write.ts'
import type { JsonValue } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { createDeep, expandOf } from '../../records/deep.ts'
import { changeDeep, relatedNames } from '../../records/deep-update.ts'
import { linkRecords } from '../../records/link.ts'
import { idAt, readRecords } from '../../records/read.ts'
import { together } from '../../records/together.ts'
import { createRecord, deleteRecord, withKey, type Address } from '../../records/write.ts'
import { asObject, readBody } from './body.ts'
import { assignByJob, deleteByJob } from './by-job.ts'
import { meets, readCondition, type Condition } from './headers.ts'
import { linkTo } from './write-link.ts'
import { addressOf, answerWritten, nothingMore, optionsOf, type Write } from './written.ts'

/** Answers a POST to a collection. */
export async function answerCreate(write: Write): Promise<Response> {
  const { platform, context, request, header, place } = write
  const body = must(await readBody(request, header('content-type') ?? null))
  if (place.via?.navigation.hop !== undefined) return answerCreateLinked(write, body)
  const whole = place.via === undefined ? body : { ...asObject(body), ...(await linkTo(write, place)) }
  return answerCreated(write, whole, await createDeep(platform, context, place.entity, whole, optionsOf(write)))
}

/** Answers a new record with the related ones that came with it. */
async function answerCreated(write: Write, whole: JsonValue, written: Written): Promise<Response> {
  const { context, place } = write
  const related = write.wish.expands ? '' : expandOf(context, place.entity, whole)
  if (related === '') return answerWritten(write, written)
  const query = [write.query, `$expand=${encodeURIComponent(related)}`].filter((part) => part !== '').join('&')
  return answerWritten({ ...write, query, wish: { ...write.wish, expands: true } }, written)
}

/** A new record in a collection of many with many: it is made and linked, both or neither. */
async function answerCreateLinked(write: Write, body: JsonValue): Promise<Response> {
  const { navigation, parent } = write.place.via!
  const written = await together(write.platform, write.context, async (platform, context) => {
    const near = await idAt(platform, context, parent)
    const made = await createDeep(platform, context, write.place.entity, body, optionsOf(write))
    await linkRecords(platform, context, { navigation, near, far: made.id })
    return made
  })
  return answerCreated(write, body, written)
}

/** Answers a PATCH or PUT of a record. */
export async function answerChange(write: Write): Promise<Response> {
  const { platform, context, request, method, place, header } = write
  const { entity } = place
  const body = must(await readBody(request, header('content-type') ?? null))
  const address = await addressOf(write)
  const ifNoneMatch = must(readCondition('If-None-Match', header('if-none-match')))
  if (ifNoneMatch?.any === true) return answerWritten(write, await createOnly(write, address, body))
  const options = {
    ...optionsOf(write),
    purpose: method === 'PUT' ? 'replace' : 'update',
    creates: must(readCondition('If-Match', header('if-match'))) === undefined && place.via === undefined,
  } as const
  try {
    const written = await unless(write, address, ifNoneMatch, (ifMatch) =>
      changeDeep(platform, context, entity, address, body, ifMatch === undefined ? options : { ...options, ifMatch }),
    )
    return await answerRelated(write, relatedNames(context, entity, body), written)
  } catch (thrown) {
    return assignByJob(write, address, body, thrown)
  }
}

/** The record with the related ones that were written along. */
async function answerRelated(write: Write, related: string, written: Written): Promise<Response> {
  if (related === '' || write.wish.expands) return answerWritten(write, written)
  const query = [write.query, `$expand=${encodeURIComponent(related)}`].filter((part) => part !== '').join('&')
  return answerWritten({ ...write, query, wish: { ...write.wish, expands: true } }, written)
}

const mostTries = 4

/**
 * Writes unless the record has one of the versions of `If-None-Match`: what is read here is what has to be written, so that
 * nobody comes in between. throws: Problem.
 */
async function unless<T>(
  { platform, context, header, place: { entity } }: Write,
  address: Address,
  versions: Condition | undefined,
  work: (ifMatch: string | undefined) => Promise<T>,
): Promise<T> {
  if (versions === undefined) return work(undefined)
  const path = address.key === undefined ? `${entity.entitySet}(${address.id})` : address.path
  for (let tries = 1; ; tries++) {
    const { row } = await readRecords(platform, context, { path, query: '$select=id' })
    if (row?.etag && meets(versions, row.etag))
      throw new Problem('conflict.stale', {
        detail: versions.any ? 'The record is there' : 'The record still has this version',
        target: 'If-None-Match',
      })
    const given = must(readCondition('If-Match', header('if-match')))
    try {
      return await work(given === undefined ? row?.etag : header('if-match'))
    } catch (thrown) {
      const raced = thrown instanceof Problem && thrown.code === 'conflict.stale' && given === undefined
      if (!raced || tries >= mostTries) throw thrown
    }
  }
}

/** `If-None-Match: *`: a record that is there already is left alone. */
async function createOnly(write: Write, address: Address, body: JsonValue): Promise<Written> {
  const {
    platform,
    context,
    place: { entity },
  } = write
  try {
    return await createRecord(platform, context, entity.name, withKey(body, address), {
      ...optionsOf(write),
      id: address.id,
    })
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== 'conflict.duplicate') throw thrown
    throw new Problem('conflict.stale', { detail: 'The record is there already', target: 'If-None-Match' })
  }
}

/** Answers a DELETE of a record. */
export async function answerDelete(write: Write): Promise<Response> {
  const {
    platform,
    context,
    place: { entity },
  } = write
  const options = optionsOf(write)
  const address = await addressOf(write)
  const ifNoneMatch = must(readCondition('If-None-Match', write.header('if-none-match')))
  try {
    await unless(write, address, ifNoneMatch, (ifMatch = options.ifMatch) =>
      deleteRecord(platform, context, entity.name, address, { ifMatch }),
    )
  } catch (thrown) {
    return deleteByJob(write, address, thrown)
  }
  return nothingMore(write)
}
