// What is an uploaded content taken for, and what is a file called in the end? Tables of contents, claims and hostile names.
import { expect, test } from 'vitest'
import { Problem } from '@peyvand/core/base/problem.ts'
import { judge } from '@peyvand/runtime/files/judge.ts'
import { disposition, dispositionName, safeName } from '@peyvand/runtime/files/name.ts'

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))

const contents = {
  png: bytes([0x89], 'PNG\r\n', [0x1a], '\n', '....IHDR'),
  jpeg: bytes([0xff, 0xd8, 0xff, 0xe0], '..JFIF'),
  gif: bytes('GIF89a....'),
  webp: bytes('RIFF....WEBPVP8 '),
  wav: bytes('RIFF....WAVEfmt '),
  avif: bytes([0, 0, 0, 32], 'ftypavif....'),
  heic: bytes([0, 0, 0, 32], 'ftypheic....'),
  mp4: bytes([0, 0, 0, 32], 'ftypisom....'),
  pdf: bytes('%PDF-1.7\n...'),
  zip: bytes('PK', [3, 4], '....'),
  cfb: bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
  gzip: bytes([0x1f, 0x8b, 8], '...'),
  exe: bytes('MZ', [0x90, 0, 3, 0], '...'),
  elf: bytes([0x7f], 'ELF...'),
  java: bytes([0xca, 0xfe, 0xba, 0xbe], '...'),
  text: bytes('Dear all, MZ is not at the beginning.\n'),
  startsLikeExe: bytes('MZ is how this letter begins'),
  persian: Buffer.from('سلام دنیا — یک متن ساده', 'utf8'),
  cut: Buffer.from('กขค', 'utf8').subarray(0, 8),
  utf16: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('plain text', 'utf16le')]),
  utf16page: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<script>1</script>', 'utf16le')]),
  html: bytes('  \n<!DOCTYPE html><body>'),
  script: bytes('hello <script>alert(1)</script>'),
  image: bytes('text <IMG src=x onerror=alert(1)>'),
  svg: bytes('<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg">'),
  svgPrefixed: bytes('<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script/>'),
  xhtml: bytes('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">'),
  xml: bytes('<?xml version="1.0"?><order/>'),
  csv: bytes('a;b\n1;2\n'),
  json: bytes('{"a": 1}'),
  binary: bytes([0, 1, 2, 3, 0xfe, 0xff]),
  latin: bytes([0x47, 0x72, 0xfc, 0xdf, 0x65]),
  empty: Buffer.alloc(0),
  gifHtml: bytes('GIF89a/*<script>alert(1)</script>*/=1;'),
  pngHtml: bytes([0x89], 'PNG\r\n', [0x1a], '\n<html><script>'),
} as const

const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

test.each<[keyof typeof contents, string, string, string | null]>([
  // what fits
  ['png', 'a.png', 'image/png', 'image/png'],
  ['jpeg', 'a.jpg', 'image/jpeg', 'image/jpeg'],
  ['jpeg', 'a.JPEG', 'image/jpg', 'image/jpeg'],
  ['gif', 'a.gif', '', 'image/gif'],
  ['webp', 'a.webp', 'image/webp', 'image/webp'],
  ['avif', 'a.avif', '', 'image/avif'],
  ['heic', 'IMG_1.HEIC', 'image/heif', 'image/heic'],
  ['mp4', 'a.mp4', 'video/mp4', 'video/mp4'],
  ['mp4', 'a.mov', 'video/quicktime', 'video/quicktime'],
  ['wav', 'a.wav', 'audio/x-wav', 'audio/wav'],
  ['pdf', 'a.pdf', 'application/pdf; charset=binary', 'application/pdf'],
  ['zip', 'a.zip', 'application/x-zip-compressed', 'application/zip'],
  ['zip', 'a.docx', docx, docx],
  ['zip', 'a.docx', '', docx],
  ['zip', 'a', docx, docx],
  ['zip', 'a.jar', '', 'application/java-archive'],
  ['cfb', 'a.doc', 'application/msword', 'application/msword'],
  ['cfb', 'mail.msg', '', 'application/vnd.ms-outlook'],
  ['gzip', 'a.tgz', '', 'application/gzip'],
  ['text', 'a.txt', 'text/plain', 'text/plain'],
  ['persian', 'a.txt', 'text/plain', 'text/plain'],
  ['cut', 'a.txt', '', 'text/plain'],
  ['utf16', 'a.txt', '', 'text/plain'],
  ['csv', 'a.csv', '', 'text/csv'],
  ['json', 'a.json', 'application/json', 'application/json'],
  ['xml', 'a.xml', 'application/xml', 'text/xml'],
  ['binary', 'a.bin', '', 'application/octet-stream'],
  ['binary', 'a.dwg', 'image/vnd.dwg', 'image/vnd.dwg'],
  ['empty', 'a.txt', '', 'text/plain'],
  ['latin', 'a.txt', 'text/plain', 'text/plain'],
  // what is vague or a neighbour is corrected
  ['png', '', '', 'image/png'],
  ['png', 'a', 'application/octet-stream', 'image/png'],
  ['png', 'a.png', 'application/x-www-form-urlencoded', 'image/png'],
  ['jpeg', 'screenshot.png', 'image/png', 'image/jpeg'],
  ['webp', 'photo.jpg', 'image/jpeg', 'image/webp'],
  ['zip', 'a.sketch', '', 'application/zip'],
  ['exe', 'setup.exe', 'application/x-msdownload', 'application/vnd.microsoft.portable-executable'],
  ['elf', 'tool', '', 'application/x-elf'],
  ['text', 'README', '', 'text/plain'],
  ['startsLikeExe', 'letter.txt', '', 'text/plain'],
  ['json', 'a', '', 'text/plain'],
  // pages and drawings are what they are, whatever they say
  ['html', 'a.html', 'text/html', 'text/html'],
  ['html', 'a.txt', 'text/plain', 'text/html'],
  ['script', 'a.csv', 'text/csv', 'text/html'],
  ['image', 'notes.md', 'text/markdown', 'text/html'],
  ['utf16page', 'a.txt', 'text/plain', 'text/html'],
  ['xhtml', 'a.xml', 'text/xml', 'text/html'],
  ['svg', 'a.svg', 'image/svg+xml', 'image/svg+xml'],
  ['svg', 'a.xml', 'text/xml', 'image/svg+xml'],
  ['svgPrefixed', 'a.txt', '', 'image/svg+xml'],
  ['text', 'a.html', 'text/html', 'text/plain'],
  ['text', 'a.svg', 'image/svg+xml', 'text/plain'],
  // a polyglot is what its first bytes are, or is refused for what it claims
  ['gifHtml', 'a.gif', 'image/gif', 'image/gif'],
  ['gifHtml', 'a.html', 'text/html', null],
  ['gifHtml', 'a.js', 'text/javascript', null],
  ['pngHtml', 'a.html', '', null],
  // lies
  ['exe', 'a.pdf', 'application/pdf', null],
  ['exe', 'invoice.pdf', '', null],
  ['exe', 'a.txt', 'text/plain', null],
  ['exe', 'a.jpg', 'image/jpeg', null],
  ['elf', 'a.docx', '', null],
  ['java', 'a.png', '', null],
  ['html', 'a.png', 'image/png', null],
  ['script', 'a.pdf', '', null],
  ['svg', 'a.png', 'image/png', null],
  ['zip', 'a.pdf', '', null],
  ['zip', 'a.doc', 'application/msword', null],
  ['pdf', 'a.docx', docx, null],
  ['pdf', 'a.png', '', null],
  ['text', 'a.png', 'image/png', null],
  ['text', 'a.docx', '', null],
  ['empty', 'a.png', 'image/png', null],
  ['binary', 'a.txt', 'text/plain', null],
  ['binary', 'a.jpg', '', null],
  ['wav', 'a.webp', '', null],
  ['gzip', 'a.zip', '', null],
  // claims nobody can read say nothing
  ['png', 'a.png', 'image/png\r\nx: y', 'image/png'],
  ['png', 'a.png', '<script>', 'image/png'],
  ['text', 'a.constructor', '__proto__', 'text/plain'],
  ['binary', 'a', 'a'.repeat(500), 'application/octet-stream'],
])('%s as "%s" (%s) is %s', (content, name, declared, expected) => {
  const found = judge(contents[content], { name, declared })
  if (expected !== null) return expect(found).toBe(expected)
  expect(found).toBeInstanceOf(Problem)
  expect((found as Problem).params?.['rule']).toBe('content')
})

const rlo = '\u202e'
test.each([
  ['report.pdf', 'report.pdf'],
  ['گزارش سال ۱۴۰۴.pdf', 'گزارش سال ۱۴۰۴.pdf'],
  ['می\u200cخواهم.txt', 'می\u200cخواهم.txt'],
  ['รายงาน.docx', 'รายงาน.docx'],
  ['👨\u200d👩\u200d👧.png', '👨\u200d👩\u200d👧.png'],
  ['e\u0301.txt', 'é.txt'],
  ['../../etc/passwd', 'passwd'],
  ['..\\..\\windows\\system32\\x.dll', 'x.dll'],
  ['C:\\Users\\me\\a.txt', 'a.txt'],
  ['/absolute.txt', 'absolute.txt'],
  ['a/', 'file'],
  ['..', 'file'],
  ['.', 'file'],
  ['', 'file'],
  ['   ', 'file'],
  ['.htaccess', 'htaccess'],
  ['a.txt.', 'a.txt'],
  ['a.txt   ', 'a.txt'],
  ['a.txt::$DATA', 'a.txt__$DATA'],
  ['a\u0000.png.exe', 'a.png.exe'],
  ['a\r\nSet-Cookie: x.txt', 'aSet-Cookie_ x.txt'],
  [`invoice${rlo}fdp.exe`, 'invoicefdp.exe'],
  ['\u2066a\u2069.txt', 'a.txt'],
  ['a\u200b\ufeff\u2060.txt', 'a.txt'],
  ['a\u2028b.txt', 'ab.txt'],
  ['<img src=x>.png', '_img src=x_.png'],
  ['a"b|c?d*e.txt', 'a_b_c_d_e.txt'],
  ['CON', '_CON'],
  ['con.txt', '_con.txt'],
  ['LPT1.doc', '_LPT1.doc'],
  ['console.txt', 'console.txt'],
  ['\ud800x.txt', 'x.txt'],
  ['a   b.txt', 'a b.txt'],
])('%j is called %j', (given, expected) => {
  expect(safeName(given)).toBe(expected)
  expect(safeName(expected)).toBe(expected)
})

test.each([
  `${'x'.repeat(5000)}.pdf`,
  `${'ک'.repeat(5000)}.pdf`,
  `${'👨\u200d👩\u200d👧'.repeat(300)}.pdf`,
  'x'.repeat(5000),
])('a long name is cut between characters and keeps its ending', (given) => {
  const name = safeName(given)
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200)
  expect(name.isWellFormed()).toBe(true)
  if (given.endsWith('.pdf')) expect(name.endsWith('.pdf')).toBe(true)
  expect(name.endsWith('\u200d.pdf')).toBe(false)
})

test.each([
  [`attachment; filename="a b.txt"`, 'a b.txt'],
  ['attachment; filename=a.txt', 'a.txt'],
  [`attachment; filename="x.txt"; filename*=UTF-8''%D9%82.txt`, 'ق.txt'],
  [`attachment; filename*=UTF-8''%zz`, undefined],
  ['attachment', undefined],
  [Buffer.from('attachment; filename="ق.txt"', 'utf8').toString('latin1'), 'ق.txt'],
  ['attachment; filename="a\\"b.txt"', 'a"b.txt'],
])('%j names %j', (header, name) => expect(dispositionName(header)).toBe(name))

test.each(['a.txt', 'قرارداد.pdf', "it's (1)*.txt", 'a%20b.txt', 'สัญญา.pdf'])(
  '%j comes back from its header',
  (name) => {
    const header = disposition('attachment', name)
    expect(header).toMatch(/^[\u0020-\u007e]+$/)
    expect(dispositionName(header)).toBe(name)
  },
)
