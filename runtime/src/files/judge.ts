// The rule of what an uploaded content is taken for. The content decides. What the sender and the name claim must fit it: a
// claim that is merely vague or a neighbour (one picture format for another) is corrected, one that is wrong is refused, so
// that nobody opens as a picture what is a program.
import { Problem } from '@peyvand/core/base/problem.ts'
import { endingOf } from './name.ts'
import { hasSignature, signatureOf, textOf } from './signature.ts'

const ofEnding: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  jpe: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  heic: 'image/heic',
  heif: 'image/heic',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  ps: 'application/postscript',
  rtf: 'application/rtf',
  zip: 'application/zip',
  gz: 'application/gzip',
  tgz: 'application/gzip',
  '7z': 'application/x-7z-compressed',
  rar: 'application/vnd.rar',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odp: 'application/vnd.oasis.opendocument.presentation',
  epub: 'application/epub+zip',
  jar: 'application/java-archive',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  msg: 'application/vnd.ms-outlook',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  wav: 'audio/wav',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/webm',
  avi: 'video/x-msvideo',
  exe: 'application/vnd.microsoft.portable-executable',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  ics: 'text/calendar',
  vcf: 'text/vcard',
  eml: 'message/rfc822',
  json: 'application/json',
  xml: 'text/xml',
  html: 'text/html',
  htm: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
}

/** Types that say nothing: what a sender gives who does not know. */
const vague = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-www-form-urlencoded',
  'application/x-binary',
  'application/force-download',
  'multipart/form-data',
])

/** Other spellings of a type. */
const sameAs: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/heif': 'image/heic',
  'image/vnd.microsoft.icon': 'image/x-icon',
  'application/x-zip-compressed': 'application/zip',
  'application/x-pdf': 'application/pdf',
  'application/xml': 'text/xml',
  'application/x-gzip': 'application/gzip',
  'audio/mp3': 'audio/mpeg',
  'audio/x-wav': 'audio/wav',
  'text/rtf': 'application/rtf',
  'application/xhtml+xml': 'text/html',
  'application/x-msdownload': 'application/vnd.microsoft.portable-executable',
}

/** What is inside a container: its bytes are the container's, the name or the sender says which of these it is. */
const inside: Readonly<Record<string, RegExp>> = {
  'application/zip':
    /^application\/(vnd\.openxmlformats-|vnd\.oasis\.opendocument\.|epub\+zip|java-archive|vnd\.android\.)/,
  'application/x-cfb': /^application\/(msword|vnd\.ms-(excel|powerpoint|outlook|project|visio))$/,
  'audio/ogg': /^(video|application)\/ogg$|^audio\/opus$/,
  'video/webm': /^(audio\/webm|video\/x-matroska)$/,
  'video/mp4': /^(audio\/mp4|video\/(quicktime|3gpp))$/,
}

/** Formats that are taken for one another when a name is wrong; the content's own is kept. */
const neighbours = /^image\/(png|jpeg|gif|webp|avif|heic|tiff|bmp|x-icon)$/

const isText = (type: string): boolean =>
  /^(text|message)\//.test(type) || /^(application\/json|application\/[\w.-]+\+(json|xml)|image\/svg\+xml)$/.test(type)

export interface Claim {
  readonly name: string
  /** `Content-Type` as it was sent. */
  readonly declared: string
}

/** The type a content is stored with. */
export function judge(head: Buffer, { name, declared }: Claim): string | Problem {
  const said = plain(declared)
  const ending = endingOf(name)
  const claims = [said, (Object.hasOwn(ofEnding, ending) && ofEnding[ending]) || ''].filter((type) => !vague.has(type))
  const found = signatureOf(head)
  if (found === undefined) return withoutSignature(head, claims)
  const within = inside[found]
  const wrong = claims.find((claim) => !fits(found, claim, within))
  if (wrong !== undefined) return refused(wrong, found)
  return claims.find((claim) => within?.test(claim) === true) ?? found
}

function plain(declared: string): string {
  const type = declared.split(';')[0]!.trim().toLowerCase()
  return /^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,126}$/.test(type) ? (sameAs[type] ?? type) : ''
}

function fits(found: string, claim: string, within: RegExp | undefined): boolean {
  if (claim === found || within?.test(claim) === true) return true
  if (neighbours.test(found) && neighbours.test(claim)) return true
  // A type without bytes of its own may well begin with these; text and other known formats do not.
  return !isText(claim) && !isKnown(claim)
}

function isKnown(type: string): boolean {
  return hasSignature(type) || Object.values(inside).some((pattern) => pattern.test(type))
}

/** No known bytes: text and markup are what they read as, all else is what it is said to be, unless that has bytes. */
function withoutSignature(head: Buffer, claims: readonly string[]): string | Problem {
  const wrong = claims.find(isKnown)
  if (wrong !== undefined) return refused(wrong, undefined)
  const written = textOf(head)
  if (written === undefined) {
    const text = claims.find(isText)
    if (text !== undefined && head.length > 0 && head.includes(0)) return refused(text, undefined)
    return claims.find((claim) => !isText(claim)) ?? claims[0] ?? 'application/octet-stream'
  }
  if (written !== 'text/plain') return written
  // A page in plain text's clothing was told above; a page that does not look like one is plain text.
  return claims.find((claim) => isText(claim) && claim !== 'text/html' && claim !== 'image/svg+xml') ?? 'text/plain'
}

function refused(claim: string, found: string | undefined): Problem {
  return new Problem('check.invalid', {
    detail: `The content is not what its name or type says (${claim})${found === undefined ? '' : `; it is ${found}`}`,
    target: 'file',
    params: { rule: 'content', claim },
    hint: 'Check the file, or give it the name ending and type that belong to its content',
  })
}
