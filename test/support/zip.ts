// Zip files made by hand, good and bad: the parts as they are given, and a length that is a lie where a test asks for one.
import { crc32, deflateRawSync } from 'node:zlib'

/** A zip file of these parts. `claimed`: lengths that the file says instead of the true ones. */
export function zipOf(
  parts: Readonly<Record<string, string | Uint8Array>>,
  { claimed = {} }: { readonly claimed?: Readonly<Record<string, number>> } = {},
): Buffer {
  const bodies: Buffer[] = []
  const index: Buffer[] = []
  let at = 0
  for (const [name, content] of Object.entries(parts)) {
    const plain = Buffer.from(content as Uint8Array)
    const packed = deflateRawSync(plain)
    const title = Buffer.from(name)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(0x800, 2)
    facts.writeUInt16LE(8, 4)
    facts.writeUInt32LE(crc32(plain), 10)
    facts.writeUInt32LE(packed.length, 14)
    facts.writeUInt32LE(claimed[name] ?? plain.length, 18)
    facts.writeUInt16LE(title.length, 22)
    bodies.push(Buffer.from('PK\u0003\u0004'), facts, title, packed)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(at, 10)
    index.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), facts, place, title)
    at += 30 + title.length + packed.length
  }
  const end = Buffer.alloc(18)
  const count = Object.keys(parts).length
  const length = index.reduce((sum, { length: each }) => sum + each, 0)
  end.writeUInt16LE(count, 4)
  end.writeUInt16LE(count, 6)
  end.writeUInt32LE(length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...bodies, ...index, Buffer.from('PK\u0005\u0006'), end])
}
