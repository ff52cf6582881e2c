// A language by its BCP 47 tag: `fa`, or with script and region `zh-Hant`, `pt-BR`.
import { namesOf } from '../../base/intl.ts'
import { codeType } from '../code.ts'

/** ISO 639-1, the languages with a code of two letters. */
const codes =
  'aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu'.split(
    ' ',
  )
const known = new Set(codes)
const form = /^[a-z]{2}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?$/i

/** The tag in canonical letters, or undefined when it names no language. */
export function readLanguage(text: string): string | undefined {
  const plain = text.trim().replaceAll('_', '-')
  if (!form.test(plain) || !known.has(plain.slice(0, 2).toLowerCase())) return undefined
  const [code = '', ...parts] = plain.split('-')
  const rest = parts.map((part) =>
    part.length === 4 ? part[0]!.toUpperCase() + part.slice(1).toLowerCase() : part.toUpperCase(),
  )
  return [code.toLowerCase(), ...rest].join('-')
}

export const type = codeType({
  name: 'language',
  label: { en: 'Language', fa: 'زبان', ru: 'Язык', th: 'ภาษา', ro: 'Limbă' },
  group: 'choice',
  icon: 'quote',
  description: {
    en: 'A language someone speaks or reads',
    fa: 'زبانی که کسی با آن می‌خواند یا سخن می‌گوید',
    ru: 'Язык, на котором говорят или читают',
    th: 'ภาษาที่ผู้ใช้พูดหรืออ่าน',
    ro: 'O limbă pe care cineva o vorbește sau o citește',
  },
  list: () => codes,
  nameOf: (code, language) => (form.test(code) ? (namesOf(language, 'language').of(code) ?? code) : code),
  read: readLanguage,
  says: 'the tag of a language',
  hint: 'Like fa, or pt-BR',
  longest: 10,
  fails: (column) => `btrim(${column}) !~ '^(${codes.join('|')})(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$'`,
})
