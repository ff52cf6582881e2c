// `POST /$batch`: many requests in one, as JSON (4.01) or multipart/mixed. Decides which form is read and written; in what
// order they run, and what one has to do with another, is batch-run's question.
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { DataRequest } from '../data.ts'
import { readJsonBatch, writeJsonBatch } from './batch-json.ts'
import { readMultipart, writeMultipart } from './batch-multipart.ts'
import { runBatch, type Answer } from './batch-run.ts'
import { refuseOptions } from './option.ts'

/** Answers a batch; `answer` answers one request of it and never throws for what the caller caused. throws: Problem. */
export async function answerBatch(request: DataRequest, answer: Answer): Promise<Response> {
  const { header, version, platform } = request
  refuseOptions(request.query, '$batch', ['format'])
  const type = header('content-type') ?? ''
  const multipart = /^multipart\/mixed\b/i.test(type)
  if (!multipart && !/^application\/json\b/i.test(type))
    throw new Problem('request.media', {
      detail: 'A batch is application/json or multipart/mixed',
      target: 'Content-Type',
    })
  if (header('idempotency-key') !== undefined)
    throw new Problem('request.unsupported', {
      detail: '"Idempotency-Key" is not supported for a whole batch',
      target: 'Idempotency-Key',
      hint: 'Give each POST in it a key of its own',
    })
  const text = await request.request.text()
  const requests = must(multipart ? readMultipart(text, type) : readJsonBatch(text))
  const { batchLimit } = platform.config
  if (requests.length > batchLimit)
    throw new Problem('limit.size', { detail: `A batch may have at most ${batchLimit} requests`, target: 'requests' })
  const goesOn = continues(header('prefer'))
  const answers = await runBatch(request, requests, goesOn ?? false, answer)
  const headers: Record<string, string> = { 'odata-version': version, 'cache-control': 'no-store' }
  if (goesOn !== undefined) headers['preference-applied'] = `continue-on-error=${goesOn}`
  if (multipart && !/\bapplication\/json\b/i.test(header('accept') ?? '')) {
    const { boundary, body } = writeMultipart(answers)
    return new Response(body, { headers: { ...headers, 'content-type': `multipart/mixed; boundary=${boundary}` } })
  }
  return new Response(writeJsonBatch(answers), { headers: { ...headers, 'content-type': 'application/json' } })
}

/** `Prefer: continue-on-error`; undefined when nothing was said. */
function continues(prefer: string | undefined): boolean | undefined {
  const found = /(?:^|[,;\s])(?:odata\.)?continue-on-error(?:\s*=\s*"?(true|false)"?)?(?=$|[,;\s])/i.exec(prefer ?? '')
  return found ? found[1]?.toLowerCase() !== 'false' : undefined
}
