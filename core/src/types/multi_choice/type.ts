// Several of a list of options. Stored as a list of the options' values, in the order of the options and each once, so that
// the same choice is the same value; nothing chosen is null inside and an empty list on the wire.
import { listFormat } from '../../base/intl.ts'
import { labelText } from '../../base/label.ts'
import { suggest } from '../../base/name.ts'
import type { Problem } from '../../base/problem.ts'
import { quoteText } from '../../base/sql.ts'
import type { JsonValue } from '../../base/json.ts'
import type { Field, Model } from '../../model/model.ts'
import { choiceDemands, fittedChoice, ruleProblems } from '../choice/rules.ts'
import { choiceNames, listProblems, optionsOf, type ChoiceField, type as choice } from '../choice/type.ts'
import { unchanged } from '../casts.ts'
import type { TextField } from '../text/type.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { missing, refuse, withoutValue } from '../value.ts'

/** Where texts of several values are taken apart. */
const separators = /\s*[;,،؛|\n]\s*/

const { transitions: _single, ...settings } = choice.settings.properties

export const type: FieldType<ChoiceField> = {
  name: 'multi_choice',
  label: {
    en: 'Several choices',
    fa: 'چند گزینه',
    ru: 'Несколько вариантов',
    th: 'หลายตัวเลือก',
    ro: 'Mai multe alegeri',
  },
  group: 'choice',
  icon: 'check-square',
  description: {
    en: 'Any number of options from a list',
    fa: 'هر شمار از گزینه‌های یک فهرست',
    ru: 'Любое число вариантов из списка',
    th: 'เลือกกี่รายการก็ได้จากรายการ',
    ro: 'Oricâte opțiuni dintr-o listă',
  },
  settings: { properties: settings },
  fieldSettings: ['dependsOn/field'],
  names: choiceNames,
  columns: () => [{ suffix: '', kind: 'texts', sqlType: 'text[]', collation: 'C', edm: 'Collection(Edm.String)' }],
  check: (field, model) => [...listProblems(field, model), ...ruleProblems(field, model, false)],
  demands: choiceDemands,
  refit: fittedChoice,
  parse(input, field, model) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const chosen = readChosen(input['']!, field, model)
    if (!Array.isArray(chosen)) return chosen
    if (chosen.length > 0) return { '': chosen }
    return field.required === true ? missing(field) : { '': null }
  },
  format(value, field, { language, model }) {
    if (!Array.isArray(value)) return ''
    const options = optionsOf(field, model)
    const labels = value.map((one) =>
      labelText(options.find((option) => option.value === one)?.label, language, String(one)),
    )
    return listFormat(language).format(labels)
  },
  fromText(text, field) {
    const plain = text.trim()
    if (plain === '') return null
    if (!plain.startsWith('[')) return plain.split(separators).filter((part) => part !== '')
    try {
      return JSON.parse(plain) as JsonValue
    } catch {
      return refuse(field, { rule: 'list', says: 'must be a list of options', hint: 'Like a; b' })
    }
  },
  operators: ['has', 'nothas'],
  casts: {
    multi_choice: () => unchanged,
    text: (_from, to) => {
      const limit = (to as TextField).maxLength ?? 200
      const joined = (column: string): string => `array_to_string(${column}, '; ')`
      return { risk: 'safe', using: joined, fails: (column) => `length(${joined(column)}) > ${limit}` }
    },
    choice: (_from, to) => ({
      risk: 'safe',
      using: (column) => `${column}[1]`,
      fails: (column) => `(cardinality(${column}) > 1${isStrange(column, to)})`,
    }),
  },
  castsFrom: {
    choice: (_from, to) => ({
      risk: 'safe',
      using: (column) => `(case when ${column} is not null then array[${column}] end)`,
      fails: (column) => `(false${isStrange(`array_remove(array[${column}], null)`, to)})`,
    }),
    text: (_from, to) => {
      const parts = (column: string): string => `regexp_split_to_array(btrim(${column}), '\\s*[;,]\\s*')`
      return {
        risk: 'lossy',
        using: (column) => `(case when btrim(${column}) <> '' then ${parts(column)} end)`,
        fails: (column) => `(btrim(${column}) <> '' and not ${parts(column)} <@ ${knownTo(to)})`,
      }
    },
  },
  masks: anyMasks,
  indexable: false,
  indexMethod: 'gin',
  options: optionsOf,
  limits: (field, model) => ({
    options: optionsOf(field, model).map(({ value }) => value),
    holds: (column, options) => `${column} && array[${options}]::text[]`,
  }),
  schema: (field, model) => ({
    type: 'array',
    uniqueItems: true,
    items: { type: 'string', enum: optionsOf(field, model).map((option) => option.value) },
  }),
}

/** The options of a field's own, as SQL. */
function knownTo({ options = [] }: ChoiceField): string {
  return `array[${options.map(({ value }) => quoteText(value)).join(', ')}]::text[]`
}

/** True (behind an `or`) for a list with values that are no options of the other field; those of a shared choice may stay. */
function isStrange(list: string, to: ChoiceField): string {
  return to.options === undefined ? '' : ` or not ${list} <@ ${knownTo(to)}`
}

/** The chosen values, each once and in the order of the options. */
function readChosen(value: JsonValue, field: Field, model: Model): string[] | Problem {
  const options = optionsOf(field, model).map((option) => option.value)
  if (!Array.isArray(value))
    return refuse(field, { rule: 'list', says: 'must be a list of options', hint: 'Like ["a", "b"]' })
  const odd = value.find((one) => typeof one !== 'string' || !options.includes(one))
  if (odd !== undefined)
    return refuse(field, {
      rule: 'option',
      says: `has "${JSON.stringify(odd).slice(0, 60)}", which is not one of the options`,
      hint: typeof odd === 'string' ? suggest(odd, options) : undefined,
    })
  return options.filter((option) => value.includes(option))
}
