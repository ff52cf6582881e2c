// What happens to the records that a lookup ties to another record, when something is done to that other record: for each
// action one of a few kinds. Decides which kinds make sense for which action, and what holds when nothing is said.
import type { JsonObject } from '../base/json.ts'
import type { Problem } from '../base/problem.ts'
import { settingProblem } from './value.ts'

export const cascadeActions = ['delete', 'assign', 'share', 'reparent', 'merge'] as const
export type CascadeAction = (typeof cascadeActions)[number]

/**
 * cascade: the same is done to them; active: to those that are active; user_owned: to those of the same old owner;
 * remove_link: they lose the link; restrict: while there are any, the action is refused; none: they stay as they are.
 */
export type CascadeKind = 'cascade' | 'active' | 'user_owned' | 'remove_link' | 'restrict' | 'none'
export type Cascade = Readonly<Record<CascadeAction, CascadeKind>>

/** The short spelling for what a delete does. */
export type OnDelete = 'restrict' | 'clear' | 'cascade'

const inherited: readonly CascadeKind[] = ['cascade', 'active', 'user_owned', 'none']

/** The kinds that make sense for each action. */
export const cascadeKinds: Readonly<Record<CascadeAction, readonly CascadeKind[]>> = {
  delete: ['cascade', 'active', 'remove_link', 'restrict', 'none'],
  assign: inherited,
  share: inherited,
  reparent: inherited,
  merge: ['cascade', 'active', 'restrict', 'none'],
}

const defaults: Cascade = { delete: 'restrict', assign: 'none', share: 'none', reparent: 'none', merge: 'cascade' }
const short: Readonly<Record<OnDelete, CascadeKind>> = {
  restrict: 'restrict',
  clear: 'remove_link',
  cascade: 'cascade',
}

/** What a lookup says of cascades. */
export interface CascadeSettings {
  readonly onDelete?: OnDelete
  readonly cascade?: Partial<Cascade>
}

/** The kind of every action. */
export function cascadeOf({ onDelete, cascade }: CascadeSettings): Cascade {
  return { ...defaults, ...(onDelete === undefined ? {} : { delete: short[onDelete] }), ...cascade }
}

/** What the database itself does when the target goes past us: never more than what was said. */
export function onDeleteOf({ delete: kind }: Cascade, required: boolean): OnDelete {
  if (kind === 'cascade') return 'cascade'
  return kind === 'restrict' || required ? 'restrict' : 'clear'
}

/** Whether records inherit from what the lookup leads to: whose they are, or who shares them. */
export function isParental({ assign, share, reparent }: Cascade): boolean {
  return [assign, share, reparent].some((kind) => kind !== 'none')
}

/** JSON Schema of the setting. */
export const cascadeSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(cascadeActions.map((action) => [action, { enum: [...cascadeKinds[action]] }])),
  description:
    'What happens here when the record it leads to is deleted, assigned, shared, given another parent or merged.',
}

/** Settings that contradict each other or cannot be kept. */
export function cascadeProblems(
  field: CascadeSettings & { readonly required?: boolean },
  polymorphic: boolean,
): Problem[] {
  const { onDelete, cascade } = field
  const place = cascade?.delete === undefined ? 'onDelete' : 'cascade/delete'
  const kind = cascadeOf(field).delete
  if (onDelete !== undefined && cascade?.delete !== undefined && short[onDelete] !== cascade.delete)
    return [
      settingProblem(place, `"onDelete" says "${onDelete}" and "cascade" says "${cascade.delete}"`, 'Say it once'),
    ]
  if (field.required === true && (kind === 'remove_link' || kind === 'active'))
    return [settingProblem(place, 'A required lookup cannot be cleared', 'Choose restrict or cascade')]
  if (field.required === true && kind === 'none')
    return [settingProblem(place, 'A required lookup cannot lead nowhere', 'Choose restrict or cascade')]
  if (kind === 'none' && !polymorphic)
    return [
      settingProblem(
        place,
        'A lookup of one target cannot lead to a record that is gone',
        'Choose remove_link, restrict or cascade',
      ),
    ]
  return []
}
