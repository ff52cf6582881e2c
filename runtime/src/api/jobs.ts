// /api/jobs: the durable work of the platform: list, one, retry, cancel. Administrators see and steer all of it, everybody else
// the jobs they have asked for, and a key that is limited to some of their roles those that were asked with these.
import type { Job, JobState } from '@peyvand/core/answer/job.ts'
import { Hono, type Context as HonoContext } from 'hono'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { bringsRoles, type Actor } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Context } from '../context.ts'
import { jobKinds } from '../jobs/kinds/index.ts'
import { cancel, findJob, listJobs, retry } from '../jobs/queue.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'

const states: readonly JobState[] = ['queued', 'running', 'done', 'failed', 'cancelled']

/** The routes under /api/jobs. */
export function jobRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const { database, schema } = platform
  /** As whom the caller sees jobs; undefined for all. */
  const ownOnly = (c: HonoContext<ApiEnv>): Actor | undefined => {
    const { actor, model } = c.get('context')
    return hasPrivilege(model, actor, 'administer') ? undefined : actor
  }
  app.get('/', async (c) => {
    const { state, kind, top = '100' } = c.req.query()
    if (state !== undefined && !states.some((one) => one === state))
      throw new Problem('request.unknown', { target: 'state', detail: `A job is ${states.join(', ')}` })
    if (!/^\d{1,3}$/.test(top))
      throw new Problem('request.malformed', { target: 'top', detail: 'It must be a whole number from 0 to 999' })
    const asked = { state: state as JobState, kind, top: Number(top), by: ownOnly(c) }
    return c.json({ value: await listJobs(database, schema, asked) })
  })
  const one = async (c: HonoContext<ApiEnv>): Promise<Job> => {
    const id = c.req.param('id') ?? ''
    const job = isUuid(id) ? await findJob(database, schema, id) : undefined
    const by = ownOnly(c)
    if (job === undefined || (by !== undefined && !isOwn(job, by)))
      throw new Problem('missing.record', { detail: 'There is no such job' })
    return job
  }
  app.get('/:id', async (c) => c.json(await one(c)))
  app.post('/:id/retry', async (c) => {
    const job = await one(c)
    const { id, state } = job
    if (!bringsRights(c.get('context'), job))
      throw new Problem('access.denied', {
        detail: 'The job has rights that you do not have here',
        hint: 'Try it again with a key or session that has the roles it was asked with',
      })
    if (!(await retry(database, schema, id)))
      throw new Problem('conflict.locked', {
        detail: `The job is ${state}; only what failed or was cancelled can be tried again`,
      })
    return c.json(await one(c))
  })
  app.post('/:id/cancel', async (c) => {
    const job = await one(c)
    const kind = jobKinds.find(({ name }) => name === job.kind)
    if (job.state !== 'queued' && job.state !== 'running')
      throw new Problem('conflict.locked', { detail: `The job is ${job.state}; there is nothing to cancel` })
    if (kind?.cancel !== undefined) await kind.cancel(job, platform, c.get('context').actor)
    else await cancel(database, schema, job.id)
    return c.json(await one(c))
  })
  return app
}

/** Whether somebody has asked for a job themselves, with no more than they have here. */
function isOwn({ createdBy, payload: { roles } }: Job, actor: Actor): boolean {
  return createdBy === actor.user && (!Array.isArray(roles) || bringsRoles(actor, roles as string[]))
}

/** Whether the caller has the roles a job was asked with: a key may have fewer than its user. */
function bringsRights({ model, actor }: Context, { payload: { roles } }: Job): boolean {
  if (!Array.isArray(roles) || hasPrivilege(model, actor, 'administer')) return true
  return roles.every((role) => actor.roles.includes(role as string))
}
