// A time zone by its name in the IANA database: Asia/Tehran. Which zones there are is the platform's knowledge, so that new
// ones come with it.
import { quoteText } from '../../base/sql.ts'
import { codeType } from '../code.ts'

let zones: ReadonlyMap<string, string> | undefined

/** Zone names by their small letters. */
function known(): ReadonlyMap<string, string> {
  zones ??= new Map(['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => [zone.toLowerCase(), zone]))
  return zones
}

/** The zone as its database writes it; older names of a zone are kept as given. */
export function readTimeZone(text: string): string | undefined {
  const plain = text.trim().replaceAll(' ', '_')
  const listed = known().get(plain.toLowerCase())
  if (listed !== undefined) return listed
  if (!/^[A-Z][A-Za-z_]+(\/[A-Z][A-Za-z0-9_+-]+){1,2}$/.test(plain)) return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone: plain }).resolvedOptions().timeZone === '' ? undefined : plain
  } catch {
    return undefined
  }
}

export const type = codeType({
  name: 'time_zone',
  label: { en: 'Time zone', fa: 'منطقهٔ زمانی', ru: 'Часовой пояс', th: 'เขตเวลา', ro: 'Fus orar' },
  group: 'choice',
  icon: 'globe',
  description: {
    en: 'Where on the clock someone lives, like Asia/Tehran',
    fa: 'ساعت محل زندگی کسی، مانند Asia/Tehran',
    ru: 'Часовой пояс, например Asia/Tehran',
    th: 'เขตเวลาของผู้ใช้ เช่น Asia/Tehran',
    ro: 'Fusul orar al cuiva, ca Asia/Tehran',
  },
  list: () => [...known().values()],
  nameOf: (code) => code.replaceAll('_', ' '),
  read: readTimeZone,
  says: 'the name of a time zone',
  hint: 'Like Europe/Bucharest',
  longest: 40,
  fails: (column) => `btrim(${column}) not in (${[...known().values()].map(quoteText).join(', ')})`,
})
