// The jobs of the audit: verifying it, and removing what is over its time. What they find and do is noted in the audit itself.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { notedHead } from '../../audit/keep.ts'
import { note } from '../../audit/note.ts'
import { removeOld } from '../../audit/retention.ts'
import { verifyAudit } from '../../audit/verify.ts'
import type { RunningPlatform } from '../../platform.ts'
import { fewTimesADay, regularly } from '../../regularly.ts'
import type { JobKind } from '../job.ts'
import { enqueue } from '../queue.ts'

/** Findings that the note of a verification names. */
const told = 20

export const auditVerifyJob: JobKind = {
  name: 'audit_verify',
  attempts: 3,
  async run(job, { database, schema, audit, config }) {
    const { from, anchors = [] } = job.payload as { from?: string; anchors?: { number: string; hash: string }[] }
    const verified = await verifyAudit(database, audit, {
      ...(from === undefined ? {} : { from }),
      anchors: [...(await notedHead(config.dataDir, schema)), ...anchors],
      progress: ({ rows }) => job.report({ done: rows }),
      signal: job.signal,
    })
    const { findings, ...sums } = verified
    const result = JSON.parse(JSON.stringify({ ...sums, findings })) as JsonObject
    const by = job.payload['by']
    await note(
      { database, schema },
      {
        kind: 'verification',
        outcome: verified.wrong === 0 ? 'accepted' : 'failed',
        ...(typeof by === 'string' ? { actor: by } : {}),
        detail: { ...result, findings: (result['findings'] as JsonValue[]).slice(0, told) },
      },
    )
    return result
  },
}

export const auditRetentionJob: JobKind = {
  name: 'audit_retention',
  attempts: 5,
  async run(job, platform) {
    const { database, audit, config } = platform
    const entities = new Map(
      [...platform.model().entityById.values()].flatMap(({ id, auditDays }) =>
        auditDays === undefined ? [] : [[id, auditDays] as const],
      ),
    )
    const periods = { standard: config.auditDays, entities }
    const now = new Date().toISOString()
    return { removed: await removeOld(database, audit, { periods, now }, () => job.signal.aborted) }
  },
}

/** Has old rows of the audit removed soon and then a few times a day, until stopped. */
export function keepAuditShort({ database, schema }: Pick<RunningPlatform, 'database' | 'schema'>): () => void {
  return regularly('audit', fewTimesADay(120_000), () =>
    enqueue(database, schema, { kind: auditRetentionJob.name, payload: {}, unique: 'audit' }),
  )
}
