// What a request may hold, found out before anything else is done with it: how large, how deep, how many names. The text is cut
// into at most so many tokens, then counted in one walk that looks at each fragment once however often it is used; only a
// document within the limits is checked against a schema.
import {
  Kind,
  Lexer,
  parse,
  Source,
  TokenKind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { Problem } from '@peyvand/core/base/problem.ts'
import { graphqlLimits } from '../../limits.ts'

/** A document within the limits, not yet checked against a schema. */
export interface ReadDocument {
  readonly document: DocumentNode
  /** Every name in it. */
  readonly names: ReadonlySet<string>
}

/** Reads a document. throws: Problem when it is too large, GraphQLError where it cannot be read */
export function readDocument(text: string): ReadDocument {
  const { length } = graphqlLimits
  if (text.length > length)
    throw new Problem('limit.size', { detail: `A query may have ${length} characters`, target: 'query' })
  const names = namesIn(text)
  const document = parse(text)
  const problem = tooLarge(document)
  if (problem) throw problem
  return { document, names }
}

const opening: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L])
const closing: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R])

/** Goes over the words and signs, which takes no stack however they are nested. throws: Problem, GraphQLError */
function namesIn(text: string): ReadonlySet<string> {
  const lexer = new Lexer(new Source(text))
  const names = new Set<string>()
  const { tokens, brackets } = graphqlLimits
  let depth = 0
  for (let count = 0; lexer.advance().kind !== TokenKind.EOF; count++) {
    if (count >= tokens)
      throw new Problem('limit.size', { detail: `A query may have ${tokens} words and signs`, target: 'query' })
    if (lexer.token.kind === TokenKind.NAME) names.add(lexer.token.value)
    if (opening.has(lexer.token.kind)) depth++
    if (closing.has(lexer.token.kind)) depth--
    if (depth > brackets)
      throw new Problem('limit.depth', {
        detail: `Brackets in a query may be nested ${brackets} levels deep`,
        target: 'query',
      })
  }
  return names
}

// ---- counting -------------------------------------------------------------------------------------------------------

interface Size {
  readonly fields: number
  readonly compared: number
  readonly aliases: number
  readonly directives: number
  readonly depth: number
  readonly roots: number
}
const nothing: Size = { fields: 0, compared: 0, aliases: 0, directives: 0, depth: 0, roots: 0 }

/** The problem with a document that is too large. Linear in the text: the size of a fragment is found out once. */
export function tooLarge(document: DocumentNode): Problem | undefined {
  const { definitions } = graphqlLimits
  if (document.definitions.length > definitions)
    return new Problem('limit.size', {
      detail: `A query may have ${definitions} operations and fragments`,
      target: 'query',
    })
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const known = new Map<string, Size>()
  const sizeOf = (set: SelectionSetNode, inIntrospection: boolean): Size =>
    set.selections.map((each) => sizeOfSelection(each, inIntrospection)).reduce(sum, nothing)
  const sizeOfSelection = (node: SelectionNode, inIntrospection: boolean): Size => {
    const directives = node.directives?.length ?? 0
    if (node.kind === Kind.FRAGMENT_SPREAD)
      return sum(sizeOfFragment(node.name.value, inIntrospection), { ...nothing, directives })
    if (node.kind === Kind.INLINE_FRAGMENT)
      return sum(sizeOf(node.selectionSet, inIntrospection), { ...nothing, directives })
    const meta = inIntrospection || node.name.value.startsWith('__')
    const inner = node.selectionSet === undefined ? nothing : sizeOf(node.selectionSet, meta)
    return {
      fields: 1 + inner.fields,
      compared: (node.selectionSet === undefined && (node.arguments?.length ?? 0) === 0 ? 0 : 1) + inner.compared,
      aliases: (node.alias === undefined ? 0 : 1) + inner.aliases,
      directives: directives + inner.directives,
      depth: meta ? 0 : 1 + inner.depth,
      roots: 1,
    }
  }
  const sizeOfFragment = (name: string, inIntrospection: boolean): Size => {
    const key = `${inIntrospection ? '__' : ''} ${name}`
    const before = known.get(key)
    if (before !== undefined) return before
    // A fragment that comes back to itself is refused by GraphQL's own rules; here it adds nothing.
    known.set(key, nothing)
    const fragment = fragments.get(name)
    const size = fragment === undefined ? nothing : sizeOf(fragment.selectionSet, inIntrospection)
    known.set(key, size)
    return size
  }
  const sizes = document.definitions.map((definition) =>
    'selectionSet' in definition
      ? sum(sizeOf(definition.selectionSet, false), { ...nothing, directives: definition.directives?.length ?? 0 })
      : nothing,
  )
  return beyond(sizes.reduce(largest, nothing))
}

function sum(a: Size, b: Size): Size {
  return {
    fields: a.fields + b.fields,
    compared: a.compared + b.compared,
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives,
    depth: Math.max(a.depth, b.depth),
    roots: a.roots + b.roots,
  }
}

function largest(a: Size, b: Size): Size {
  return {
    fields: Math.max(a.fields, b.fields),
    compared: Math.max(a.compared, b.compared),
    aliases: Math.max(a.aliases, b.aliases),
    directives: Math.max(a.directives, b.directives),
    depth: Math.max(a.depth, b.depth),
    roots: Math.max(a.roots, b.roots),
  }
}

const words: Readonly<Record<keyof Size, string>> = {
  fields: 'fields in all',
  compared: 'fields that have arguments or fields of their own',
  aliases: 'aliases',
  directives: 'directives',
  depth: 'levels',
  roots: 'fields of its own',
}

function beyond(size: Size): Problem | undefined {
  const name = (Object.keys(words) as (keyof Size)[]).find((each) => size[each] > graphqlLimits[each])
  if (name === undefined) return undefined
  return new Problem(name === 'depth' ? 'limit.depth' : 'limit.size', {
    detail: `A query may have ${graphqlLimits[name].toLocaleString('en')} ${words[name]}`,
    target: 'query',
  })
}
