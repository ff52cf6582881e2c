// The reader as field elements know them: language, calendar, model, and the source pickers search in.
import type { Reader } from '@peyvand/core/elements'
import { faceOf } from '@peyvand/core/types/face.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { current } from '../data/model.ts'
import { names } from '../data/names.ts'
import { create, find } from '../data/records.ts'
import { settings } from '../data/settings.ts'
import { toast } from '../kit/dialog.ts'
import { bring } from '../kit/heavy.ts'
import type { LookupSource } from '../kit/lookup.ts'
import '../kit/number.ts'
import '../kit/select.ts'
import { explain } from '../forms/explain.ts'
import { addressOf, apps } from '../shell/apps.ts'
import { avatar } from '../shell/avatar.ts'
import { route } from '../shell/route.ts'
import { say } from '../texts/text.ts'

const words = { yes: 'yes', no: 'no', generated: 'generated', currency: 'currency', hidden: 'hidden' } as const

/** The app we are in; records open in it. */
export const appHere = (): string => (route.parts[0] === 'a' ? route.parts[1]! : apps()[0]!.name)

const source: LookupSource = {
  async find(name, text, signal) {
    const entity = current().entities.get(name)
    if (!entity) return []
    const rows = await find(entity, text, 8, signal)
    return rows.map((row) => {
      const label = textIn(row, entity.primaryField) ?? ''
      names.keep(name, row.id, label)
      return { id: row.id, label, picture: faceOf(entity, row) }
    })
  },
  href: (name, id) => `/a/${appHere()}/${name}/${id}`,
  async create(name, text) {
    const entity = current().entities.get(name)
    if (!entity || !current().rights.get(name)?.create) return undefined
    try {
      const row = await create(entity, { [entity.primaryField]: text })
      return { id: row.id, label: text }
    } catch (error) {
      toast(
        explain(error),
        {
          label: say('open.form'),
          run: () =>
            void route.go(`${addressOf(appHere(), entity)}/new?${entity.primaryField}=${encodeURIComponent(text)}`),
        },
        'bad',
      )
      return undefined
    }
  },
}

/** The reader of this moment. */
export function reader(): Reader {
  return {
    model: current(),
    currency: current().currency,
    language: settings.locale,
    locale: settings.locale,
    timeZone: settings.timeZone,
    calendar: settings.calendar,
    source,
    word: (name) => say(words[name]),
    href: source.href,
    avatar,
    bring,
  }
}
