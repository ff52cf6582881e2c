// The demo company itself: its units, its people with their roles, and their teams.
import type { Locale } from './locale.ts'
import { locales } from './locales.ts'
import { chance, idOf } from './random.ts'
import type { Batch, DemoSettings, Row } from './row.ts'

/** Someone who sells: where, in which language, and how well (added to the win rate). */
export interface Seller {
  readonly id: string
  readonly locale: Locale
  readonly skill: number
  readonly share: number
}

export interface Company {
  readonly batches: readonly Batch[]
  readonly sellers: readonly Seller[]
}

const counts = { small: 3, large: 8 } as const

/** The offices under one sales unit, a director, and in each office a manager and the sellers. */
export function company(settings: DemoSettings, start: string): Company {
  const made = { created_at: `${start}T05:00:00.000Z` }
  const sales = idOf('unit/sales')
  const director = idOf('user/director')
  const units: Row[] = [{ id: sales, name: 'Sales', parent_id: settings.root ?? null, ...made }]
  const users: Row[] = [
    {
      id: director,
      name: 'Miriam Castellan',
      email: 'miriam.castellan@peyvand.example',
      title: 'Chief Sales Officer',
      phone: '+353 1 555 0100',
      unit_id: sales,
      language: 'en',
      calendar: 'gregory',
      time_zone: 'Europe/Dublin',
      state: 'active',
      ...made,
    },
  ]
  const roles: Row[] = [role(director, 'sales_manager')]
  const sellers: Seller[] = []
  for (const locale of locales) {
    const unit = idOf(`unit/${locale.language}`)
    units.push({ id: unit, name: locale.office, parent_id: sales, ...made })
    const people = office(locale, unit, director, counts[settings.size])
    users.push(...people.map((person) => ({ ...person, ...made })))
    roles.push(...people.map(({ id }, index) => role(id, index === 0 ? 'sales_manager' : 'salesperson')))
    const luck = chance(`sellers/${locale.language}`)
    sellers.push(
      ...people.slice(1).map(({ id }) => ({ id, locale, skill: luck.normal() * 0.06, share: 0.6 + luck.next() })),
    )
  }
  return {
    sellers,
    batches: [
      { entity: 'business_unit', rows: units },
      { entity: 'user', rows: users },
      { entity: 'role_assignment', rows: roles },
      ...teams(users, sales),
    ],
  }
}

/** The people of an office, its manager first. The lists are walked in order, so a person is the same in every size. */
function office(locale: Locale, unit: string, director: string, sellers: number): Row[] {
  const { language } = locale
  const manager = idOf(`user/${language}/0`)
  return Array.from({ length: sellers + 1 }, (_, index) => {
    const woman = index % 2 === (language.charCodeAt(0) + 1) % 2
    const given = (woman ? locale.women : locale.men)[index]!
    const family = locale.families[(index * 3) % locale.families.length]![woman ? 'woman' : 'man']
    return {
      id: idOf(`user/${language}/${index}`),
      name: `${given.text} ${family.text}`,
      email: `${given.latin}.${family.latin}@peyvand.example`,
      title: index === 0 ? locale.manager : locale.seller,
      phone: `${locale.dial} ${locale.cities[0]!.area} 555 0${110 + index}`,
      unit_id: unit,
      manager_id: index === 0 ? director : manager,
      language,
      calendar: locale.calendar,
      time_zone: locale.timeZone,
      state: 'active',
    }
  })
}

function role(user: string, name: string): Row {
  return { id: idOf(`role/${user}/${name}`), user_id: user, role: name }
}

/** Two teams across the offices: the managers, and one seller of each office for tenders. */
function teams(users: readonly Row[], unit: string): Batch[] {
  const member = (team: string, user: Row): Row => ({
    id: idOf(`member/${team}/${user.id}`),
    team_id: team,
    user_id: user.id,
  })
  const keyAccounts = idOf('team/key_accounts')
  const tenders = idOf('team/tenders')
  const managers = users.filter(({ id }) => locales.some(({ language }) => id === idOf(`user/${language}/0`)))
  const firsts = users.filter(({ id }) => locales.some(({ language }) => id === idOf(`user/${language}/1`)))
  return [
    {
      entity: 'team',
      rows: [
        {
          id: keyAccounts,
          name: 'Key accounts',
          unit_id: unit,
          description: 'Looks after the largest customers of all offices.',
        },
        { id: tenders, name: 'Tenders', unit_id: unit, description: 'Answers public tenders.' },
      ],
    },
    {
      entity: 'team_member',
      rows: [...managers.map((user) => member(keyAccounts, user)), ...firsts.map((user) => member(tenders, user))],
    },
  ]
}
