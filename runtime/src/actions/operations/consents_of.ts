// What somebody consented to, as it stands now.
import { standingOf } from '../../privacy/consent.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'consents_of',
  kind: 'function',
  doc: 'What the person last consented to or withdrew, by channel and purpose, and whether the use of their data is restricted',
  on: { what: 'record', entity: '*' },
  parameters: {},
  result: {
    schema: {
      type: 'object',
      required: ['restricted', 'consents'],
      properties: {
        restricted: { type: 'boolean' },
        consents: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              channel: { type: 'string' },
              purpose: { type: 'string' },
              state: { enum: ['given', 'withdrawn', 'expired'] },
              at: { type: 'string', format: 'date-time' },
              expires_at: { type: ['string', 'null'], format: 'date-time' },
              consent: { type: 'string', format: 'uuid' },
            },
          },
        },
      },
    },
  },
  async run({ context, entity, id }) {
    const { restricted, consents } = await standingOf(context, { entity: entity!, id: id! })
    return { restricted, consents: consents.map((each) => ({ ...each })) }
  },
}
