// A definition: one named JSON document of some kind. The types come from the JSON Schemas; this file names the union and
// nothing else.
import type {
  AppDefinition,
  ChoiceDefinition,
  EntityDefinition,
  FieldDefinition,
  FormDefinition,
  RelationshipDefinition,
  RoleDefinition,
  ViewDefinition,
  WebhookDefinition,
} from '../schemas/definitions.ts'

export type {
  AppDefinition,
  ChoiceDefinition,
  EntityDefinition,
  FieldDefinition,
  FormDefinition,
  RelationshipDefinition,
  RoleDefinition,
  ViewDefinition,
  WebhookDefinition,
}

/** Any definition that becomes part of a model. */
export type Definition =
  | EntityDefinition
  | ChoiceDefinition
  | RelationshipDefinition
  | ViewDefinition
  | FormDefinition
  | AppDefinition
  | RoleDefinition
  | WebhookDefinition
export type DefinitionKind = Definition['kind']

/** The key of a definition among all: `entity/vehicle`. */
export function definitionKey(definition: { readonly kind: string; readonly name: string }): string {
  return `${definition.kind}/${definition.name}`
}
