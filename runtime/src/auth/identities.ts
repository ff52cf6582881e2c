// Passwords and sessions, loaded when they are first asked for: a process that is only asked with keys never needs the sign-in
// library.
import type { RunningPlatform } from '../platform.ts'
import { readMasters } from '../secrets/master.ts'
import { mayEnter } from './actor.ts'
import type { Identities } from './identity.ts'
import { adopt } from './provider.ts'

/** The identities of one process. */
export class IdentityDoor {
  readonly #platform: () => RunningPlatform
  #open: Promise<Identities> | undefined

  constructor(platform: () => RunningPlatform) {
    this.#platform = platform
  }

  /** Opens them, the first time. */
  open(): Promise<Identities> {
    return (this.#open ??= this.#load())
  }

  /** Has them opened anew when they are next asked for. */
  forget(): void {
    this.#open = undefined
  }

  async #load(): Promise<Identities> {
    const platform = this.#platform()
    const { config, database, schema } = platform
    const [identity, seeds] = await Promise.all([import('./identity.ts'), import('./seeds.ts')])
    const masters = await readMasters(config)
    await seeds.sealSeedsAnew(database, masters)
    return identity.openIdentities(config, database, masters, {
      mayEnter: (user) => mayEnter(database, { schema, model: platform.model() }, user),
      adopt: (provider, claims) => adopt(platform, provider, claims),
    })
  }
}
