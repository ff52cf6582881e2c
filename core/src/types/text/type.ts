// Text: one line or many, optionally in a format (e-mail, phone, URL, ticker, a role's name; Markdown, code) or a pattern. Stored as the
// plain text people wrote, so that a longer
// limit never touches the table; length is checked here, on both sides.
import { valueText } from '../../base/kind.ts'
import { latinDigits } from '../../base/digits.ts'
import { patternProblem } from '../../base/pattern.ts'
import type { Problem } from '../../base/problem.ts'
import type { Field } from '../../model/model.ts'
import { withNames } from '../../base/part.ts'
import { compose, templateNames } from '../../base/template.ts'
import { textToDate, textToDatetime, textToNumber, textToOneOf, unchanged } from '../casts.ts'
import { textMasks } from '../mask.ts'
import type { Cast, FieldType } from '../type.ts'
import { refuse, settingProblem, withoutValue } from '../value.ts'

export interface TextField extends Field {
  readonly maxLength?: number
  readonly multiline?: boolean
  /** `multiline` is another spelling of `multiline: true`; Markdown and code are of several lines, too. */
  readonly format?: 'email' | 'phone' | 'url' | 'ticker' | 'role' | 'multiline' | 'markdown' | 'code'
  /** What language code is written in. */
  readonly language?: string
  readonly pattern?: string
  readonly template?: string
}

/** The formats of texts of several lines. */
const lines: ReadonlySet<string> = new Set(['multiline', 'markdown', 'code'])
const lineLimit = 4_000
const multilineLimit = 100_000
/** Longest text whose index entry always fits. unit: characters. */
const indexLimit = 650

/** True for a field of several lines. */
export function isMultiline(field: TextField): boolean {
  return field.multiline === true || (field.format !== undefined && lines.has(field.format))
}

/** The most characters a field takes. */
export function longest(field: TextField): number {
  return field.maxLength ?? (isMultiline(field) ? 4_000 : 200)
}

export const type: FieldType<TextField> = {
  name: 'text',
  label: { en: 'Text', fa: 'متن', ru: 'Текст', th: 'ข้อความ', ro: 'Text' },
  group: 'text',
  icon: 'text',
  description: {
    en: 'Names, notes, addresses, e-mail, phone and web addresses',
    fa: 'نام، یادداشت، نشانی، ایمیل، تلفن و نشانی وب',
    ru: 'Названия, заметки, адреса, эл. почта, телефоны и ссылки',
    th: 'ชื่อ บันทึก ที่อยู่ อีเมล โทรศัพท์ และลิงก์',
    ro: 'Nume, note, adrese, e-mail, telefon și adrese web',
  },
  settings: {
    properties: {
      maxLength: {
        type: 'integer',
        minimum: 1,
        maximum: multilineLimit,
        description: `Most characters; 200 by default, at most ${lineLimit}, or ${multilineLimit} with multiline.`,
      },
      multiline: { type: 'boolean', description: 'Several lines.' },
      format: { enum: ['email', 'phone', 'url', 'ticker', 'role', 'multiline', 'markdown', 'code'] },
      language: {
        type: 'string',
        pattern: '^[A-Za-z][A-Za-z0-9+#.-]{0,19}$',
        description: 'What language code is written in, like sql or python; shown beside it.',
      },
      pattern: {
        type: 'string',
        minLength: 1,
        maxLength: 200,
        description: 'Regular expression a value must match; anchor it with ^ and $.',
      },
      template: {
        type: 'string',
        minLength: 3,
        maxLength: 200,
        description:
          'Text made of other fields, like {first_name} {last_name}; written whenever they change and no own text is given.',
      },
    },
  },
  presets: [
    {
      name: 'email',
      label: { en: 'E-mail', fa: 'ایمیل', ru: 'Эл. почта', th: 'อีเมล', ro: 'E-mail' },
      icon: 'mail',
      settings: { format: 'email' },
    },
    {
      name: 'phone',
      label: { en: 'Phone', fa: 'تلفن', ru: 'Телефон', th: 'โทรศัพท์', ro: 'Telefon' },
      icon: 'phone',
      settings: { format: 'phone', maxLength: 40 },
    },
    {
      name: 'url',
      label: { en: 'Web address', fa: 'نشانی وب', ru: 'Веб-адрес', th: 'ที่อยู่เว็บ', ro: 'Adresă web' },
      icon: 'link',
      settings: { format: 'url', maxLength: 500 },
    },
    {
      name: 'ticker',
      label: { en: 'Ticker symbol', fa: 'نماد بورسی', ru: 'Биржевой тикер', th: 'สัญลักษณ์หุ้น', ro: 'Simbol bursier' },
      icon: 'bar-chart',
      settings: { format: 'ticker', maxLength: 33 },
    },
    {
      name: 'long_text',
      label: { en: 'Long text', fa: 'متن بلند', ru: 'Длинный текст', th: 'ข้อความยาว', ro: 'Text lung' },
      icon: 'text',
      settings: { multiline: true, maxLength: 10_000 },
    },
    {
      name: 'markdown',
      label: { en: 'Markdown', fa: 'مارک‌داون', ru: 'Markdown', th: 'มาร์กดาวน์', ro: 'Markdown' },
      icon: 'note',
      settings: { format: 'markdown', maxLength: 20_000 },
    },
    {
      name: 'code',
      label: { en: 'Code', fa: 'کد', ru: 'Код', th: 'โค้ด', ro: 'Cod' },
      icon: 'braces',
      settings: { format: 'code', maxLength: 20_000 },
    },
  ],
  columns: () => [{ suffix: '', kind: 'text', sqlType: 'text', collation: 'C', edm: 'Edm.String' }],
  check(field) {
    const problems: Problem[] = []
    const limit = longest(field)
    if (!isMultiline(field) && limit > lineLimit)
      problems.push(
        settingProblem(
          'maxLength',
          `maxLength can be at most ${lineLimit} on one line`,
          'Set "multiline": true for longer texts',
        ),
      )
    if (field.multiline === true && field.format !== undefined && !lines.has(field.format))
      problems.push(
        settingProblem('format', `"${field.format}" is for one line of text`, 'Remove "format" or "multiline"'),
      )
    if (field.language !== undefined && field.format !== 'code')
      problems.push(settingProblem('language', 'Only code has a language', 'Set "format": "code"'))
    if ((field['unique'] === true || field['indexed'] === true) && limit > indexLimit) {
      problems.push(
        settingProblem(
          field['unique'] === true ? 'unique' : 'indexed',
          `An index takes texts of at most ${indexLimit} characters; maxLength is ${limit}`,
          `Lower maxLength to ${indexLimit}`,
        ),
      )
    }
    if (field.template !== undefined && templateNames(field.template) === undefined)
      problems.push(settingProblem('template', 'A template names fields in braces', 'Like {first_name} {last_name}'))
    const wrong = field.pattern === undefined ? undefined : patternProblem(field.pattern, limit)
    if (wrong !== undefined) problems.push(settingProblem('pattern', wrong))
    return problems
  },
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    if (typeof value !== 'string') return refuse(field, { rule: 'type', says: 'must be text' })
    const refused = refuseText(value, field)
    return refused ?? { '': spelled(value, field) }
  },
  format: (value) => valueText(value),
  fromText: (text) => text,
  operators: ['contains', 'startswith', 'endswith', 'eq', 'ne', 'in'],
  names(field, entity, naming, at) {
    const { template } = field
    if (template === undefined) return field
    const spot = at('template', 'template')
    return withNames(field, {
      template: template.replace(/\{(\w+)\}/g, (_, name: string) =>
        name.startsWith('_') ? `{${name}}` : `{${naming.field(entity, name, spot) ?? name}}`,
      ),
    })
  },
  composition(field) {
    const from = field.template === undefined ? undefined : templateNames(field.template)
    return from && { from, make: (valueOf) => compose(field.template!, valueOf, longest(field)) }
  },
  casts: {
    // A shorter limit touches no row: longer values stay, and are refused when they are written again.
    text: () => unchanged,
    autonumber: () => unchanged,
    choice: (_from, to) =>
      textToOneOf(
        Array.isArray(to['options']) ? (to['options'] as { value: string }[]).map((option) => option.value) : [],
      ),
    integer: () => textToNumber('integer', '2147483648', 0),
    decimal: (_from, to) => toDecimal(to),
    money: () => textToNumber('numeric(19,4)', '1000000000000000', 4),
    boolean: () => ({
      risk: 'lossy',
      using: (column) =>
        `(case when lower(btrim(${column})) in ('true', 'yes', '1') then true when lower(btrim(${column})) in ('false', 'no', '0') then false end)`,
      fails: (column) =>
        `(btrim(${column}) <> '' and lower(btrim(${column})) not in ('true', 'yes', '1', 'false', 'no', '0'))`,
    }),
    date: () => textToDate,
    datetime: () => textToDatetime,
    uuid: () => ({
      risk: 'lossy',
      using: (column) => `nullif(btrim(${column}), '')::uuid`,
      fails: (column) =>
        `(btrim(${column}) <> '' and btrim(${column}) !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$')`,
    }),
  },
  neutral: (field, seed) => ({ '': erased(field, seed) }),
  limits: (field) => ({ measure: (column) => `length(${column})`, most: String(longest(field)) }),
  masks: textMasks,
  indexable: true,
  searched: ({ format }) => format === 'email' || format === 'phone',
  wide: isMultiline,
  indexBytes: (field) => longest(field) * 4,
  schema: (field) => ({
    type: 'string',
    maxLength: longest(field),
    ...(field.format === 'email' ? { format: 'email' } : field.format === 'url' ? { format: 'uri' } : {}),
    ...(field.format === 'markdown' ? { contentMediaType: 'text/markdown' } : {}),
    ...(field.pattern === undefined ? {} : { pattern: field.pattern }),
  }),
}

function toDecimal(to: Field): Cast {
  const precision = (to['precision'] as number | undefined) ?? 18
  const scale = (to['scale'] as number | undefined) ?? 2
  return textToNumber(`numeric(${precision},${scale})`, `1${'0'.repeat(precision - scale)}`, scale)
}

/** A text in the field's form that says nothing. */
function erased(field: TextField, seed: string): string {
  const forms: Readonly<Record<string, string>> = {
    email: `erased-${seed}@invalid.invalid`,
    url: `https://invalid.invalid/${seed}`,
    phone: `+000 ${Array.from(seed, (sign) => sign.charCodeAt(0) % 10).join('')}`,
    ticker: seed.toUpperCase(),
  }
  const text = forms[field.format ?? '']
  // Of a short field the seed alone is left, which is what keeps keys apart.
  return [text, `Erased ${seed}`, seed].find((one) => one !== undefined && one.length <= longest(field)) ?? '-'
}

/** What every text must be, whatever the type: storable by PostgreSQL and not longer than the limit. */
export function refuseStored(value: string, field: Field, limit: number): Problem | undefined {
  if (value.includes('\u0000'))
    return refuse(field, { rule: 'characters', says: 'has a NUL character, which cannot be stored' })
  if (!value.isWellFormed())
    return refuse(field, { rule: 'characters', says: 'has half of a character (a lone surrogate)' })
  if (value.length > limit && characters(value) > limit)
    return refuse(field, { rule: 'maxLength', says: `can have at most ${limit} characters`, limit })
  return undefined
}

/** A value as it is stored: digits that are dialled or traded are Latin, a ticker is written in capitals. */
function spelled(value: string, { format }: TextField): string {
  if (format === 'phone') return latinDigits(value)
  return format === 'ticker' ? latinDigits(value).trim().toUpperCase() : value
}

function refuseText(value: string, field: TextField): Problem | undefined {
  if (field.required === true && value.trim() === '')
    return refuse(field, { rule: 'required', says: 'needs a value', code: 'check.required' })
  const stored = refuseStored(value, field, longest(field))
  if (stored !== undefined || value === '') return stored
  const format = formats[field.format ?? '']
  if (format !== undefined && !format.test(spelled(value, field))) {
    return refuse(field, { rule: 'format', says: `is not ${format.says}`, limit: field.format, hint: format.hint })
  }
  if (field.pattern !== undefined && !matcher(field.pattern).test(value)) {
    return refuse(field, {
      rule: 'pattern',
      says: 'does not have the expected form',
      limit: field.pattern,
      hint: `Expected form: ${field.pattern}`,
    })
  }
  return undefined
}

function characters(value: string): number {
  let count = 0
  for (const _ of value) count++
  return count
}

interface Format {
  readonly says: string
  readonly hint: string
  test(value: string): boolean
}

const formats: Readonly<Record<string, Format>> = {
  email: {
    says: 'an e-mail address',
    hint: 'Like name@example.com',
    test: (value: string) =>
      value.length <= 254 && /^[^\s@"<>()[\],;:\\]{1,64}@[^\s@"<>()[\],;:\\]+\.[^\s@"<>()[\],;:\\.]{2,}$/u.test(value),
  },
  phone: {
    says: 'a phone number',
    hint: 'Like +49 30 1234567',
    test: (value: string) =>
      /^\+?[0-9 ()/.\-\u00a0]{3,40}((x|ext\.?|#) ?[0-9]{1,8})?$/u.test(value) && /[0-9]{2}/.test(value),
  },
  ticker: {
    says: 'a ticker symbol',
    hint: 'Like AAPL or XETRA:SAP',
    test: (value) => /^(?:[\p{L}\p{N}]{1,12}:)?[\p{L}\p{N}][\p{L}\p{M}\p{N}.\-^=]{0,19}$/u.test(value),
  },
  url: { says: 'a web address', hint: 'Like https://example.com', test: isWebAddress },
}

/** Only http and https: a link that people click must not run code. */
function isWebAddress(value: string): boolean {
  return /^https?:\/\/[^\s/?#]+/i.test(value) && URL.canParse(value)
}

const matchers = new Map<string, RegExp>()

function matcher(pattern: string): RegExp {
  const known = matchers.get(pattern)
  if (known !== undefined) return known
  if (matchers.size > 1000) matchers.clear()
  const made = new RegExp(pattern, 'u')
  matchers.set(pattern, made)
  return made
}
