// Probes and metrics: /api/health/live says that the process runs, /api/health/ready that it can serve, /metrics counts. Decides
// who may read the counts: they name no person and no record, but tell how much is asked, and when.
import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono, type Context as HonoContext } from 'hono'
import { Problem } from '@peyvand/core/base/problem.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { publicUrl } from '../config.ts'
import { isWithin } from '../net/within.ts'
import type { Metrics } from '../observe.ts'
import type { RunningPlatform } from '../platform.ts'
import { headersOf, peerAddress, requestBearing } from './gate.ts'
import { LoopLag } from './lag.ts'

/** The routes under /api/health. */
export function healthRoutes(platform: RunningPlatform, isStopping: () => boolean): Hono {
  const app = new Hono()
  app.get('/live', (c) => c.json({ status: 'live' }))
  app.get('/ready', async (c) => {
    if (isStopping()) return c.json({ status: 'stopping' }, 503)
    const answers = await platform.database.query({ text: 'select 1' }).then(
      () => true,
      () => false,
    )
    return c.json(
      {
        status: answers ? 'ready' : 'no database',
        revision: String(platform.model().revision),
        engine: platform.database.engine,
      },
      answers ? 200 : 503,
    )
  })
  return app
}

/** `/metrics` in Prometheus' text format. */
export function metricsRoutes(platform: RunningPlatform, metrics: Metrics): Hono {
  const app = new Hono()
  const lag = new LoopLag()
  app.get('/', async (c) => {
    await mayMeasure(platform, c)
    return c.text(metrics.text({ peyvand_model_revision: platform.model().revision, ...lag.read() }), 200, {
      'content-type': 'text/plain; version=0.0.4',
    })
  })
  return app
}

const thisMachine = ['127.0.0.0/8', '::1']

/** throws: Problem for who may not read the counts. */
async function mayMeasure(platform: RunningPlatform, c: HonoContext): Promise<void> {
  const { config } = platform
  if (config.metrics === 'open' || hasToken(headersOf(c).get('authorization'), config.metricsToken)) return
  if (config.metrics === 'local' && isOfThisMachine(c, publicUrl(config))) return
  const known = await platform.callers.identify(requestBearing(c, config))
  if (known instanceof Problem) throw known
  if (!hasPrivilege(platform.model(), known.actor, 'administer'))
    throw new Problem('access.denied', { detail: 'Only administrators may read the metrics' })
}

/** Both must be so: behind a proxy on this machine every request comes from this machine. */
function isOfThisMachine(c: HonoContext, url: string): boolean {
  const hostname = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')
  return (hostname === 'localhost' || isWithin(hostname, thisMachine)) && isWithin(peerAddress(c), thisMachine)
}

function hasToken(authorization: string | null, token: string | undefined): boolean {
  const given = /^bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1]
  if (given === undefined || token === undefined) return false
  const [one, other] = [given, token].map((each) => createHash('sha256').update(each).digest())
  return timingSafeEqual(one!, other!)
}
