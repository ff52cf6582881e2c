// Whether who opened a long answer (a stream of events, an export) is still the same, with roles that still mean the same: asked
// again when something that decides it has changed, when the credential ends, and every few seconds while this process hears no
// notifications.
import { isSame, type Actor } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { RunningPlatform } from '../platform.ts'
import { actAsHeaders } from './act-as.ts'
import { voids, type Bearing } from './identify.ts'

/** unit: milliseconds */
const tick = 4_000
const ticksWhileHearing = 15

/** What of a request proves its caller again, after the request itself is gone. */
export function bearingOf({ headers, address }: Bearing): Bearing {
  const names = ['authorization', 'cookie', ...actAsHeaders]
  const given = new Map(names.map((name) => [name, headers.get(name)]))
  return { headers: { get: (name) => given.get(name) ?? null }, address }
}

/** Calls back once, when the caller is another one or nobody any more. Gives the way to stop. */
export function watchCaller(
  platform: Pick<RunningPlatform, 'events' | 'callers' | 'database' | 'model'>,
  { bearing, actor }: { readonly bearing: Bearing; readonly actor: Actor },
  gone: () => void,
): () => void {
  const { direct } = platform.database
  const rights = rightsText(platform.model(), actor)
  let count = 0
  const stop = () => {
    off()
    clearInterval(timer)
  }
  const check = async () => {
    const known = await Promise.resolve(platform.callers.identify(bearing)).catch(() => undefined)
    const same = known !== undefined && !(known instanceof Problem) && isSame(known.actor, actor)
    if (same && rightsText(platform.model(), actor) === rights) return
    stop()
    gone()
  }
  const off = platform.events.on((event) => {
    if (voids(event, actor, platform.model())) void check()
  })
  const timer = setInterval(() => {
    const deaf = direct !== undefined && !direct.connected
    if (deaf || ++count % ticksWhileHearing === 0) void check()
  }, tick).unref()
  return stop
}

/** What the roles of an actor say; the same text, the same rights. */
function rightsText(model: Model, { roles }: Actor): string {
  const said = roles.flatMap((name) => {
    const role = model.roles.get(name)
    return role === undefined ? [] : [[name, role.grants, role.fields, role.privileges]]
  })
  return JSON.stringify(said, (_name, value: unknown) => {
    if (value instanceof Map) return [...(value as Map<string, unknown>)]
    return typeof value === 'bigint' ? String(value) : value
  })
}
