// Who the caller is, as the service sees them.
import type { Operation } from '../operation.ts'

const uuid = { type: 'string', format: 'uuid' }

export const operation: Operation = {
  name: 'who_am_i',
  kind: 'function',
  doc: 'The user who asks, with roles, teams and business unit',
  parameters: {},
  result: {
    schema: {
      type: 'object',
      required: ['user_id', 'name', 'roles', 'teams', 'unit_id'],
      properties: {
        user_id: uuid,
        name: { type: 'string' },
        roles: { type: 'array', items: { type: 'string' } },
        teams: { type: 'array', items: uuid },
        unit_id: { type: ['string', 'null'], format: 'uuid' },
      },
    },
  },
  run({ context: { actor } }) {
    const { user, name, roles, teams, unit } = actor
    return Promise.resolve({ user_id: user, name, roles: [...roles], teams: [...teams], unit_id: unit })
  },
}
