// What people set for themselves: language, calendar, time zone, looks. They stand in the user record, which most may not write.
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { Platform } from '../platform.ts'

/** Null goes back to what the platform takes by itself; what is absent stays. */
export interface Settings {
  readonly language?: string | null
  readonly calendar?: string | null
  readonly timeZone?: string | null
  readonly theme?: string | null
  readonly density?: string | null
}

const columns = {
  language: 'language',
  calendar: 'calendar',
  timeZone: 'time_zone',
  theme: 'theme',
  density: 'density',
} as const

/** Saves the settings of the actor's own user record. */
export async function saveSettings(
  platform: Pick<Platform, 'database' | 'schema' | 'events'>,
  actor: Actor,
  settings: Settings,
): Promise<void> {
  const names = (Object.keys(columns) as (keyof Settings)[]).filter((name) => settings[name] !== undefined)
  if (names.length === 0) return
  const sets = names.map((name, i) => `${columns[name]} = $${i + 2}`)
  await platform.database.query({
    text: `update "${platform.schema}"."user" set ${sets.join(', ')}, modified_at = now(), modified_by_id = $1::uuid, version = version + 1 where id = $1::uuid`,
    values: [actor.user, ...names.map((name) => settings[name])],
  })
  platform.events.emit({ kind: 'record', entity: 'user', ids: [actor.user], change: 'update', personal: true })
}
