// One of a list of options, the field's own or those of a choice that several fields share. Stored as the option's value.
import { withNames } from '../../base/part.ts'
import { valueText } from '../../base/kind.ts'
import { suggest } from '../../base/name.ts'
import { labelText } from '../../base/label.ts'
import type { Problem } from '../../base/problem.ts'
import type { ChoiceOption, Model } from '../../model/model.ts'
import { textToText, unchanged } from '../casts.ts'
import type { TextField } from '../text/type.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, settingProblem, withoutValue } from '../value.ts'
import { optionsOf, type ChoiceField } from './options.ts'
import { choiceDemands, dependsOnSchema, fittedChoice, ruleProblems, transitionsSchema } from './rules.ts'

export { optionsOf, type ChoiceField } from './options.ts'

/** The shared choice of a field. */
export const choiceNames: FieldType<ChoiceField>['names'] = (field, _entity, naming, at) =>
  field.choice === undefined
    ? field
    : withNames(field, { choice: naming.named('choice', field.choice, at('choice', 'options')) })

export const type: FieldType<ChoiceField> = {
  name: 'choice',
  label: { en: 'Choice', fa: 'گزینه', ru: 'Выбор', th: 'ตัวเลือก', ro: 'Alegere' },
  group: 'choice',
  icon: 'dropdown',
  description: {
    en: 'One of a list of options',
    fa: 'یکی از چند گزینه',
    ru: 'Один вариант из списка',
    th: 'เลือกหนึ่งจากรายการ',
    ro: 'O opțiune dintr-o listă',
  },
  settings: {
    properties: {
      options: {
        type: 'array',
        maxItems: 1000,
        items: { $ref: 'common.schema.json#/$defs/option' },
        description: 'The options of this field alone.',
      },
      choice: {
        $ref: 'common.schema.json#/$defs/name',
        description: 'A choice that several fields share, instead of options.',
      },
      transitions: transitionsSchema,
      dependsOn: dependsOnSchema,
    },
  },
  fieldSettings: ['dependsOn/field'],
  names: choiceNames,
  columns: () => [{ suffix: '', kind: 'text', sqlType: 'text', collation: 'C', edm: 'Edm.String' }],
  check: (field, model) => [...listProblems(field, model), ...ruleProblems(field, model, true)],
  demands: choiceDemands,
  refit: fittedChoice,
  parse(input, field, model) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    const options = optionsOf(field, model)
    if (typeof value === 'string' && options.some((option) => option.value === value)) return { '': value }
    const hint =
      typeof value === 'string'
        ? suggest(
            value,
            options.map((option) => option.value),
          )
        : undefined
    return refuse(field, { rule: 'option', says: 'is not one of the options', hint: hint ?? listed(options) })
  },
  format(value, field, { language, model }) {
    if (value === null) return ''
    return labelText(
      optionsOf(field, model).find((option) => option.value === value)?.label,
      language,
      valueText(value),
    )
  },
  fromText: (text) => (text === '' ? null : text),
  operators: ['eq', 'ne', 'in'],
  casts: {
    text: (_from, to) => textToText((to as TextField).maxLength ?? 200),
    autonumber: () => unchanged,
  },
  masks: anyMasks,
  indexable: true,
  options: optionsOf,
  limits: (field, model) => ({
    options: optionsOf(field, model).map(({ value }) => value),
    holds: (column, options) => `${column} in (${options})`,
  }),
  indexBytes: () => 400,
  schema: (field, model) => ({ type: 'string', enum: optionsOf(field, model).map((option) => option.value) }),
}

/** Problems of where the options come from. */
export function listProblems(field: ChoiceField, model: Model): Problem[] {
  if (field.options !== undefined && field.choice !== undefined)
    return [settingProblem('choice', 'A field has its own options or names a choice, not both')]
  if (field.choice !== undefined) {
    if (model.choices.has(field.choice)) return []
    return [
      settingProblem('choice', `There is no choice "${field.choice}"`, suggest(field.choice, model.choices.keys())),
    ]
  }
  if (field.options === undefined || field.options.length === 0)
    return [settingProblem('options', 'A choice field needs options', 'Give "options", or name a "choice"')]
  return repeatedOptions(field.options)
}

/** Problems of options that say the same value twice; pointers are relative to what holds the options. */
export function repeatedOptions(options: readonly ChoiceOption[]): Problem[] {
  const seen = new Set<string>()
  return options.flatMap((option, index) => {
    if (seen.has(option.value))
      return [settingProblem(`options/${index}/value`, `The option "${option.value}" is there twice`)]
    seen.add(option.value)
    return []
  })
}

function listed(options: readonly ChoiceOption[]): string | undefined {
  const values = options.slice(0, 12).map((option) => option.value)
  return values.length === 0 ? undefined : `One of: ${values.join(', ')}${options.length > values.length ? ', …' : ''}`
}
