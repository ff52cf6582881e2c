// What somebody consented to, as it stands now.
import { standingOf } from '../../privacy/consent.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'consents_of',
  kind: 'function',
  doc: 'What the person last consented to or withdrew, by channel and purpose, whether the use of their data is restricted, and whether a field of theirs stops contact',
  on: { what: 'record', entity: '*' },
  parameters: {},
  result: {
    schema: {
      type: 'object',
      required: ['restricted', 'contact', 'consents'],
      properties: {
        restricted: { type: 'boolean' },
        contact: { enum: ['open', 'refused', 'unknown'] },
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
    const { restricted, contact, consents } = await standingOf(context, { entity: entity!, id: id! })
    return { restricted, contact, consents: consents.map((each) => ({ ...each })) }
  },
}
