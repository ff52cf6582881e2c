// Answers to POST, PATCH, PUT and DELETE: which write an address and a method mean, and which methods an address takes. How
// records are written is write-record.ts, properties and links write-link.ts.
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { ResultKind } from '@peyvand/core/query/tree.ts'
import type { DataRequest } from '../data.ts'
import { placeOf } from './address.ts'
import { answerBulk } from './bulk.ts'
import { only, readMethods } from './method.ts'
import { answerOnce } from './once.ts'
import { readPrefer } from './prefer.ts'
import { answerLink, answerProperty } from './write-link.ts'
import { answerChange, answerCreate, answerDelete } from './write-record.ts'
import { wishOf, type Write } from './written.ts'

const allowed: Readonly<Record<ResultKind, readonly string[]>> = {
  collection: [...readMethods, 'POST'],
  record: [...readMethods, 'PATCH', 'PUT', 'DELETE'],
  property: [...readMethods, 'PUT', 'PATCH', 'DELETE'],
  value: [...readMethods, 'PUT', 'DELETE'],
  count: readMethods,
  ref: [...readMethods, 'PUT', 'DELETE'],
  refs: [...readMethods, 'POST', 'DELETE'],
}

/** Answers a write, or OPTIONS. throws: Problem. */
export async function answerWrite(request: DataRequest): Promise<Response> {
  const key = request.header('idempotency-key')
  if (key === undefined) return answerOne(request)
  if (request.method === 'POST') return answerOnce(request, key, answerOne)
  throw new Problem('request.unsupported', {
    detail: `"Idempotency-Key" is not supported with ${request.method}`,
    target: 'Idempotency-Key',
    hint: 'It belongs to POST; If-Match and an id of your own let the other methods be sent twice',
  })
}

async function answerOne(request: DataRequest): Promise<Response> {
  const { path, context, header, method, query } = request
  if (/\/\$bulk\/*$/.test(path))
    return only(request, ['POST']) ?? answerBulk(request, placeOf(context, path.replace(/\/\$bulk\/*$/, ''), query))
  const place = placeOf(context, path, query)
  const refused = only(request, allowed[place.result])
  if (refused) return refused
  const prefer = must(readPrefer(header('prefer')))
  if (place.result === 'refs' || place.result === 'ref') return answerLink(request, place)
  const write: Write = { ...request, place, prefer, wish: wishOf(request, place.entity, query) }
  if (place.result === 'property' || place.result === 'value') return answerProperty(write)
  if (method === 'POST') return answerCreate(write)
  return method === 'DELETE' ? answerDelete(write) : answerChange(write)
}
