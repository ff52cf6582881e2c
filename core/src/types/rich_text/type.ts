// Formatted text: HTML of an allow-list (paragraphs, headings, lists, links, tables), made harmless before it is stored, so
// that whoever shows it need not fear it. Empty formatting is no value.
import { htmlOfText, sanitizeHtml, textOfHtml } from '../../base/html.ts'
import { quoteText } from '../../base/sql.ts'
import { valueText } from '../../base/kind.ts'
import type { Field } from '../../model/model.ts'
import { unchanged } from '../casts.ts'
import { longest as longestText, refuseStored } from '../text/type.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { missing, refuse, withoutValue } from '../value.ts'

export interface RichTextField extends Field {
  readonly maxLength?: number
}

function longest(field: RichTextField): number {
  return field.maxLength ?? 20_000
}

const looksLikeHtml = /<\/?[a-zA-Z][^<>]*>/

/** Whether a text is to be taken as HTML: it has elements, or it is one line that HTML would be written as. */
function isHtml(text: string): boolean {
  return looksLikeHtml.test(text) || (!text.includes('\n') && sanitizeHtml(text) === text)
}

/** A plain-text column as HTML: its special characters written out, one paragraph. */
const escaped = (column: string): string =>
  `'<p>' || replace(replace(replace(replace(${column}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), chr(10), '<br>') || '</p>'`

export const type: FieldType<RichTextField> = {
  name: 'rich_text',
  label: {
    en: 'Formatted text',
    fa: 'متن قالب‌دار',
    ru: 'Форматированный текст',
    th: 'ข้อความจัดรูปแบบ',
    ro: 'Text formatat',
  },
  group: 'text',
  icon: 'note',
  description: {
    en: 'Text with headings, lists, links and tables',
    fa: 'متن با سرخط، فهرست، پیوند و جدول',
    ru: 'Текст с заголовками, списками, ссылками и таблицами',
    th: 'ข้อความพร้อมหัวข้อ รายการ ลิงก์ และตาราง',
    ro: 'Text cu titluri, liste, legături și tabele',
  },
  settings: {
    properties: {
      maxLength: {
        type: 'integer',
        minimum: 100,
        maximum: 100_000,
        description: 'Most characters with their formatting; 20000 by default.',
      },
    },
  },
  columns: () => [{ suffix: '', kind: 'text', sqlType: 'text', collation: 'C', edm: 'Edm.String' }],
  check: () => [],
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    if (typeof value !== 'string') return refuse(field, { rule: 'type', says: 'must be text' })
    const wrong = refuseStored(value, field, Math.max(longest(field) * 2, 1000))
    if (wrong !== undefined) return wrong
    const html = sanitizeHtml(value)
    if (textOfHtml(html) === '') return field.required === true ? missing(field) : { '': null }
    return refuseStored(html, field, longest(field)) ?? { '': html }
  },
  format: (value) => textOfHtml(valueText(value)),
  fromText: (text) => (text.trim() === '' ? null : isHtml(text) ? text : htmlOfText(text)),
  operators: ['contains'],
  casts: {
    rich_text: () => unchanged,
    text: (_from, to) => {
      const plain = (column: string): string =>
        [
          [String.raw`<br>|</(p|h[1-4]|li|tr)>`, String.raw`\n`],
          ['<[^>]*>', ''],
        ].reduce((sql, [pattern, by]) => `regexp_replace(${sql}, ${quoteText(pattern!)}, E'${by!}', 'g')`, column)
      const text = (column: string): string =>
        `btrim(replace(replace(replace(replace(${plain(column)}, '&nbsp;', ' '), '&lt;', '<'), '&gt;', '>'), '&amp;', '&'), E' \\n')`
      return { risk: 'lossy', using: text, fails: (column) => `length(${text(column)}) > ${longestText(to)}` }
    },
  },
  castsFrom: {
    text: (_from, to) => ({
      risk: 'safe',
      using: (column) => `(case when btrim(${column}) <> '' then ${escaped(column)} end)`,
      fails: (column) => `(length(${escaped(column)}) > ${longest(to)})`,
    }),
  },
  masks: anyMasks,
  indexable: false,
  searched: () => false,
  wide: () => true,
  schema: (field) => ({
    type: 'string',
    maxLength: longest(field),
    contentMediaType: 'text/html',
    description: 'HTML; elements and attributes that are not allowed are removed',
  }),
}
