// The only list of definition kinds.
import { appKind } from './app.ts'
import { choiceKind } from './choice.ts'
import type { DefinitionKind } from './definition.ts'
import { entityKind } from './entity.ts'
import { formKind } from './form.ts'
import type { Kind } from './kind.ts'
import { relationshipKind } from './relationship.ts'
import { roleKind } from './role.ts'
import { viewKind } from './view.ts'
import { webhookKind } from './webhook.ts'

/** Every kind, in the order in which one may need the other. */
export const kinds: readonly Kind[] = [
  choiceKind,
  entityKind,
  relationshipKind,
  viewKind,
  formKind,
  appKind,
  roleKind,
  webhookKind,
] as readonly unknown[] as readonly Kind[]

const byName = new Map<string, Kind>(kinds.map((kind) => [kind.name, kind]))

/** The kind of that name, or undefined. */
export function kindOf(name: DefinitionKind | string): Kind | undefined {
  return byName.get(name)
}
