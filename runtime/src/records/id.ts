// Ids of new records: UUID version 7, so that they sort by the time they were made; within one process strictly.
import { randomFillSync } from 'node:crypto'

const pool = new Uint8Array(4096)
let used = pool.length
let lastTime = 0
let counter = 0
/** What all ids of one moment begin with. */
let prefix = ''
let prefixTime = -1

const bytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A new id. */
export function newId(): string {
  const time = Math.max(Date.now(), lastTime)
  counter = time === lastTime ? counter + 1 : random(2) & 0x7ff
  lastTime = counter > 0xfff ? time + 1 : time
  if (counter > 0xfff) counter = 0
  if (lastTime !== prefixTime) prefix = prefixOf((prefixTime = lastTime))
  const variant = bytes[0x80 | (random(1) & 0x3f)]! + hex()
  return `${prefix}${bytes[counter >> 8]![1]!}${bytes[counter & 0xff]!}-${variant}-${hex()}${hex()}${hex()}${hex()}${hex()}${hex()}`
}

function prefixOf(time: number): string {
  const stamp = time.toString(16).padStart(12, '0')
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7`
}

/** One random byte in hexadecimal. */
function hex(): string {
  return bytes[random(1)]!
}

/** A random whole number of so many bytes (at most 6). */
function random(count: number): number {
  if (used + count > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let value = 0
  for (let i = 0; i < count; i++) value = value * 256 + pool[used++]!
  return value
}
