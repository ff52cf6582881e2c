// Who a request without credentials is: nobody, unless the model has a role `anonymous` that grants something. Even then only
// records and what shows them is open, never what belongs to a person (keys, sessions, settings, uploads, events).
import { anonymousActor } from '@peyvand/core/access/actor.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Known } from './identify.ts'

const reading = new Set(['GET', 'HEAD'])

/** The caller of a request without credentials, where there may be one. */
export function anonymousAt(model: Model, method: string, path: string): Known | undefined {
  if ((model.roles.get('anonymous')?.grants.length ?? 0) === 0) return undefined
  const open =
    /^\/api\/data(\/|$)/.test(path) || (reading.has(method) && /^\/api\/(files|search|model)(\/|$)/.test(path))
  return open ? anonymous : undefined
}

const anonymous: Known = {
  actor: anonymousActor,
  email: null,
  language: null,
  calendar: null,
  timeZone: null,
  theme: null,
  density: null,
  proof: 'none',
  credential: 'none',
  expires: Infinity,
  readOnly: false,
  strong: true,
}
