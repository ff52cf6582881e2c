// `POST <set>/$bulk`: many records in one call. Placeholder of the grammar until records/bulk.ts is wired.
import type { DataRequest } from '../data.ts'
import type { Place } from './address.ts'

export async function answerBulk(_request: DataRequest, _place: Place): Promise<Response> {
  throw new Error('not wired')
}
