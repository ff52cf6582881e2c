// Which fields a selection asks for: fragments are put in, `@skip` and `@include` are obeyed, and fields of one answer name are
// one. There are no interfaces and unions in our schema, so a fragment is on the very type or on nothing.
import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** What selections may refer to. */
export interface Given {
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>
  readonly variables: Readonly<Record<string, unknown>>
}

/** The fields by their name in the answer, in the order they are asked for. */
export function fieldsOf(
  sets: readonly (SelectionSetNode | undefined)[],
  given: Given,
): Map<string, readonly [FieldNode, ...FieldNode[]]> {
  const found = new Map<string, readonly [FieldNode, ...FieldNode[]]>()
  const seen = new Set<string>()
  const walk = (selections: readonly SelectionNode[]): void => {
    for (const node of selections) {
      if (!isWanted(node, given)) continue
      if (node.kind === Kind.FIELD) {
        const name = node.alias?.value ?? node.name.value
        const before = found.get(name)
        found.set(name, before === undefined ? [node] : [...before, node])
      } else if (node.kind === Kind.INLINE_FRAGMENT) walk(node.selectionSet.selections)
      else if (!seen.has(node.name.value)) {
        seen.add(node.name.value)
        walk(given.fragments[node.name.value]?.selectionSet.selections ?? [])
      }
    }
  }
  for (const set of sets) walk(set?.selections ?? [])
  return found
}

function isWanted(node: SelectionNode, { variables }: Given): boolean {
  if (node.directives === undefined || node.directives.length === 0) return true
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] === true) return false
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false
}

/** The selections below some fields of one answer name. */
export function below(nodes: readonly FieldNode[]): (SelectionSetNode | undefined)[] {
  return nodes.map(({ selectionSet }) => selectionSet)
}
