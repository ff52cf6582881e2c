// Short stable hashes for physical names. Not for secrets: they only make a fixed-length name out of an immutable id.

/** 12 hex digits (48 bits) of a text; the same on every machine and for ever, because constraint names are made of it. */
export function hash48(text: string): string {
  let h1 = 0xdeadbeef
  let h2 = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    h1 = Math.imul(h1 ^ code, 2654435761)
    h2 = Math.imul(h2 ^ code, 1597334677)
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909)
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909)
  return hex(h2) + hex(h1).slice(0, 4)
}

function hex(n: number): string {
  return (n >>> 0).toString(16).padStart(8, '0')
}
