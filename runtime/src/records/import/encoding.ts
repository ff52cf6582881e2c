// Which encoding a file is in, and its bytes as text. Unicode is recognised by its marks or by being valid; for the
// single-byte encodings each reading is scored on how much it looks like a language that is written in it.
// Does not look at cells: rows.ts does, on the text that comes out here.
import { Problem } from '@peyvand/core/base/problem.ts'

/** Encodings the importer tells apart by itself; any other name that TextDecoder knows can be asked for. */
export const detectedEncodings = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1251',
  'koi8-r',
  'windows-1250',
  'windows-1256',
  'windows-874',
  'windows-1252',
  'macintosh',
] as const
export type Encoding = (typeof detectedEncodings)[number]

/** A single-byte encoding with the letters of its languages, the frequent ones first. */
interface Profile {
  readonly encoding: Encoding
  readonly letters: string
  readonly script: RegExp
}

const cyrillic = 'оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґ'
const profiles: readonly Profile[] = [
  { encoding: 'windows-1251', letters: cyrillic, script: /\p{Script=Cyrillic}/u },
  { encoding: 'koi8-r', letters: cyrillic, script: /\p{Script=Cyrillic}/u },
  { encoding: 'windows-1250', letters: 'ăâîşţáéíóöőúüűčďěňřšťůýžąćęłńśźżđľĺŕä', script: /\p{Script=Latin}/u },
  { encoding: 'windows-1256', letters: 'ايلنمروهتبدسعقكکفحگپشخجطزصضذظغثچژةئءأإؤآى', script: /\p{Script=Arabic}/u },
  { encoding: 'windows-874', letters: 'านรอกเงมยลวดทสตะปบคหแจพชขใไโผซถศณธฟษภฐฉญัิี่้ื็ึุู์ำๆ', script: /\p{Script=Thai}/u },
  { encoding: 'windows-1252', letters: 'éäöüèßàçêñíóáúâîôûëïœæøåãõ', script: /\p{Script=Latin}/u },
  { encoding: 'macintosh', letters: 'éäöüèßàçêñíóúáîâôûëïœæøåãõ', script: /\p{Script=Latin}/u },
]

/** The encoding of a file from its first bytes. unit: give 64 KiB or more, or the whole of a smaller file. */
export function detectEncoding(head: Uint8Array): Encoding {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8'
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const wide = detectWide(head)
  if (wide !== undefined) return wide
  if (isUtf8(head)) return 'utf-8'
  let best: Encoding = 'windows-1252'
  let bestScore = -Infinity
  for (const profile of profiles) {
    const score = scoreText(new TextDecoder(profile.encoding).decode(head), profile)
    if (score > bestScore) [best, bestScore] = [profile.encoding, score]
  }
  return best
}

/** UTF-16 without a mark: text in any of our languages has many zero bytes at one parity (commas, digits, line ends). */
function detectWide(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const zeros = [0, 0]
  const length = Math.min(head.length, 65_536)
  for (let i = 0; i < length; i++) if (head[i] === 0) zeros[i & 1]!++
  const enough = Math.max(3, length / 40)
  if (zeros[1]! > enough && zeros[1]! > 4 * zeros[0]!) return 'utf-16le'
  if (zeros[0]! > enough && zeros[0]! > 4 * zeros[1]!) return 'utf-16be'
  return undefined
}

/** Valid UTF-8, where the last character may be cut off. */
function isUtf8(head: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

/** How much a reading looks like words of the profile's languages; 1 is best, per character beyond ASCII. */
function scoreText(text: string, profile: Profile): number {
  let score = 0
  let count = 0
  let previous = ''
  let run = 0
  const latin = profile.script.test('a')
  for (const char of text.slice(0, 65_536)) {
    const foreign = char > '\x7f'
    run = foreign && /\p{L}/u.test(char) ? run + 1 : 0
    if (foreign) {
      count++
      score += scoreChar(char, profile)
      if (latin && run >= 3) score -= 1
      if (/\p{Lu}/u.test(char) && /\p{Ll}/u.test(previous)) score -= 1
    }
    if (!latin && isMixed(previous, char, profile.script)) score -= 1
    previous = char
  }
  return count === 0 ? 0 : score / count
}

function scoreChar(char: string, { letters, script }: Profile): number {
  const place = letters.indexOf(char)
  if (place >= 0) return 1 - (0.7 * place) / letters.length
  if (char === '\uFFFD' || (char >= '\x80' && char <= '\x9f')) return -3
  if (/[\p{L}\p{M}]/u.test(char)) return script.test(char) ? (letters.includes(char.toLowerCase()) ? 0.3 : -0.3) : -1
  return '«»“”„’–—…№·§°\u00a0\u200c\u200d،؛؟฿€'.includes(char) ? 0 : -1
}

function isMixed(a: string, b: string, script: RegExp): boolean {
  return (/[A-Za-z]/.test(a) && b > '\x7f' && script.test(b)) || (/[A-Za-z]/.test(b) && a > '\x7f' && script.test(a))
}

/** Readers parse a whole piece before they look whether anybody takes the rows, so pieces are small. unit: bytes */
const pieceBytes = 16_384

/**
 * The bytes as text. Romanian in windows-1250 has s and t with cedilla where the language writes a comma below; they
 * are put right, since no other language of that encoding uses them.
 * throws: Problem when a byte is no character of the encoding, or the encoding has no such name.
 */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = openDecoder(encoding)
  const tidy = decoder.encoding === 'windows-1250' ? commaBelow : (text: string) => text
  try {
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        yield tidy(decoder.decode(chunk.subarray(at, at + pieceBytes), { stream: true }))
      }
    }
    yield tidy(decoder.decode())
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Problem('request.malformed', {
      detail: `The file is not in the encoding ${decoder.encoding}.`,
      target: 'file',
      hint: 'Name the encoding, for example "encoding": "windows-1251" in the mapping or --encoding windows-1251.',
    })
  }
}

function openDecoder(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true })
  } catch {
    const known = detectedEncodings.join(', ')
    throw new Problem('request.unsupported', {
      detail: `The encoding "${encoding}" is not known.`,
      target: 'encoding',
      hint: `Known are ${known} and others of the WHATWG list.`,
    })
  }
}

const commas: Readonly<Record<string, string>> = { ş: 'ș', Ş: 'Ș', ţ: 'ț', Ţ: 'Ț' }
function commaBelow(text: string): string {
  return text.replace(/[şŞţŢ]/g, (letter) => commas[letter]!)
}
