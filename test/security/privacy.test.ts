// One person, written down on every path the product has, then erased: nothing of them is left in any table of any schema, in any
// stored file, in search, in the log or in an export. A legal hold refuses; an erasure that is killed at any moment goes on.
// Modelled on B3.26 of the threat list and on OWASP ASVS V14.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fold } from '@peyvand/core/base/fold.ts'
import { systemActor } from '@peyvand/core/access/actor.ts'
import { openArchive } from '@peyvand/runtime/records/workbook/archive.ts'
import { verifyAudit } from '@peyvand/runtime/audit/verify.ts'
import { openPlatform } from '@peyvand/runtime/index.ts'
import { readConfig } from '@peyvand/runtime/config.ts'
import { erasePerson, type ErasingTask } from '@peyvand/runtime/privacy/erase.ts'
import { orderErasure, planErasure } from '@peyvand/runtime/privacy/order.ts'
import { patternFor } from '@peyvand/runtime/privacy/traces.ts'
import { startPostgres } from '../support/postgres.ts'
import { keyFor } from '../support/people.ts'
import { dump, filesWith } from '../support/remains.ts'
import { sealWhole } from '../support/seal.ts'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

/** What nothing may be left of: each value once, in words that stand nowhere else. */
const canary = {
  first: 'Zqxenia',
  last: 'Vorbakhtyar',
  email: 'zqxenia.vorbakhtyar@canary.example',
  former: 'zqxenia.formerly@canary.example',
  phone: '+98 912 7734419',
  mobile: '0049-151 66237781',
  city: 'Qvarnholmia',
  number: 'CANARY-77-X',
  words: 'kanarienworte',
  rich: 'rikkanarium',
  note: 'notakanarinha',
  remark: 'remarkanarion',
  file: 'canaryfile-content-8841',
  fileName: 'canary-passport-scan.txt',
  taken: 'takenkanari',
}
/** How each may stand somewhere: as it is, folded as search does, as part of an address, its digits alone. */
const spellings = [
  ...new Set(
    Object.values(canary).flatMap((value) => [
      value.toLowerCase(),
      fold(value),
      encodeURIComponent(value).toLowerCase(),
      ...(/^[+\d\s-]+$/.test(value) ? [value.replaceAll(/\D/g, '').slice(-8)] : []),
    ]),
  ),
]

/** The spellings that a text has. */
function hits(said: string): string[] {
  const lower = said.toLowerCase()
  return spellings.filter((one) => lower.includes(one))
}

const definitions = [
  {
    kind: 'entity',
    name: 'patient_file',
    ownership: 'user',
    fields: [
      { name: 'name', type: 'text', maxLength: 100, required: true, unique: true, personal: 'identifier' },
      {
        name: 'story',
        type: 'rich_text',
        personal: { category: 'sensitive', purpose: 'Treatment', basis: 'contract' },
      },
      { name: 'facts', type: 'json', personal: 'sensitive' },
      { name: 'born', type: 'date', required: true, personal: 'profile' },
      { name: 'called', type: 'person_name', personal: 'name' },
      { name: 'invoice_name', type: 'text', personal: { category: 'name', erase: 'keep', basis: 'legal_obligation' } },
      { name: 'room', type: 'text' },
      { name: 'contact', type: 'lookup', target: 'contact', subject: 'keep' },
    ],
  },
  {
    kind: 'role',
    name: 'bystander',
    grants: [{ entity: '*', create: 'all', read: 'all', write: 'all', delete: 'all', append: 'all', append_to: 'all' }],
  },
  {
    kind: 'role',
    name: 'blind',
    grants: [{ entity: '*', read: 'all' }],
    fields: [{ entity: 'contact', field: 'do_not_contact', read: false }],
  },
]

interface Dossier {
  readonly persons: readonly { readonly entity: string; readonly id: string; readonly kept: readonly object[] }[]
  readonly about: readonly {
    readonly entity: string
    readonly field: string
    readonly count: number
    readonly erase: string
  }[]
  readonly linked: readonly { readonly entity: string; readonly field: string; readonly count: number }[]
  readonly mentions: readonly { readonly entity: string; readonly count: number }[]
  readonly holds: readonly { readonly id: string; readonly reason: string }[]
  readonly plan: string
}

describe('what a person is told by', () => {
  const pattern = patternFor([
    { text: 'Oana Ionescu' },
    { text: 'oana@x.example' },
    { text: '+98 912 7734419', phone: true },
  ])!
  it.each([
    ['Call Oana Ionescu, today', true],
    ['(OANA  IONESCU)', true],
    [JSON.stringify('line\nOana Ionescu'), true],
    ['eq%20%27oana%40x.example%27', true],
    ['0912 773 4419', true],
    ['۰۹۱۲۷۷۳۴۴۱۹', true],
    // Somebody whose name or number has the person's in it is another one.
    ['Ioana Ionescu', false],
    ['Oana Ionescule', false],
    ['xoana@x.example', false],
    ['091277344190', false],
  ])('%s: %s', (said, tells) => expect(new RegExp(pattern, 'iu').test(said)).toBe(tells))
})

describe.each(engines)('a person on %s', (engine) => {
  let server: TestServer
  let folder = ''
  let env: Record<string, string> = {}
  let postgres: Awaited<ReturnType<typeof startPostgres>> | undefined
  let output = ''
  let person = ''
  let other = ''
  let noted = ''
  let attached = ''
  const ask = (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
    call(server, method, path, body, headers)
  const data = (method: string, path: string, body?: unknown, headers = {}) =>
    ask(method, `/api/data/v1/${path}`, body, headers)
  const made = async (set: string, body: object, headers = {}): Promise<string> => {
    const answer = await data('POST', set, body, headers)
    expect(answer.status, answer.text).toBe(201)
    return (answer.json as { id: string }).id
  }
  const done = async (answer: Promise<Answer>): Promise<Answer> => {
    const got = await answer
    expect(got.status, got.text).toBeLessThan(300)
    return got
  }
  const upload = async (content: string, name: string): Promise<string> => {
    const type = { 'content-type': 'text/plain' }
    const answer = await done(ask('POST', `/api/files?name=${encodeURIComponent(name)}`, content, type))
    return (answer.json as { id: string }).id
  }
  const records = () => [{ entity: 'contact', id: person }]
  const start = async () => {
    server = await startServer({ engine, solutions: 'crm', env: { ...env, LOG_LEVEL: 'debug', LOG_FORMAT: 'json' } })
  }
  const stop = async () => {
    output += server.output()
    await server.stop()
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'peyvand-privacy-'))
    postgres = engine === 'postgres' ? await startPostgres() : undefined
    env = { DATA_DIR: folder, ...(postgres === undefined ? {} : { DATABASE_URL: postgres.url }) }
    await start()
    await done(
      ask('POST', '/api/model/apply', { changes: definitions.map((definition) => ({ op: 'put', definition })) }),
    )
    await writeEverywhere()
  })
  afterAll(async () => {
    await server?.stop()
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The person on every path. */
  async function writeEverywhere(): Promise<void> {
    const whole = {
      first_name: canary.first,
      last_name: canary.last,
      email: canary.former,
      phone: canary.phone,
      city: canary.city,
      contact_number: canary.number,
      description: `Long ${canary.words}\nand more`,
    }
    // An answer that is kept for a request that may come again; then changes, so that there is history.
    person = await made('contacts', whole, { 'idempotency-key': 'canary-1' })
    await done(data('PATCH', `contacts(${person})`, { email: canary.email, mobile: canary.mobile }))
    await done(data('PATCH', `contacts(${person})`, { photo_id: null }))
    other = await made('contacts', { first_name: 'Somebody', last_name: 'Else', email: 'else@other.example' })
    const patient = {
      name: `${canary.number}-P`,
      story: `<p>The <b>${canary.rich}</b> story</p>`,
      facts: { said: canary.words },
      born: '1980-02-03',
      called_first: canary.first,
      called_last: canary.last,
      room: 'R12',
      contact_id: person,
    }
    await made('patient_files', patient)
    // Notes with files, activities, connections, links of many with many, in a batch and by deep insert.
    attached = await upload(canary.file, canary.fileName)
    const regarding = { regarding_id: person, regarding_type: 'contact' }
    noted = await made('notes', {
      title: canary.note,
      text: `${canary.note} text`,
      attachments_files: [{ id: attached }],
      ...regarding,
    })
    const batch = {
      requests: [
        {
          id: '1',
          method: 'POST',
          url: 'activities',
          headers: { 'idempotency-key': 'canary-2' },
          body: { subject: `Call ${canary.note}`, ...regarding },
        },
        { id: '2', method: 'POST', url: 'notes', body: { title: 'x', text: canary.note, ...regarding } },
      ],
    }
    await done(data('POST', '$batch', batch))
    const deal = await made('opportunities', {
      name: 'A deal',
      description: `Wanted by ${canary.first} ${canary.last}, ${canary.email}`,
    })
    await made('deal_contacts', { opportunity_id: deal, contact_id: person, remark: canary.remark })
    const list = await made('mailing_lists', { name: 'News' })
    await done(data('POST', `mailing_lists(${list})/contacts/$ref`, { '@odata.id': `contacts(${person})` }))
    await made('connections', {
      record1_id: person,
      record1_type: 'contact',
      record2_id: other,
      record2_type: 'contact',
      description: canary.note,
    })
    await made('consents', {
      person_id: person,
      person_type: 'contact',
      channel: 'email',
      purpose: 'newsletter',
      decided_at: '2026-01-02T03:04:05Z',
      how: 'form',
      source: canary.words,
      ip: '203.0.113.77',
    })
    // Imported: a file that was taken in, one whose row failed, one that waits.
    const csv = (rows: string) => `first_name,last_name,email,description\r\n${rows}`
    const head = { 'content-type': 'text/csv' }
    const row = `${canary.first},${canary.last},${canary.email},${canary.taken}`
    await done(ask('POST', '/api/import/contact', csv(`${row}\r\nOther,Person,o@p.example,x`), head))
    await ask('POST', '/api/import/contact', csv(`${canary.first},,${canary.email},${canary.taken}`), head)
    await done(ask('POST', '/api/import/contact?stage=true', csv(row), head))
    const found = await data('GET', `contacts?$filter=email eq '${canary.email}'&$select=id`)
    const double = (found.json as { value: { id: string }[] }).value.find(({ id }) => id !== person)!.id
    // Merged: the double says where it went, and what the merge did is remembered.
    await done(
      ask('POST', '/api/actions/merge_records', {
        entity: 'contact',
        winner: person,
        loser: double,
        take: ['description'],
      }),
    )
    // Somebody with an account who is the contact.
    const account = {
      email: `u.${canary.email}`,
      name: `${canary.first} ${canary.last}`,
      password: 'a long good password',
    }
    const user = ((await done(ask('POST', '/api/users', { ...account, roles: ['bystander'] }))).json as { id: string })
      .id
    await done(data('PATCH', `users(${user})`, { contact_id: person, phone: canary.mobile }))
    const cookie = await fetch(`${server.url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url, 'user-agent': `Browser of ${canary.words}` },
      body: JSON.stringify({ email: account.email, password: account.password }),
    })
    expect(cookie.status).toBe(200)
    // A jobs payload, a search and wrong requests that name the person.
    await ask('GET', `/api/search?q=${encodeURIComponent(canary.email)}`)
    await data('GET', `contacts?$filter=email eq '${encodeURIComponent(canary.email)}' and nothing eq 1`)
    await data('POST', 'contacts', { ...whole, last_name: null })
    await data('POST', 'contacts', whole)
  }

  it('is found by name, address and number, however they are written', async () => {
    for (const said of [canary.email.toUpperCase(), canary.last, '0912 773 4419', '+4915166237781', '۰۹۱۲۷۷۳۴۴۱۹']) {
      const answer = await done(ask('POST', '/api/privacy/find', { text: said }))
      const { people } = answer.json as { people: { id: string }[] }
      expect([said, people.map(({ id }) => id).includes(person)]).toEqual([said, true])
    }
  })

  it('is told with everything that is about them', async () => {
    const { json } = await done(ask('POST', '/api/privacy/find', { records: records() }))
    const { persons, about, linked, mentions } = json as Dossier
    expect(persons.map(({ entity }) => entity).sort()).toEqual(['contact', 'contact', 'user'])
    const counts = about.map(({ entity, field, count, erase }) => `${entity}.${field} ${count} ${erase}`)
    expect(counts.sort()).toEqual([
      'activity.regarding 1 keep',
      'connection.record1 1 delete',
      'consent.person 1 keep',
      'deal_contact.contact 1 keep',
      'note.regarding 2 delete',
      'patient_file.contact 1 keep',
    ])
    expect(linked.map(({ entity }) => entity)).toContain('mailing_list_contact')
    expect(mentions).toBeDefined()
  })

  it('is nobody’s business without the privilege', async () => {
    const account = { email: 'b@example.com', name: 'B', password: 'a long good password', roles: ['bystander'] }
    await done(ask('POST', '/api/users', account))
    const { json } = await done(ask('POST', '/api/users/keys', { email: account.email, name: 'k' }))
    const key = { authorization: `Bearer ${(json as { key: string }).key}` }
    for (const [method, path, body] of [
      ['POST', 'find', { text: canary.last }],
      ['POST', 'find', { records: records() }],
      ['POST', 'export', { records: records() }],
      ['POST', 'plan', { records: records() }],
      ['POST', 'erase', { records: records(), plan: 'x', reason: 'x' }],
      ['GET', 'holds', undefined],
      ['GET', 'erasures', undefined],
    ] as const) {
      const answer = await ask(method, `/api/privacy/${path}`, body, key)
      expect([path, answer.status, hits(answer.text)]).toEqual([path, 403, []])
    }
  })

  it('is handed out whole, with files and history', async () => {
    const answer = await fetch(`${server.url}/api/privacy/export`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ records: records() }),
    })
    expect(answer.headers.get('content-type')).toBe('application/zip')
    const file = `files/${attached}-${canary.fileName}`
    const names = ['person.json', 'csv/contacts.csv', file]
    const [whole = '', table, content] = await unzip(Buffer.from(await answer.arrayBuffer()), names)
    expect(table).toContain(canary.email)
    expect(content).toBe(canary.file)
    const told = JSON.parse(whole) as { records: { entity: string }[]; history: object[] }
    expect(told.records.map(({ entity }) => entity)).toEqual(
      expect.arrayContaining(['contact', 'user', 'note', 'consent']),
    )
    expect(JSON.stringify(told.history)).toContain(canary.former)
  })

  it('may be written to as far as they agreed', async () => {
    const may = async (channel: string, purpose: string) =>
      (await data('GET', `contacts(${person})/may_contact(channel='${channel}',purpose='${purpose}')`)).json
    expect(await may('email', 'newsletter')).toMatchObject({ may: true, because: 'given' })
    expect(await may('email', 'offers')).toMatchObject({ may: false, because: 'none' })
    await made('consents', {
      person_id: person,
      person_type: 'contact',
      channel: 'email',
      purpose: 'newsletter',
      decision: 'withdrawn',
      decided_at: '2026-02-02T03:04:05Z',
      how: 'unsubscribe',
    })
    expect(await may('email', 'newsletter')).toMatchObject({ may: false, because: 'withdrawn' })
    const held = await done(
      ask('POST', '/api/privacy/holds', { entity: 'contact', id: other, kind: 'restriction', reason: 'disputed' }),
    )
    expect(held.status).toBe(201)
    const { json } = await data('GET', `contacts(${other})/may_contact(channel='email',purpose='newsletter')`)
    expect(json).toMatchObject({ may: false, because: 'restricted' })
  })

  it('may not be contacted when they do not want to be, whatever they agreed to', async () => {
    const asked = (key = server.adminKey) =>
      call(
        { url: server.url, adminKey: key },
        'GET',
        `/api/data/v1/contacts(${quiet})/may_contact(channel='sms',purpose='offers')`,
      )
    const quiet = await made('contacts', { last_name: 'Quiet' })
    const said = { person_id: quiet, person_type: 'contact', channel: 'sms', purpose: 'offers', how: 'form' }
    const proof = await made('consents', { ...said, decided_at: '2026-01-02T03:04:05Z' })
    const blind = await keyFor(server, 'blind@example.com', ['blind'])
    expect((await asked()).json).toMatchObject({ may: true, because: 'given', consent: proof })
    // Who may not read the field is told no all the time.
    const hidden = (await asked(blind)).text
    expect(JSON.parse(hidden)).toMatchObject({ may: false, because: 'unknown' })
    await data('PATCH', `contacts(${quiet})`, { do_not_contact: true })
    expect((await asked()).json).toMatchObject({ may: false, because: 'refused', consent: proof })
    expect((await asked(blind)).text).toBe(hidden)
    const standing = await data('GET', `contacts(${quiet})/consents_of()`)
    expect(standing.json).toMatchObject({ contact: 'refused', consents: [{ state: 'given' }] })
    await data('PATCH', `contacts(${quiet})`, { do_not_contact: false })
    expect((await asked()).json).toMatchObject({ may: true, because: 'given' })
  })

  it('what they agreed to is only added to, whoever asks', async () => {
    const { json } = await data('GET', `consents?$filter=person_id eq ${person}&$select=id`)
    const [{ id }] = (json as { value: [{ id: string }] }).value
    for (const [method, body] of [
      ['PATCH', { decision: 'withdrawn' }],
      ['DELETE', undefined],
    ] as const)
      expect([method, (await data(method, `consents(${id})`, body)).status]).toEqual([method, 403])
    const bulk = await data('POST', 'consents/$bulk', { update: [{ id, decision: 'withdrawn' }] })
    expect(bulk.text).toContain('access.denied')
  })

  it('a legal hold refuses to delete and to erase, on every path, and says so', async () => {
    const hold = { entity: 'note', id: noted, reason: 'Case 12/2026', until: '2099-01-01' }
    const { id } = (await done(ask('POST', '/api/privacy/holds', hold))).json as { id: string }
    for (const answer of [
      await data('DELETE', `notes(${noted})`),
      await data('POST', 'notes/$bulk', { delete: [{ id: noted }] }),
      await data('DELETE', `notes?$filter=id eq ${noted}`),
    ])
      if (answer.status !== 405 && answer.status !== 404) expect(answer.text).toMatch(/Case 12\/2026/)
    const { plan, holds } = (await done(ask('POST', '/api/privacy/plan', { records: records() }))).json as Dossier
    expect(holds).toMatchObject([{ id, reason: 'Case 12/2026' }])
    const refused = await ask('POST', '/api/privacy/erase', { records: records(), plan, reason: 'asked for' })
    expect([refused.status, refused.json]).toEqual([409, expect.objectContaining({ code: 'conflict.held' })])
    expect(refused.text).toContain('Case 12/2026')
    await done(ask('DELETE', `/api/privacy/holds/${id}`))
    expect((await data('GET', `notes(${noted})`)).status).toBe(200)
  })

  it('an erasure is refused for another plan than was looked at, and for a reason that names the person', async () => {
    const { plan } = (await done(ask('POST', '/api/privacy/plan', { records: records() }))).json as Dossier
    const wish = { records: records(), mentions: true, plan, reason: 'asked for' }
    expect((await ask('POST', '/api/privacy/erase', { ...wish, plan: 'another' })).status).toBe(409)
    const named = await ask('POST', '/api/privacy/erase', { ...wish, reason: `${canary.email} asked` })
    expect([named.status, hits(named.text)]).toEqual([422, []])
  })

  it('is erased though the work is stopped at every transaction, and nothing is left of them', async () => {
    await stop()
    const seen = await inProcess()
    expect(seen.before.length, 'the canaries were written').toBeGreaterThan(spellings.length / 2)
    expect(seen.stops).toBeGreaterThan(8)
    expect(seen.left).toEqual([])
    expect(filesWith(folder, (said) => hits(said).length > 0)).toEqual([])
    expect(hits(output.replaceAll(/"address":"[^"]*"/g, ''))).toEqual([])
  })

  it('nothing of them is told afterwards either', async () => {
    await start()
    for (const said of [canary.last, canary.email, canary.phone, canary.note, canary.city]) {
      const { json } = await ask('GET', `/api/search?q=${encodeURIComponent(said)}`)
      expect([said, (json as { entities?: unknown[] }).entities ?? []]).toEqual([said, []])
    }
    const contact = await done(data('GET', `contacts(${person})`))
    expect(contact.json).toMatchObject({ email: null, phone: null, description: null, state: 'active' })
    const file = (await data('GET', `patient_files?$filter=contact_id eq ${person}`)).json as { value: object[] }
    expect(file.value).toMatchObject([{ room: 'R12', born: '1900-01-01', story: null, facts: null }])
    for (const set of ['contacts', 'users', 'notes', 'activities', 'patient_files', 'opportunities'])
      expect(
        hits((await ask('GET', `/api/export/${set.replace(/ies$/, 'y').replace(/s$/, '')}?format=csv`)).text),
      ).toEqual([])
    const again = await data('POST', 'contacts', { last_name: 'New' }, { 'idempotency-key': 'canary-1' })
    expect(hits(again.text)).toEqual([])
    expect((await ask('GET', `/api/data/v1/contacts(${person})/record_history()`)).status).toBe(200)
    const { value } = (await done(ask('GET', '/api/privacy/erasures'))).json as { value: { done_at: string | null }[] }
    expect(value.filter(({ done_at }) => done_at !== null)).toHaveLength(1)
  })

  it('a restored backup is told again whom it has to forget', async () => {
    await done(data('PATCH', `contacts(${person})`, { last_name: canary.last, email: canary.email }))
    await stop()
    const platform = await openPlatform(config(), { serves: false })
    await platform.database.query({ text: `delete from "${platform.schema}"._erasure` })
    await platform.close()
    await start()
    const first = (await done(ask('POST', '/api/privacy/replay', {}))).json as {
      known: number
      replayed: number
      jobs: string[]
    }
    expect(first).toMatchObject({ known: 1, replayed: 1 })
    await until(async () => {
      const { state } = (await ask('GET', `/api/jobs/${first.jobs[0]}`)).json as { state: string }
      expect(state).not.toBe('failed')
      return state === 'done' ? true : undefined
    })
    expect(hits((await data('GET', `contacts(${person})`)).text)).toEqual([])
    expect((await done(ask('POST', '/api/privacy/replay', {}))).json).toMatchObject({ known: 1, replayed: 0 })
  })

  const config = () => readConfig({ ...env, PORT: '0', LOG_LEVEL: 'error' })

  /** Erases in this process, with the work stopped at its first transaction, then at its second, and so on to the end. */
  async function inProcess(): Promise<{ before: string[]; left: string[]; stops: number }> {
    const platform = await openPlatform(config(), { serves: false })
    try {
      const context = platform.contextFor(systemActor)
      const target = { entity: context.model.entities.get('contact')!, id: person }
      const before = hits((await dump(platform.database)).join('\n'))
      const { plan } = await planErasure(platform, context, [target])
      const wish = { records: [target], mentions: true, plan, reason: 'asked for' }
      const erasure = await orderErasure(platform, context, wish, () => Promise.resolve())
      let at: string | undefined
      let stops = 0
      for (let most = 0; ; most++) {
        const task = stoppedAfter(most, at, (step) => (at = step))
        const stopped = await erasePerson(platform, erasure, task).then(
          () => false,
          (error: Error) => {
            expect(error.message).toBe('killed')
            return true
          },
        )
        if (!stopped) break
        stops++
        expect(stops).toBeLessThan(200)
      }
      // The log is still one chain that nobody else has changed, and says what was erased.
      await sealWhole(platform.database, platform.audit)
      const { findings, redacted } = await verifyAudit(platform.database, platform.audit)
      expect(findings).toEqual([])
      expect(redacted).toBeGreaterThan(10)
      return {
        before,
        stops,
        left: (await dump(platform.database)).flatMap((row) =>
          hits(row).map((hit) => `${hit} in ${row.slice(0, 300)}`),
        ),
      }
    } finally {
      await platform.close()
    }
  }
})

/** A task that loses its job at its transaction of that number. */
function stoppedAfter(most: number, at: string | undefined, moved: (step: string) => void): ErasingTask {
  let held = 0
  return {
    at,
    signal: new AbortController().signal,
    hold: () => (held++ < most ? Promise.resolve() : Promise.reject(new Error('killed'))),
    report: ({ at: step }) => Promise.resolve(moved(step)),
  }
}

/** The parts of a zip file that are asked for, by name. */
async function unzip(bytes: Buffer, names: readonly string[]): Promise<string[]> {
  const archive = await openArchive(Readable.from([bytes]))
  try {
    return await Promise.all(names.map(async (name) => text(await archive.read(name, 10_000_000))))
  } finally {
    await archive.close()
  }
}
