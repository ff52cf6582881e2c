// What the parse of every type has in common: how a value is refused, and what a missing one means.
import type { JsonValue } from '../base/json.ts'
import { labelText } from '../base/label.ts'
import { pointer } from '../base/pointer.ts'
import { Problem, type ProblemCode } from '../base/problem.ts'
import type { Field } from '../model/model.ts'

/** How people know a field. */
export function fieldLabel(field: Field): string {
  return labelText(field.label, 'en', field.name)
}

export interface Refusal {
  /** Name of the rule that was broken, for a translated message. */
  readonly rule: string
  readonly says: string
  readonly limit?: string | number
  /** Column suffix of the part that is wrong; '' is the main one. */
  readonly suffix?: string
  readonly hint?: string
  readonly code?: ProblemCode
}

/** A refused value: `"Name" can have at most 200 characters`. The pointer is the property's. */
export function refuse(field: Field, refusal: Refusal): Problem {
  const { rule, says, limit, suffix = '', hint, code = 'check.invalid' } = refusal
  return new Problem(code, {
    detail: `"${fieldLabel(field)}" ${says}`,
    pointer: pointer(field.name + suffix),
    target: field.name + suffix,
    hint,
    params: { rule, field: field.name, ...(limit === undefined ? {} : { limit }) },
  })
}

/** The problem of an empty required field. */
export function missing(field: Field, suffix = ''): Problem {
  return refuse(field, { rule: 'required', says: 'needs a value', code: 'check.required', suffix })
}

/** The answer for an input that gives no value: nothing to write, a clear, or a problem; undefined when there is a value. */
export function withoutValue(
  value: JsonValue | undefined,
  field: Field,
  suffix = '',
): Record<string, null> | Problem | undefined {
  if (value === undefined) return {}
  if (value !== null) return undefined
  return field.required === true ? missing(field, suffix) : { [suffix]: null }
}

/** A problem of a field's own settings; the pointer is relative to the field. */
export function settingProblem(setting: string, detail: string, hint?: string): Problem {
  return new Problem('check.definition', { detail, pointer: pointer(...setting.split('/')), hint })
}

/** `minimum must not be above maximum`, for the two settings of that pair. */
export function rangeProblem(min: number | undefined, max: number | undefined): Problem[] {
  return min !== undefined && max !== undefined && min > max ? [settingProblem('max', 'max must not be below min')] : []
}
