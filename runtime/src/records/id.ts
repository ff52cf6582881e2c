// Ids of new records: UUID version 7, so that they sort by the time they were made; within one process strictly.
import { randomFillSync } from 'node:crypto'

const pool = new Uint8Array(4096)
let used = pool.length
let lastTime = 0
let counter = 0

/** A new id. */
export function newId(): string {
  const time = Math.max(Date.now(), lastTime)
  counter = time === lastTime ? counter + 1 : random(2) & 0x7ff
  lastTime = counter > 0xfff ? time + 1 : time
  if (counter > 0xfff) counter = 0
  const stamp = lastTime.toString(16).padStart(12, '0')
  const tail = random(4).toString(16).padStart(8, '0') + random(2).toString(16).padStart(4, '0')
  const variant = (0x8000 | (random(2) & 0x3fff)).toString(16)
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}-${tail}`
}

/** A random whole number of so many bytes (at most 6). */
function random(bytes: number): number {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let value = 0
  for (let i = 0; i < bytes; i++) value = value * 256 + pool[used++]!
  return value
}
