// What an installation begins with: its administrator, its solutions, its fiscal year.
import { calendars, type Reckoning } from '@peyvand/core/base/calendar.ts'
import { flag, oneOf, optional, Refusal, setting, type Reading } from './setting.ts'

/** `persian-01`: the month of a calendar in which the fiscal year begins. */
const fiscalYear: Reading<Reckoning['fiscal']> = {
  shown: 'gregory-01',
  read(written = 'gregory-01') {
    const match = /^(\w+)-(0?[1-9]|1[0-2])$/.exec(written)
    const calendar = calendars.find((each) => each === match?.[1])
    if (calendar !== undefined) return { calendar, month: Number(match![2]) }
    return new Refusal('must be a calendar and a month, such as gregory-04 or persian-01')
  },
}

/** Names of solutions; `none` names nothing. */
const names: Reading<readonly string[] | undefined> = {
  shown: '`crm` on first start',
  read(written) {
    if (written === undefined) return undefined
    const list = written
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && name !== 'none')
    const wrong = list.find((name) => !/^[a-z][a-z0-9_-]{0,47}$/.test(name))
    return wrong === undefined ? list : new Refusal(`names "${wrong}", which cannot be a solution's name`)
  },
}

/** Settings of the first start. */
export const start = {
  adminEmail: setting(
    'ADMIN_EMAIL',
    'Creates or keeps the first administrator; absent: a one-time link is printed on first start.',
    optional,
  ),
  adminPassword: setting('ADMIN_PASSWORD', 'Password of the first administrator, at least 8 characters.', optional),
  solutions: setting(
    'SOLUTIONS',
    'Comma list of solutions to install; `none` for an empty platform. `base` is always there.',
    names,
  ),
  demo: setting(
    'DEMO',
    "Load the solutions' demo data.",
    flag(undefined),
    '`1` on an empty embedded database, else `0`',
  ),
  demoSize: setting('DEMO_SIZE', 'How much demo data: `small` or `large`.', oneOf('small', ['small', 'large'])),
  fiscalYear: setting(
    'FISCAL_YEAR',
    'Where the fiscal year begins: calendar (`gregory`, `persian`, `buddhist`) and month.',
    fiscalYear,
  ),
}
