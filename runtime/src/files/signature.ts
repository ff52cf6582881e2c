// What a content is by its first bytes. A table, most particular first; text and markup are told by reading. Names no rule
// about what may be uploaded: that is judge.ts.

interface Signature {
  readonly type: string
  /** Where the bytes stand. */
  readonly at?: number
  readonly bytes: readonly number[] | string
  readonly and?: (head: Buffer) => boolean
}

const text = (head: Buffer, from: number, to: number): string => head.toString('latin1', from, to)
const brand = (pattern: RegExp) => (head: Buffer) => pattern.test(text(head, 8, 12))

/** The bytes contents begin with. */
const signatures: readonly Signature[] = [
  { type: 'image/png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'image/jpeg', bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/gif', bytes: 'GIF8', and: (head) => /^[79]a$/.test(text(head, 4, 6)) },
  { type: 'image/webp', bytes: 'RIFF', and: brand(/^WEBP$/) },
  { type: 'audio/wav', bytes: 'RIFF', and: brand(/^WAVE$/) },
  { type: 'video/x-msvideo', bytes: 'RIFF', and: brand(/^AVI $/) },
  { type: 'image/avif', at: 4, bytes: 'ftyp', and: brand(/^avi[fs]$/) },
  { type: 'image/heic', at: 4, bytes: 'ftyp', and: brand(/^(hei[cxms]|hev[cx]|mif1|msf1)$/) },
  { type: 'video/quicktime', at: 4, bytes: 'ftyp', and: brand(/^qt {2}$/) },
  { type: 'audio/mp4', at: 4, bytes: 'ftyp', and: brand(/^M4[AB] $/) },
  { type: 'video/mp4', at: 4, bytes: 'ftyp' },
  { type: 'image/tiff', bytes: [0x49, 0x49, 0x2a, 0x00] },
  { type: 'image/tiff', bytes: [0x4d, 0x4d, 0x00, 0x2a] },
  { type: 'image/bmp', bytes: 'BM', and: (head) => head.length > 14 && head.readUInt32LE(6) === 0 },
  { type: 'image/x-icon', bytes: [0, 0, 1, 0], and: (head) => head[5] === 0 && head[4]! > 0 },
  { type: 'application/pdf', bytes: '%PDF-' },
  { type: 'application/postscript', bytes: '%!PS' },
  { type: 'application/rtf', bytes: '{\\rtf' },
  { type: 'application/zip', bytes: [0x50, 0x4b, 0x03, 0x04] },
  { type: 'application/zip', bytes: [0x50, 0x4b, 0x05, 0x06] },
  { type: 'application/x-cfb', bytes: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1] },
  { type: 'application/gzip', bytes: [0x1f, 0x8b, 0x08] },
  { type: 'application/x-7z-compressed', bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { type: 'application/vnd.rar', bytes: 'Rar!\u001a\u0007' },
  { type: 'application/x-bzip2', bytes: 'BZh', and: (head) => text(head, 4, 10) === '1AY&SY' },
  { type: 'application/x-xz', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { type: 'application/zstd', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { type: 'application/x-tar', at: 257, bytes: 'ustar' },
  { type: 'audio/mpeg', bytes: 'ID3', and: (head) => head[3]! < 0x10 },
  { type: 'audio/mpeg', bytes: [0xff, 0xfb] },
  { type: 'audio/ogg', bytes: 'OggS' },
  { type: 'audio/flac', bytes: 'fLaC' },
  { type: 'video/webm', bytes: [0x1a, 0x45, 0xdf, 0xa3] },
  { type: 'font/woff2', bytes: 'wOF2' },
  { type: 'font/woff', bytes: 'wOFF' },
  { type: 'application/vnd.sqlite3', bytes: 'SQLite format 3\u0000' },
  { type: 'application/x-elf', bytes: [0x7f, 0x45, 0x4c, 0x46] },
  { type: 'application/x-mach-binary', bytes: [0xcf, 0xfa, 0xed, 0xfe] },
  { type: 'application/java-vm', bytes: [0xca, 0xfe, 0xba, 0xbe] },
  { type: 'application/wasm', bytes: [0x00, 0x61, 0x73, 0x6d] },
  { type: 'application/vnd.microsoft.portable-executable', bytes: 'MZ', and: (head) => head.includes(0) },
]

const known: ReadonlySet<string> = new Set(signatures.map(({ type }) => type))

/** Whether contents of a type begin with bytes that are known here. */
export const hasSignature = (type: string): boolean => known.has(type)

/** The type whose bytes a content begins with; undefined when it has none of them. */
export function signatureOf(head: Buffer): string | undefined {
  return signatures.find(({ bytes, at = 0, and }) => {
    const expected = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)
    return head.subarray(at, at + expected.length).equals(expected) && (and?.(head) ?? true)
  })?.type
}

/** What browsers would take for a page, wherever in the beginning it stands. */
const page =
  /<(!doctype\s+html|html|head|body|script|iframe|object|embed|style|title|meta|link|form|img|a\s|div|table|h1|br|p>)/i

/** The markup or plain text a content is; undefined for what is no text. */
export function textOf(head: Buffer): 'text/html' | 'image/svg+xml' | 'text/xml' | 'text/plain' | undefined {
  const written = decoded(head)
  if (written === undefined) return undefined
  if (/<svg[\s>/]|<\w+:svg[\s>]/i.test(written)) return 'image/svg+xml'
  if (/^\s*<\?xml/i.test(written)) return /xhtml|<html/i.test(written) ? 'text/html' : 'text/xml'
  return page.test(written) ? 'text/html' : 'text/plain'
}

/** The beginning as text: UTF-8 or UTF-16 with its mark; undefined when it is neither. A character cut in two at the end is none of its faults. */
function decoded(head: Buffer): string | undefined {
  const wide =
    head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : ''
  if (wide !== '') return new TextDecoder(wide).decode(head)
  try {
    const written = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return /(?!\s)\p{Cc}/u.test(written) ? undefined : written
  } catch {
    return undefined
  }
}
