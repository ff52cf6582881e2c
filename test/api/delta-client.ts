// A client that keeps a copy of a list: reads it once, then follows its delta links as the protocol says.
import { call, type TestServer } from '../support/server.ts'

type Who = Pick<TestServer, 'url' | 'adminKey'>
type Item = Record<string, unknown>
interface Page {
  readonly value: Item[]
  readonly '@odata.nextLink'?: string
  readonly '@odata.deltaLink'?: string
}

export interface Copy {
  readonly who: Who
  readonly path: string
  readonly records: Map<string, Item>
  link: string
  /** How often its link was followed. */
  followed: number
}

export function newCopy(who: Who, path: string): Copy {
  return { who, path, records: new Map(), link: '', followed: 0 }
}

/** Reads the list for the first time. */
export async function startCopy(copy: Copy): Promise<void> {
  await read(copy, `${copy.who.url}/api/data/v1/${copy.path}`, {
    prefer: 'odata.track-changes,odata.maxpagesize=7',
  })
}

/** Follows the delta link to the end of its pages. */
export async function followOnce(copy: Copy, pageSize = 50): Promise<void> {
  await read(copy, copy.link, { prefer: `odata.maxpagesize=${pageSize}` })
  copy.followed++
}

async function read(copy: Copy, from: string, headers: Record<string, string>): Promise<void> {
  let link: string | undefined = from
  while (link !== undefined) {
    const answer = await call(copy.who, 'GET', link.slice(copy.who.url.length), undefined, headers)
    if (answer.status !== 200) throw new Error(`${link} answered ${answer.status}: ${answer.text}`)
    const page = answer.json as Page
    for (const item of page.value) take(copy, item)
    if (page['@odata.deltaLink'] !== undefined) copy.link = page['@odata.deltaLink']
    link = page['@odata.nextLink']
  }
}

function take({ records }: Copy, item: Item): void {
  const id = item['id'] as string
  if ('@removed' in item) records.delete(id)
  else records.set(id, item)
}
