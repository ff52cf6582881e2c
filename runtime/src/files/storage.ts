// Where contents are kept: one interface, whatever keeps them. A key is made of a content's hash, never of a name a person
// gave; what a content is called, and who may have it, is the database's.
import type { Readable } from 'node:stream'

/** A part of a content: both ends included, as in an HTTP range. unit: bytes. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** A content in a file of this process, ready to be kept. */
export interface Content {
  /** The file may be moved away: it is the store's from then on. */
  readonly path: string
  readonly size: number
  /** Hex. */
  readonly sha256: string
}

export interface Storage {
  /** Folder for contents on their way in; contents can be moved from there. */
  readonly incoming: string
  /** Keeps a content under a key: whole and durable, or not at all. A content that is there already is left alone. */
  put(key: string, content: Content): Promise<void>
  /** The content or a part of it; undefined when there is none. */
  get(key: string, range?: Range): Promise<Readable | undefined>
  /** unit: bytes; undefined when there is none. */
  stat(key: string): Promise<number | undefined>
  /** Takes a content away; none there is no failure. */
  delete(key: string): Promise<void>
}

/** The key of a content. */
export const contentKey = (sha256: string): string => `content/${sha256.slice(0, 2)}/${sha256}`

/** The key of the small version of a picture. */
export const thumbnailKey = (sha256: string, size: number): string =>
  `thumbnail/${sha256.slice(0, 2)}/${sha256}-${size}.webp`

/** throws: TypeError for what no key of ours looks like, before it becomes a path. */
export function checkKey(key: string): string {
  if (!/^[a-z]+\/[0-9a-f]{2}\/[0-9a-f]{64}(-\d{1,5}\.webp)?$/.test(key)) throw new TypeError(`not a key: ${key}`)
  return key
}
