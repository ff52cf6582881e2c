// Probes and metrics: /api/health/live says that the process runs, /api/health/ready that it can serve, /metrics counts.
import { Hono } from 'hono'
import type { Metrics } from '../observe.ts'
import { LoopLag } from './lag.ts'
import type { RunningPlatform } from '../platform.ts'

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
  app.get('/', (c) =>
    c.text(metrics.text({ peyvand_model_revision: platform.model().revision, ...lag.read() }), 200, {
      'content-type': 'text/plain; version=0.0.4',
    }),
  )
  return app
}
