// Types whose values are codes of a standard (countries, languages, time zones): chosen from a list whose names the platform
// knows in every language. Decides what such types have in common; which codes there are is each type's own.
import { labelText, languages, type Label } from '../base/label.ts'
import { valueText } from '../base/kind.ts'
import type { ChoiceOption } from '../model/model.ts'
import { textToText } from './casts.ts'
import { longest } from './text/type.ts'
import { anyMasks } from './mask.ts'
import type { FieldType, TypeGroup } from './type.ts'
import { refuse, withoutValue } from './value.ts'

/** What one standard is. */
export interface Codes {
  readonly name: string
  readonly label: Label
  readonly group: TypeGroup
  readonly icon: string
  readonly description: Label
  /** The codes people choose from. */
  list(): readonly string[]
  /** How a code is called in a language. */
  nameOf(code: string, language: string): string
  /** The canonical code a text stands for, or undefined. */
  read(text: string): string | undefined
  /** Behind "must be". */
  readonly says: string
  readonly hint: string
  /** unit: characters. */
  readonly longest: number
  /** SQL over a quoted text column that is true for values which are no code. */
  fails(column: string): string
}

/** The field type of a standard's codes. */
export function codeType(codes: Codes): FieldType {
  const { name, label, group, icon, description } = codes
  let options: readonly ChoiceOption[] | undefined
  const all = (): readonly ChoiceOption[] => (options ??= codes.list().map((code) => optionOf(codes, code)))
  const refused = { rule: name, says: `must be ${codes.says}`, hint: codes.hint }
  return {
    name,
    label,
    group,
    icon,
    description,
    settings: { properties: {} },
    columns: () => [{ suffix: '', kind: 'text', sqlType: 'text', collation: 'C', edm: 'Edm.String' }],
    check: () => [],
    parse(input, field) {
      const none = withoutValue(input[''], field)
      if (none !== undefined) return none
      const value = input['']
      const code = typeof value === 'string' && value.length <= 100 ? codes.read(value) : undefined
      return code === undefined ? refuse(field, refused) : { '': code }
    },
    format: (value, _field, { language }) => (value === null ? '' : codes.nameOf(valueText(value), language)),
    fromText(text, field) {
      const plain = text.trim()
      if (plain === '') return null
      return codes.read(plain) ?? byName(all(), plain) ?? refuse(field, refused)
    },
    operators: ['eq', 'ne', 'in'],
    casts: { text: (_from, to) => textToText(longest(to)) },
    castsFrom: {
      text: () => ({
        risk: 'safe',
        using: (column) => `nullif(btrim(${column}), '')`,
        fails: (column) => `(btrim(${column}) <> '' and ${codes.fails(column)})`,
      }),
    },
    masks: anyMasks,
    indexable: true,
    options: all,
    open: true,
    indexBytes: () => codes.longest * 4,
    schema: () => ({ type: 'string', maxLength: codes.longest, examples: [codes.list()[0]!] }),
  }
}

function optionOf(codes: Codes, code: string): ChoiceOption {
  return {
    value: code,
    label: Object.fromEntries(languages.map((language) => [language, codes.nameOf(code, language)])),
  }
}

/** The code that is called so in one of the app's languages. */
function byName(options: readonly ChoiceOption[], text: string): string | undefined {
  const wanted = text.toLowerCase()
  return options.find(({ label }) => languages.some((language) => labelText(label, language).toLowerCase() === wanted))
    ?.value
}
