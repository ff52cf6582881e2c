// What a process does by itself beside answering: jobs, deliveries of webhooks, seals, sweeps. A command that only works with the
// platform does next to nothing of it.
import { keepSealed } from './audit/keep.ts'
import { keepSessionsHonest } from './auth/session.ts'
import { keepChangesShort } from './db/changes.ts'
import { keepFilesSwept } from './files/sweep.ts'
import { keepAuditShort } from './jobs/kinds/audit.ts'
import { keepBinEmpty } from './jobs/kinds/bin.ts'
import { jobKinds } from './jobs/kinds/index.ts'
import { Worker } from './jobs/worker.ts'
import type { RunningPlatform } from './platform.ts'
import { keepSharesEnded } from './records/share/end.ts'
import { Courier } from './webhooks/courier.ts'

/** All of it, from its start to its end. */
export class Background {
  readonly #platform: RunningPlatform
  /** What ends it, in this order. */
  readonly #stops: (() => Promise<void> | void)[] = []

  constructor(platform: RunningPlatform) {
    this.#platform = platform
  }

  async start(serves: boolean): Promise<void> {
    if (serves) await this.#serve()
    // A command, too, may make somebody leave.
    this.#stops.push(keepSessionsHonest(this.#platform))
    // Whatever the others still do while they end is sealed.
    const { config, database, audit } = this.#platform
    if (serves) this.#stops.push(keepSealed({ database, place: audit, folder: config.dataDir }))
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop()
  }

  async #serve(): Promise<void> {
    const platform = this.#platform
    const { config, database, schema } = platform
    this.#stops.push(keepBinEmpty(platform), keepAuditShort(platform))
    if (config.jobs > 0) {
      const worker = new Worker(platform, jobKinds, config.jobs)
      this.#stops.push(() => worker.stop())
      await worker.start()
    }
    if (config.webhooks) {
      const courier = new Courier(platform)
      this.#stops.push(() => courier.stop())
      courier.start()
    }
    this.#stops.push(
      keepFilesSwept(platform),
      keepSharesEnded(platform),
      keepChangesShort(database, schema, config.deltaDays),
    )
  }
}
