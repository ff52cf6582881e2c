// What a scanner reads: a text of one symbology, its check digit verified where the symbology has one.
import { latinDigits } from '../../base/digits.ts'
import { valueText } from '../../base/kind.ts'
import type { Problem } from '../../base/problem.ts'
import type { Field } from '../../model/model.ts'
import { textToText } from '../casts.ts'
import { longest, refuseStored } from '../text/type.ts'
import { numberMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, withoutValue } from '../value.ts'

export type Symbology = 'any' | 'ean13' | 'ean8' | 'upca' | 'gtin14' | 'isbn13' | 'code39' | 'code128' | 'qr'

export interface BarcodeField extends Field {
  readonly symbology?: Symbology
}

interface Form {
  readonly says: string
  readonly hint: string
  readonly pattern: RegExp
  /** The last digit is checked by the rule of GS1. */
  readonly checked?: boolean
  /** unit: characters. */
  readonly longest: number
}

const forms: Readonly<Record<Symbology, Form>> = {
  any: { says: 'a bar code', hint: 'Up to 100 printable characters', pattern: /^[^\p{Cc}]+$/u, longest: 100 },
  ean13: {
    says: 'an EAN-13',
    hint: '13 digits with their check digit',
    pattern: /^\d{13}$/,
    checked: true,
    longest: 13,
  },
  ean8: { says: 'an EAN-8', hint: '8 digits with their check digit', pattern: /^\d{8}$/, checked: true, longest: 8 },
  upca: { says: 'a UPC-A', hint: '12 digits with their check digit', pattern: /^\d{12}$/, checked: true, longest: 12 },
  gtin14: {
    says: 'a GTIN-14',
    hint: '14 digits with their check digit',
    pattern: /^\d{14}$/,
    checked: true,
    longest: 14,
  },
  isbn13: {
    says: 'an ISBN',
    hint: '13 digits that start with 978 or 979',
    pattern: /^97[89]\d{10}$/,
    checked: true,
    longest: 13,
  },
  code39: {
    says: 'a Code 39',
    hint: 'Capital letters, digits and - . $ / + %',
    pattern: /^[A-Z0-9 .$/+%-]+$/,
    longest: 43,
  },
  code128: { says: 'a Code 128', hint: 'Up to 80 ASCII characters', pattern: /^[\x20-\x7e]+$/, longest: 80 },
  qr: { says: 'a QR code', hint: 'Up to 650 characters', pattern: /^[^\p{Cc}]+$/u, longest: 650 },
}

function formOf(field: Field): Form {
  return forms[(field['symbology'] as Symbology | undefined) ?? 'any']
}

/** Whether the last digit of a GS1 number is right: threes and ones from the right, to the next ten. */
export function hasCheckDigit(digits: string): boolean {
  const sum = digits
    .split('')
    .toReversed()
    .reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 1 : 3), 0)
  return sum % 10 === 0
}

export const type: FieldType<BarcodeField> = {
  name: 'barcode',
  label: { en: 'Bar code', fa: 'بارکد', ru: 'Штрихкод', th: 'บาร์โค้ด', ro: 'Cod de bare' },
  group: 'text',
  icon: 'barcode',
  description: {
    en: 'Text that a scanner reads: EAN, UPC, ISBN, Code 128, QR',
    fa: 'متنی که اسکنر می‌خواند: EAN، UPC، ISBN، Code 128، QR',
    ru: 'Текст, который читает сканер: EAN, UPC, ISBN, Code 128, QR',
    th: 'ข้อความที่เครื่องสแกนอ่าน: EAN, UPC, ISBN, Code 128, QR',
    ro: 'Text pe care îl citește un scaner: EAN, UPC, ISBN, Code 128, QR',
  },
  settings: {
    properties: {
      symbology: { enum: Object.keys(forms), description: 'What is printed; any text by default.' },
    },
  },
  columns: () => [{ suffix: '', kind: 'text', sqlType: 'text', collation: 'C', edm: 'Edm.String' }],
  check: () => [],
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    if (typeof value !== 'string') return refuse(field, { rule: 'type', says: 'must be text' })
    const code = scanned(value, field)
    return refuseCode(code, field) ?? { '': code }
  },
  format: (value) => valueText(value),
  fromText: (text) => (text.trim() === '' ? null : text.trim()),
  operators: ['eq', 'ne', 'startswith', 'contains', 'in'],
  casts: { text: (_from, to) => textToText(longest(to)), barcode: (_from, to) => fromText(to) },
  castsFrom: { text: (_from, to) => fromText(to), autonumber: (_from, to) => fromText(to) },
  masks: numberMasks,
  indexable: true,
  searched: () => true,
  indexBytes: (field) => formOf(field).longest * 4,
  schema: (field) => ({
    type: 'string',
    maxLength: formOf(field).longest,
    description: `Must be ${formOf(field).says}`,
  }),
}

/** What a scanner meant: no blanks around it; in numbers no dashes and any script's digits. */
function scanned(value: string, field: Field): string {
  const plain = value.trim()
  return formOf(field).checked === true ? latinDigits(plain).replace(/[\s-]/g, '') : plain
}

function refuseCode(code: string, field: Field): Problem | undefined {
  const { says, hint, pattern, checked, longest: limit } = formOf(field)
  const stored = refuseStored(code, field, limit)
  if (stored !== undefined) return stored
  if (!pattern.test(code)) return refuse(field, { rule: 'symbology', says: `must be ${says}`, hint })
  return checked === true && !hasCheckDigit(code)
    ? refuse(field, { rule: 'checkDigit', says: 'has a wrong check digit', hint: 'A digit was misread or mistyped' })
    : undefined
}

/** Text → bar code; what does not have the form fails. Check digits are asked when a value is written again. */
function fromText(to: Field): ReturnType<typeof textToText> {
  const { longest: limit, checked } = formOf(to)
  return {
    risk: 'safe',
    using: (column) => `nullif(btrim(${column}), '')`,
    fails: (column) =>
      checked === undefined
        ? `(length(btrim(${column})) > ${limit})`
        : `(btrim(${column}) <> '' and btrim(${column}) !~ '^[0-9]{${limit}}$')`,
  }
}
