// What a form shows for formulas while a person types: core/form/preview.ts works it out, and comes with the first change of
// a record that has formulas. The records its lookups lead to are read here, each once.
import type * as work from '@peyvand/core/form/preview.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { types } from '@peyvand/core/types/index.ts'
import { fetchJson } from '../data/http.ts'
import { current } from '../data/model.ts'
import { exactJson } from '../data/numbers.ts'
import { Store } from '../kit/view.ts'

type Values = Readonly<Record<string, unknown>>
type Work = Pick<typeof work, 'parentsOf' | 'previewFormulas'>

export class Preview extends Store {
  #work: Work | undefined
  /** Records by how they were asked for; undefined while one is on its way, null when it is not there for this person. */
  readonly #read = new Map<string, Values | null | undefined>()

  /** The draft with what its formulas give now; before the first change they are as the server said. */
  shown(entity: Entity, draft: Values, original: Values | undefined): Values {
    if (draft === original || !entity.fields.some(({ type }) => types.get(type)?.formula !== undefined)) return draft
    if (!this.#work) {
      void this.#learn()
      return draft
    }
    const parents = this.#parents(this.#work, entity, draft)
    return { ...draft, ...this.#work.previewFormulas(current(), entity, draft, new Date().toISOString(), parents) }
  }

  /** Forgets what was read: the record was read anew, and so may its parents have to be. */
  forget(): void {
    this.#read.clear()
  }

  async #learn(): Promise<void> {
    this.#work = await import('@peyvand/core/form/preview.ts')
    this.changed()
  }

  #parents({ parentsOf }: Work, entity: Entity, draft: Values): Record<string, Values | null> {
    const found: Record<string, Values | null> = {}
    for (const { navigation, entity: target, id, query } of parentsOf(current(), entity, draft)) {
      const address = `${current().entityById.get(target)!.entitySet}(${id})?${query}`
      const known = this.#read.get(address)
      if (known !== undefined) found[navigation] = known
      else if (!this.#read.has(address)) void this.#ask(address)
    }
    return found
  }

  async #ask(address: string): Promise<void> {
    this.#read.set(address, undefined)
    const row = await fetchJson<Values>(`/api/data/v1/${address}`, { headers: exactJson }).catch(() => null)
    this.#read.set(address, row)
    this.changed()
  }
}
