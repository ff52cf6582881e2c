// Whether somebody may be written to.
import { plainText } from '@peyvand/core/base/json.ts'
import { mayContact } from '../../privacy/consent.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'may_contact',
  kind: 'function',
  doc: 'Whether the person may be written to by a channel for a purpose: what they last consented to or withdrew, and no when they said nothing, when a field of theirs stops contact (refused), and when the caller may not read that field (unknown)',
  on: { what: 'record', entity: '*' },
  parameters: {
    channel: { schema: { type: 'string', maxLength: 100 }, doc: 'A channel of "consent", like email', required: true },
    purpose: {
      schema: { type: 'string', maxLength: 100 },
      doc: 'A purpose of "consent", like newsletter',
      required: true,
    },
  },
  result: {
    schema: {
      type: 'object',
      required: ['may', 'because'],
      properties: {
        may: { type: 'boolean' },
        because: { enum: ['given', 'withdrawn', 'expired', 'none', 'restricted', 'refused', 'unknown'] },
        consent: { type: ['string', 'null'], format: 'uuid' },
        at: { type: ['string', 'null'], format: 'date-time' },
      },
    },
  },
  async run({ context, parameters, entity, id }) {
    const asked = { channel: plainText(parameters['channel']), purpose: plainText(parameters['purpose']) }
    return { ...(await mayContact(context, { entity: entity!, id: id! }, asked)) }
  },
}
