// The kind `choice`: a list of options that several fields share.
import type { Problem } from '../base/problem.ts'
import * as validate from '../schemas/validate.js'
import { repeatedOptions } from '../types/choice/type.ts'
import type { ChoiceDefinition } from './definition.ts'
import { by, type Kind } from './kind.ts'
import type { Choice } from './model.ts'
import { labelFromName } from './names.ts'

export const choiceKind: Kind<ChoiceDefinition> = {
  name: 'choice',
  validator: validate.choice,
  parts: { options: by('value') },
  check: (definition): readonly Problem[] => repeatedOptions(definition.options),
  build: ({ id, name, label, description, options }): Choice => ({
    id: id ?? `choice/${name}`,
    name,
    label: label ?? labelFromName(name),
    ...(description !== undefined && { description }),
    options,
  }),
}
