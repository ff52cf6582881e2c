// What deleting a record would do to others, before it is done.
import { previewDelete } from '../../records/cascade/preview.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'deletion_preview',
  kind: 'function',
  doc: 'Tells how many records of each entity would go with this one, lose their link to it or stand in the way, and whether a job is needed.',
  on: { what: 'record', entity: '*', needs: 'delete' },
  parameters: {},
  result: { schema: { type: 'object' } },
  async run({ platform, context, entity, id }) {
    const { entities, ...told } = await previewDelete(platform, context, { entity: entity!, id: id! })
    return { ...told, entities: entities.map((each) => ({ ...each })) }
  },
}
