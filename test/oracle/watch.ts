// Copies of lists that are kept by delta links: begun at some moment, followed later, and then they have to hold what the list holds
// then, for whoever keeps them.
import { isDeepStrictEqual } from 'node:util'
import { answer, unordered, View } from './answer.ts'
import { bare, type Difference } from './judge.ts'
import type { Person } from './person.ts'
import { asked, type Read } from './request.ts'
import type { Asking } from './served.ts'
import { keyOf, type Stage } from './stage.ts'
import type { State } from './state.ts'
import type { Asker } from './world.ts'

export interface Watch {
  readonly asker: Asker
  readonly list: Extract<Read, { kind: 'list' }>
  readonly rows: Map<string, unknown>
  link: string
}

interface Page {
  readonly value?: readonly Record<string, unknown>[]
  readonly '@odata.nextLink'?: string
  readonly '@odata.deltaLink'?: string
}

/** Begins a copy of a list; undefined where its changes are not told, or somebody may not read it. */
export async function begin(stage: Stage, asker: Asker, entity: string, state: State): Promise<Watch | undefined> {
  const options = { select: ['name', 'number', 'kind', 'other_id'] }
  const list = { kind: 'list', entity, options } as const
  const watch: Watch = { asker, list, rows: new Map(), link: '' }
  const sent = { ...asked(state, list), headers: { prefer: 'odata.track-changes' } }
  const link = await take(stage, watch, sent)
  return typeof link === 'string' ? { ...watch, link } : undefined
}

/** Follows a link and compares the copy with what the list should hold. `over`: the link is not good any more. */
export async function catchUp(
  stage: Stage,
  watch: Watch,
  state: State,
  person: Person,
): Promise<Difference | 'over' | undefined> {
  const sent: Asking = { method: 'GET', path: watch.link.slice(watch.link.indexOf('/api/')) }
  const link = await take(stage, watch, sent)
  if (link === 410) return 'over'
  const expected = answer(new View(state, person), watch.list)
  if (typeof link !== 'string') {
    if (link !== undefined && expected.status.includes(link)) return 'over'
    return { expected: 'changes', heard: link, sent: [sent] }
  }
  watch.link = link
  const heard = { rows: unordered([...watch.rows.values()]) }
  return isDeepStrictEqual(expected.body, heard) ? undefined : { expected: expected.body, heard, sent: [sent] }
}

/** Takes pages into a copy until the link behind the last one; the status when there is none. */
async function take(
  { served, ...stage }: Stage,
  { asker, rows }: Watch,
  first: Asking,
): Promise<string | number | undefined> {
  const key = keyOf({ served, ...stage }, asker)
  for (let sent = first; ;) {
    const heard = await served.ask(key, sent)
    if (heard.status !== 200) return heard.status
    const { value = [], ...links } = heard.json as Page
    for (const row of value) {
      const id = row['id'] as string
      if (row['@removed'] === undefined) rows.set(id, bare(row))
      else rows.delete(id)
    }
    const next: string | undefined = links['@odata.nextLink']
    if (next === undefined) return links['@odata.deltaLink']
    sent = {
      method: 'GET',
      path: next.slice(next.indexOf('/api/')),
      ...(first.headers ? { headers: first.headers } : {}),
    }
  }
}
