// /api/data/v1: the OData service. Sends each request to what answers it (read, write, metadata), and decides what every
// answer has in common: version header, errors, allowed methods.
import { Hono } from 'hono'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Context } from '../context.ts'
import type { ApiEnv, Platform } from '../platform.ts'
import { locate, type Location } from './data/address.ts'
import { answerRead } from './data/answer.ts'
import { answerCross } from './data/cross.ts'
import { answerEach } from './data/each.ts'
import { answerBatch } from './data/batch.ts'
import { checkIsolation, versionFor } from './data/headers.ts'
import { only, readMethods } from './data/method.ts'
import { answerOperation, operationAt } from './data/operation.ts'
import { answerQuery, entityNamed } from './data/resource.ts'
import { answerMetadata, answerService } from './data/service.ts'
import { answerStream, streamAt } from './data/stream.ts'
import { answerWrite } from './data/write.ts'
import { headersOf } from './gate.ts'
import { problemAnswer } from './problem.ts'
import { observeError } from '../observe.ts'

/** One request to the data service. */
export interface DataRequest extends Location {
  readonly platform: Platform
  readonly context: Context
  readonly method: string
  readonly request: Request
  readonly header: (name: string) => string | undefined
  readonly version: '4.0' | '4.01'
}

/** The routes under /api/data. */
export function dataRoutes(platform: Platform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.all('*', async (c) => {
    const headers = headersOf(c)
    const header = (name: string) => headers.get(name) ?? undefined
    const version = versionFor(header('odata-maxversion'))
    try {
      if (version instanceof Problem) throw version
      must(checkIsolation(header))
      const location = locate(c.req.url, platform.config.publicUrl)
      if (location === undefined) throw new Problem('missing.path', { detail: 'The data service is at /api/data/v1' })
      return await answer({
        ...location,
        platform,
        context: c.get('context'),
        method: c.req.method,
        request: c.req.raw,
        header,
        version,
      })
    } catch (thrown) {
      return refuse(thrown, version === '4.0' ? version : '4.01')
    }
  })
  return app
}

function answer(request: DataRequest): Response | Promise<Response> {
  const { path, method } = request
  const single = path.replaceAll('/', '').replace(/^%24/, '$')
  if (single === '') return only(request, readMethods) ?? answerService(request)
  if (single === '$metadata') return only(request, readMethods) ?? answerMetadata(request)
  if (single === '$batch') return only(request, ['POST']) ?? answerBatch(request, answerOrRefuse)
  if (single === '$entity') return answer(entityNamed(request))
  if (path.endsWith('/$query')) return only(request, ['POST']) ?? answerQuery(request, answerRead)
  if (path.endsWith('/$each')) return answerEach(request)
  if (/^(?:\$|%24)crossjoin\b/.test(single)) return answerCross(request)
  const call = operationAt(request)
  if (call) return answerOperation(request, call)
  const stream = streamAt(request)
  if (stream !== undefined) return answerStream(request, stream)
  return readMethods.includes(method) ? answerRead(request) : answerWrite(request)
}

/** Answers a request of a batch: what is wrong with it is its answer. */
async function answerOrRefuse(request: DataRequest): Promise<Response> {
  try {
    if (streamAt(request) !== undefined)
      throw new Problem('request.unsupported', {
        detail: 'The content of a file cannot travel in a batch',
        target: 'path',
        hint: 'Send it on its own; its id can be written in a batch',
      })
    return await answer(request)
  } catch (thrown) {
    return refuse(thrown, request.version)
  }
}

function refuse(thrown: unknown, version: string): Response {
  if (thrown instanceof Problem) return problemAnswer(thrown, 'odata', { 'odata-version': version })
  observeError('data', thrown)
  return problemAnswer(new Problem('internal.unexpected'), 'odata', { 'odata-version': version })
}
