// How long the loop of this process kept those waiting who were next: what hostile or heavy requests would show in first. Measured by
// Node itself, told with the metrics.
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** unit: milliseconds. How often the delay is looked at; so long every look takes when nothing is in its way. */
const resolution = 10

/** The lag of the loop since it was last asked for. */
export class LoopLag {
  readonly #delays = monitorEventLoopDelay({ resolution })

  constructor() {
    this.#delays.enable()
  }

  /** Gauges for the metrics, and a new beginning. unit: milliseconds */
  read(): Readonly<Record<string, number>> {
    const lag = (nanoseconds: number) => Math.max(0, Math.round((nanoseconds / 1e6 - resolution) * 100) / 100)
    const delays = this.#delays
    const gauges = {
      'peyvand_loop_lag_ms{quantile="0.5"}': lag(delays.percentile(50)),
      'peyvand_loop_lag_ms{quantile="0.99"}': lag(delays.percentile(99)),
      'peyvand_loop_lag_ms{quantile="1"}': lag(delays.count === 0 ? 0 : delays.max),
    }
    delays.reset()
    return gauges
  }
}
