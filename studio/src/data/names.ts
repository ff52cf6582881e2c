// Names of records that are known by id only (a filter in an address): asked once, kept, repainted when they arrive.
import { textIn } from '@peyvand/core/types/paint.ts'
import { Store } from '../kit/view.ts'
import { current } from './model.ts'
import { list } from './records.ts'

/** The end of an id, for what has no name: of ids that were made at the same time it is what differs. */
export function shortId(id: string): string {
  return `…${id.slice(-8)}`
}

class Names extends Store {
  readonly #known = new Map<string, string>()

  /** The record's name; '…' until it is known. */
  of(entityName: string, id: string): string {
    const key = `${entityName}/${id}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    this.#known.set(key, '…')
    void this.#ask(entityName, id, key)
    return '…'
  }

  /** Keeps a name that came along with something else. */
  keep(entityName: string, id: string, name: string): void {
    this.#known.set(`${entityName}/${id}`, name)
  }

  async #ask(entityName: string, id: string, key: string): Promise<void> {
    const entity = current().entities.get(entityName)
    if (!entity) return
    const { rows } = await list({ entity, fields: [entity.primaryField], filter: `id eq ${id}`, top: 1 }).catch(() => ({
      rows: [],
    }))
    this.#known.set(key, textIn(rows[0] ?? {}, entity.primaryField) ?? '?')
    this.changed()
  }
}

/** Names by entity and id. */
export const names = new Names()
