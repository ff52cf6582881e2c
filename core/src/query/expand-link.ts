// The link to the rest of a list inside a record: `contacts@odata.nextLink`. It repeats the options the list was asked with,
// which are taken from each request's own text, because only their shape is known when the statement is written.
import { isPunct, lex, type Token } from '../expression/lex.ts'
import { allOf, nothing, param, quoted, sql, whole, type Sql } from '../expression/fragment.ts'
import { amountSql } from './amount.ts'
import type { NumberedOption } from './shape.ts'
import type { BoundExpand, BoundQuery } from './tree.ts'

type Range = readonly [first: number, last: number]

/** What the link of an expanded list needs from the statement around it. */
export interface LinkParts {
  /** Address of the record that holds the list, below the service root. */
  readonly holder: Sql
  /** `select` of the sort values of the list's rows, in order, from one row on. */
  readonly from: (offset: Sql) => Sql
  /** The sort values of that select as one JSON list, without its opening bracket. */
  readonly keys: Sql
  readonly cap: number
}

/** The name of the parameter that holds the options of an expand. */
function optionsName(range: Range | undefined): string {
  return range ? `@options:${range[0]}-${range[1]}` : '@options'
}

/** Whether a list may be longer than what is answered of it. */
export function mayContinue({ top }: BoundQuery, cap: number): boolean {
  return top === undefined || top.slot !== undefined || top.value > cap
}

/** The link, or null when the list is complete. */
export function expandLink({ navigation, query, options }: BoundExpand, parts: LinkParts): Sql {
  const { cap, holder, from, keys } = parts
  const input = (name: string) => param({ from: 'input', name }, 'text')
  const skipped = query.skip ? sql`${amountSql(query.skip)} + ` : nothing
  const asked = query.top ? sql`${amountSql(query.top)} > ${whole(cap)}` : undefined
  const left = query.top ? sql`(${amountSql(query.top)} - ${whole(cap)})::text` : sql`'null'`
  const token = sql`(select ${encoded(sql`'[' || ${left} || ',' || ${keys}`)} from (${from(sql`${skipped}${whole(cap - 1)}`)}) "k")`
  const more = allOf([asked, sql`exists (${from(sql`${skipped}${whole(cap)}`)})`])
  const address = sql`${input('@base')} || ${holder} || ${quoted(`/${navigation.name}?`)} || ${input(optionsName(options))} || '$skiptoken=' || ${token}`
  return sql`case when ${more} then ${address} end`
}

/** Base64 for addresses, as a page token is written. */
function encoded(text: Sql): Sql {
  return sql`translate(encode(convert_to(${text}, 'UTF8'), 'base64'), E'+/=\\n', '-_')`
}

/** Every list inside the records that may continue: its name, and the parameter with its options. */
export function linksIn(
  query: BoundQuery,
  cap: number,
): { readonly name: string; readonly range: Range | undefined }[] {
  return query.expand.flatMap(({ navigation, query: inner, options, ref, countOnly }) => [
    ...(navigation.collection && !ref && !countOnly && mayContinue(inner, cap)
      ? [{ name: navigation.name, range: options }]
      : []),
    ...linksIn(inner, cap),
  ])
}

/** The options of each such list as they stand in this request, as a query string that ends with "&" when it is not empty. */
export function linkInputs(
  ranges: readonly (Range | undefined)[],
  options: readonly NumberedOption[],
): Record<string, string> {
  const expand = options.find(({ name }) => name === 'expand')?.text ?? ''
  const tokens = lex(expand)
  const aliases = options.filter(({ name }) => name.startsWith('@')).map(({ name, text }) => pair(name, text))
  return Object.fromEntries(
    ranges.map((range) => [
      optionsName(range),
      [...(range ? optionsOf(expand, tokens, range) : []), ...aliases].map((each) => `${each}&`).join(''),
    ]),
  )
}

function pair(name: string, value: string): string {
  return `${encodeURIComponent(name).replace('%24', '$').replace('%40', '@')}=${encodeURIComponent(value)}`
}

/** `$filter=…;$orderby=…` in parentheses → single options; what only makes sense in $expand is left out. */
function optionsOf(text: string, tokens: readonly Token[], [first, last]: Range): string[] {
  const found: string[] = []
  let depth = 0
  let start = first + 1
  for (let i = first + 1; i <= last; i++) {
    const token = tokens[i]!
    if (i === last || (depth === 0 && isPunct(token, ';'))) {
      const [name, , value] = [tokens[start]!, tokens[start + 1], tokens[start + 2]]
      if (i > start + 1 && !/^\$?(levels|skip|count)$/i.test(name.text))
        found.push(
          pair(
            name.text.startsWith('@') ? name.text : `$${name.text.replace(/^\$/, '')}`,
            text.slice(value!.start, tokens[i - 1]!.end),
          ),
        )
      start = i + 1
    } else if (isPunct(token, '(')) depth++
    else if (isPunct(token, ')')) depth--
  }
  return found
}
