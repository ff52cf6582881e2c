// What the server notes about itself: one closed union of observations, and the readers that turn them into log lines and
// Prometheus metrics. There is no other log call in the runtime. Never a value of a record, never a credential.

export type Observation =
  | {
      readonly kind: 'request'
      readonly id: string
      readonly method: string
      readonly route: string
      readonly status: number
      readonly ms: number
    }
  | { readonly kind: 'statement'; readonly name: string; readonly ms: number }
  | { readonly kind: 'watchdog'; readonly ms: number }
  | {
      readonly kind: 'publish'
      readonly revision: number
      readonly steps: number
      readonly ms: number
      readonly retries: number
    }
  | { readonly kind: 'follow'; readonly revision: number; readonly ms: number }
  | { readonly kind: 'node'; readonly change: 'connected' | 'lost' | 'late'; readonly nodes: number }
  | { readonly kind: 'migrate'; readonly schema: string; readonly version: number }
  | { readonly kind: 'install'; readonly solution: string; readonly version: string }
  | {
      readonly kind: 'import'
      readonly entity: string
      readonly rows: number
      readonly failed: number
      readonly ms: number
    }
  | {
      readonly kind: 'job'
      readonly job: string
      readonly id: string
      readonly outcome: string
      readonly ms: number
    }
  | { readonly kind: 'webhook'; readonly name: string; readonly outcome: 'sent' | 'failed'; readonly ms: number }
  | { readonly kind: 'sign-in'; readonly outcome: string }
  | { readonly kind: 'security'; readonly event: string; readonly outcome: string }
  | { readonly kind: 'secret'; readonly change: 'set' | 'removed' | 'rotated'; readonly values?: number }
  /** A mail that has no other way out: printed, so that its link can be used. */
  | { readonly kind: 'mail'; readonly to: string; readonly subject: string; readonly text: string }
  | { readonly kind: 'start'; readonly engine: string; readonly url: string; readonly ms: number }
  | { readonly kind: 'stop'; readonly reason: string; readonly ms: number }
  | {
      readonly kind: 'error'
      readonly where: string
      readonly message: string
      readonly stack?: string
      readonly id?: string
    }

export type Severity = 'error' | 'warn' | 'info' | 'debug'

/** A reader of observations. It must not throw and must not wait. */
export type Reader = (observation: Observation) => void

const readers = new Set<Reader>()

/** Notes what happened; every reader hears it. */
export function observe(observation: Observation): void {
  for (const read of readers) read(observation)
}

/** Adds a reader; gives the way to remove it. */
export function addReader(read: Reader): () => void {
  readers.add(read)
  return () => void readers.delete(read)
}

/** Notes a failure that nobody caught where it could be answered. */
export function observeError(where: string, thrown: unknown, id?: string): void {
  if (isGone(thrown)) return
  const error =
    thrown instanceof Error ? thrown : new Error(typeof thrown === 'string' ? thrown : 'no Error was thrown')
  const message = messageOf(error)
  const stack = error.stack?.replace(error.message, () => message)
  observe({ kind: 'error', where, message, stack, ...(id === undefined ? {} : { id }) })
}

/** Whether a client went away while its request was read: nobody waits for the answer, and nothing is wrong here. */
function isGone(thrown: unknown): boolean {
  return (
    thrown instanceof Error && thrown.message === 'aborted' && (thrown as NodeJS.ErrnoException).code === 'ECONNRESET'
  )
}

/** PostgreSQL repeats values in its sentences (`invalid input syntax …: "…"`), so of its errors only the place is noted. */
function messageOf(error: Error): string {
  if (error.name !== 'DatabaseError') return error.message
  const { code, table, constraint } = error as Error & Readonly<Record<string, unknown>>
  return ['SQLSTATE', code, table, constraint].filter((part) => typeof part === 'string').join(' ')
}

const severities: readonly Severity[] = ['error', 'warn', 'info', 'debug']

function severityOf(observation: Observation): Severity {
  switch (observation.kind) {
    case 'error':
      return 'error'
    case 'watchdog':
    case 'statement':
      return 'warn'
    case 'node':
      return observation.change === 'connected' ? 'debug' : 'warn'
    case 'mail':
      return 'warn'
    case 'sign-in':
    case 'security':
      return observation.outcome === 'refused' || observation.outcome === 'limited' ? 'warn' : 'info'
    case 'request':
      // 501 is an answer: what was asked for does not exist here.
      return observation.status >= 500 && observation.status !== 501 ? 'error' : 'debug'
    case 'follow':
    case 'webhook':
      return 'debug'
    default:
      return 'info'
  }
}

/** A reader that writes one line per observation of at least the given severity. Line breaks never get into a line. */
export function logReader(level: Severity, format: 'json' | 'pretty', write: (line: string) => void): Reader {
  const limit = severities.indexOf(level)
  return (observation) => {
    const severity = severityOf(observation)
    if (severities.indexOf(severity) > limit) return
    const time = new Date().toISOString()
    if (format === 'json') return write(JSON.stringify({ time, severity, ...observation }))
    const { kind, ...rest } = observation
    const pairs = Object.entries(rest).map(
      ([key, value]) => `${key}=${typeof value === 'string' ? JSON.stringify(value) : String(value)}`,
    )
    write(`${time.slice(11, 23)} ${severity.padEnd(5)} ${kind} ${pairs.join(' ')}`)
  }
}

const bounds = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 15_000] as const

interface Histogram {
  readonly counts: number[]
  sum: number
  count: number
}

/** Counts observations for Prometheus. `text` is the whole answer of `/metrics`. */
export class Metrics {
  readonly #counters = new Map<string, number>()
  readonly #histograms = new Map<string, Histogram>()

  /** The reader to add. */
  readonly read: Reader = (observation) => {
    switch (observation.kind) {
      case 'request':
        this.#count(
          `peyvand_requests_total{route="${observation.route}",method="${observation.method}",status="${observation.status}"}`,
        )
        return this.#time(`route="${observation.route}"`, 'peyvand_request_ms', observation.ms)
      case 'publish':
        return this.#time('', 'peyvand_publish_ms', observation.ms)
      case 'sign-in':
        return this.#count(`peyvand_sign_ins_total{outcome="${observation.outcome}"}`)
      case 'import':
        this.#count('peyvand_import_rows_total{outcome="written"}', observation.rows)
        return this.#count('peyvand_import_rows_total{outcome="failed"}', observation.failed)
      case 'job':
        this.#count(`peyvand_jobs_total{job="${observation.job}",outcome="${observation.outcome}"}`)
        return this.#time(`job="${observation.job}"`, 'peyvand_job_ms', observation.ms)
      case 'webhook':
        this.#count(`peyvand_webhooks_total{webhook="${observation.name}",outcome="${observation.outcome}"}`)
        return this.#time('', 'peyvand_webhook_ms', observation.ms)
      default:
        return this.#count(`peyvand_observations_total{kind="${observation.kind}"}`)
    }
  }

  #count(series: string, by = 1): void {
    this.#counters.set(series, (this.#counters.get(series) ?? 0) + by)
  }

  #time(labels: string, name: string, ms: number): void {
    const key = `${name}|${labels}`
    const histogram = this.#histograms.get(key) ?? { counts: bounds.map(() => 0), sum: 0, count: 0 }
    this.#histograms.set(key, histogram)
    const bucket = bounds.findIndex((bound) => ms <= bound)
    if (bucket >= 0) histogram.counts[bucket]!++
    histogram.sum += ms
    histogram.count++
  }

  /** Prometheus text exposition, with the gauges given by the caller. */
  text(gauges: Readonly<Record<string, number>> = {}): string {
    const memory = process.memoryUsage()
    const own = {
      process_resident_memory_bytes: memory.rss,
      peyvand_heap_used_bytes: memory.heapUsed,
      process_uptime_seconds: process.uptime(),
      ...gauges,
    }
    const lines = Object.entries(own).map(([name, value]) => `${name} ${value}`)
    for (const [series, value] of this.#counters) lines.push(`${series} ${value}`)
    for (const [key, histogram] of this.#histograms) lines.push(...histogramLines(key, histogram))
    return `${lines.join('\n')}\n`
  }
}

function histogramLines(key: string, { counts, sum, count }: Histogram): string[] {
  const [name, labels] = key.split('|') as [string, string]
  const within = (bound: string) => `{${labels === '' ? '' : `${labels},`}le="${bound}"}`
  let total = 0
  const buckets = bounds.map((bound, i) => `${name}_bucket${within(String(bound))} ${(total += counts[i]!)}`)
  const plain = labels === '' ? '' : `{${labels}}`
  return [
    ...buckets,
    `${name}_bucket${within('+Inf')} ${count}`,
    `${name}_sum${plain} ${sum}`,
    `${name}_count${plain} ${count}`,
  ]
}
