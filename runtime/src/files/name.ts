// What a file may be called. A name is only ever shown and offered for saving, never a path of ours; but the machine that saves
// it, and the person who reads it, must not be fooled: no folders, no control or direction marks, nothing Windows chokes on.

/** Longest name. unit: bytes in UTF-8, as file systems count. */
const longest = 200

/** Marks that turn the direction of text, and what nobody sees; the joiners that Persian and Hindi need stay. */
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\p{Co}\p{Cn}]|(?![\u200c\u200d])\p{Cf}/gu
const reserved = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i

/** A name that is safe to show and to save; `file` when nothing is left of it. */
export function safeName(given: string): string {
  const base = given.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1)!
  const plain = base
    .replaceAll(unseen, '')
    .replaceAll('\ufffd', '')
    .replaceAll(/[<>:"|?*]/g, '_')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
  const short = shortened(withoutTail(plain))
  if (short === '') return 'file'
  return reserved.test(short) ? `_${short}` : short
}

/** Step by step: a pattern would start again at every dot inside of a long name. */
function withoutTail(name: string): string {
  let end = name.length
  while (name[end - 1] === '.' || name[end - 1] === ' ') end--
  return name.slice(0, end)
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= longest) return name
  const ending = /\.[^.]{1,20}$/.exec(name)?.[0] ?? ''
  let stem = ''
  let room = longest - Buffer.byteLength(ending)
  for (const { segment } of new Intl.Segmenter('und').segment(name.slice(0, name.length - ending.length))) {
    room -= Buffer.byteLength(segment)
    if (room < 0) break
    stem += segment
  }
  return `${stem.trimEnd()}${ending}`
}

/** The ending of a name, lower case and without the dot; '' when there is none. */
export function endingOf(name: string): string {
  return /\.([^.]{1,20})$/.exec(name)?.[1]?.toLowerCase() ?? ''
}

/** The name in a `Content-Disposition`, in either spelling (RFC 6266, RFC 5987). */
export function dispositionName(header: string): string | undefined {
  const extended = /filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1]
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended)
    } catch {
      return undefined
    }
  }
  const quoted = /filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1')
  const found = quoted ?? /filename\s*=\s*([^;\s"]+)/i.exec(header)?.[1]
  // Node gives header bytes as Latin-1; browsers and curl send UTF-8.
  return found === undefined ? undefined : Buffer.from(found, 'latin1').toString('utf8')
}

/** `Content-Disposition` of an answer: the name in ASCII for old readers, and as it is. */
export function disposition(kind: 'attachment' | 'inline', name: string): string {
  const ascii = name.replaceAll(/[^\u0020-\u007e]|["\\%]/g, '_')
  const exact = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${exact}`
}
