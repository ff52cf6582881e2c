// Do schema documents of the Common Data Model become a model that is published in one plan? Uses the documents beside the
// project where they are; a small document of our own is always converted.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { convert } from '../../examples/cdm/convert.ts'
import { engines, startServer, type TestServer } from '../support/server.ts'

const folder = join(import.meta.dirname, '../../../shared/data/metadata/cdm-sample')
const isThere = existsSync(folder)
if (!isThere) console.log('SKIPPED: the Common Data Model documents (../shared is not there)')

const own: JsonValue = {
  definitions: [
    {
      entityName: 'Standard',
      hasAttributes: [{ name: 'createdOn', dataType: 'dateTime' }, { attributeGroupReference: 'customerGroup' }],
    },
    {
      attributeGroupName: 'customerGroup',
      members: [
        {
          name: 'customer',
          entity: {
            entityReference: {
              entityName: 'Customer',
              hasAttributes: [
                { name: 'a', entity: { entityReference: 'Visit' } },
                { name: 'b', entity: { entityReference: 'House' } },
              ],
            },
          },
        },
      ],
    },
    {
      entityName: 'Visit',
      extendsEntity: 'Standard',
      sourceName: 'visit',
      displayName: 'Visit',
      hasAttributes: [
        { name: 'visitId', purpose: 'identifiedBy', dataType: 'entityId' },
        { name: 'name', dataType: 'name', maximumLength: 160, displayName: 'Name' },
        { name: 'pending', dataType: 'hologram' },
        {
          name: 'kindCode',
          dataType: {
            dataTypeReference: 'listLookup',
            appliedTraits: [
              {
                traitReference: 'does.haveDefault',
                arguments: [
                  {
                    entityReference: {
                      constantValues: [
                        ['en', 'First', '1', '0'],
                        ['fa', 'نخست', '1', '0'],
                        ['en', 'Next', '2', '1'],
                      ],
                    },
                  },
                ],
              },
            ],
          },
        },
      ],
    },
  ],
}

it('converts groups, inheritance, option sets and references to one of several', () => {
  const { definitions, notes } = convert([own], { prefix: 'x_' })
  expect(definitions.map(({ name }) => name)).toEqual(['x_visit', 'x_house'])
  expect(definitions[0]!['fields']).toEqual([
    { name: 'customer', type: 'lookup', target: ['x_visit', 'x_house'], inverse: 'visit_by_customer' },
    { name: 'name', label: 'Name', type: 'text', maxLength: 160 },
    {
      name: 'kind_code',
      type: 'choice',
      options: [
        { value: '1', label: { en: 'First', fa: 'نخست' } },
        { value: '2', label: { en: 'Next' } },
      ],
    },
  ])
  expect(notes).toEqual([
    'Visit.createdOn: every record has its own',
    'Visit.visitId: records are found by their id',
    'Visit.pending: the data type "hologram" has no counterpart',
    'House: not among the documents; it becomes an entity with a name only',
  ])
})

describe.runIf(isThere).each(engines)('the documents of a CRM on %s', (engine) => {
  let server: TestServer
  let headers: Record<string, string>
  const documents = isThere
    ? globSync('*.cdm.json', { cwd: folder })
        .sort()
        .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as JsonValue)
    : []
  const { definitions } = convert(documents, { prefix: 'cdm_' })
  const changes = definitions.map((definition) => ({ op: 'put', definition }))
  beforeAll(async () => {
    server = await startServer({ engine })
    headers = { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' }
  })
  afterAll(() => server?.stop())
  const send = async (path: string, body?: unknown): Promise<{ status: number; body: JsonObject }> => {
    const answer = await fetch(`${server.url}/api/${path}`, {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as JsonObject }
  }

  it('publishes in one plan', async () => {
    const planned = await send('model/plan', { changes })
    expect([planned.status, planned.body['problems']]).toEqual([200, []])
    const applied = await send('model/apply', { changes, plan: planned.body['plan'] })
    expect(applied).toMatchObject({ status: 200 })
  })

  it('has fourteen entities with their option sets, their lookups on one of several, and circles', () => {
    const byName = new Map(definitions.map((definition) => [definition['name'], definition['fields'] as JsonObject[]]))
    const field = (entity: string, name: string) => byName.get(entity)!.find((one) => one['name'] === name)!
    expect([...byName.values()].filter((fields) => fields.length > 1)).toHaveLength(14)
    expect(field('cdm_account', 'industry_code')['options']).toHaveLength(33)
    expect(field('cdm_case', 'customer')['target']).toEqual(['cdm_contact', 'cdm_account'])
    expect(field('cdm_account', 'primary_contact')['target']).toBe('cdm_contact')
    expect(field('cdm_contact', 'parent_customer')['target']).toEqual(['cdm_contact', 'cdm_account'])
    expect(field('cdm_account', 'parent_account')['target']).toBe('cdm_account')
  })

  it('holds records that point at each other in a circle', async () => {
    const account = await send('data/v1/cdm_accounts', { name: 'Aras', industry_code: '1' })
    const contact = await send('data/v1/cdm_contacts', {
      last_name: 'Rad',
      parent_customer_id: account.body['id'],
      parent_customer_type: 'cdm_account',
    })
    expect([account.status, contact.status]).toEqual([201, 201])
    const linked = await fetch(`${server.url}/api/data/v1/cdm_accounts(${plainText(account.body['id'])})`, {
      method: 'PATCH',
      headers,
      body: JSON.stringify({ primary_contact_id: contact.body['id'] }),
    })
    expect(linked.status).toBe(200)
    const read = await send(
      `data/v1/cdm_accounts?$expand=primary_contact($select=last_name;$expand=parent_customer_cdm_account($select=name))&$select=name`,
    )
    expect(read.body['value']).toMatchObject([
      { name: 'Aras', primary_contact: { last_name: 'Rad', parent_customer_cdm_account: { name: 'Aras' } } },
    ])
  })
})
