// Hostile addresses of up to 8,000 characters: what is sent, and whether it is refused or made harmless by a limit.
import { accountId } from './query-model.ts'

const nine = '9'.repeat(8_000)
export const times = (n: number, text: string): string => text.repeat(n)
export const list = (n: number, item: (i: number) => string, between = ','): string =>
  Array.from({ length: n }, (_none, i) => item(i)).join(between)
export const nested = (depth: number, open: string, inside: string, close: string): string =>
  times(depth, open) + inside + times(depth, close)

/** Whether it is refused with a problem, or becomes a statement whose cost a limit bounds. */
export type Fate = 'refused' | 'bounded'
export type Hostile = readonly [title: string, fate: Fate, query: string, path?: string]

const filter = (title: string, text: string, fate: Fate = 'refused'): Hostile => [title, fate, `$filter=${text}`]
/** Below the service root. */
export const addresses: readonly Hostile[] = [
  filter('3,000 open parentheses', times(3_000, '(')),
  filter('2,000 pairs of parentheses', nested(2_000, '(', 'active', ')')),
  filter('2,000 nots', `${times(2_000, 'not ')}active`),
  filter('8,000 minus signs', `employees eq ${times(8_000, '-')}1`),
  filter(
    '1,000 ors',
    list(600, (i) => `employees eq ${i}`, ' or '),
  ),
  filter(
    '600 ands of texts',
    list(500, () => "name eq 'a'", ' and '),
  ),
  filter('a list of 2,500 numbers', `employees in (${list(2_500, String)})`),
  filter('a list of 190 ids', `id in (${list(190, accountId)})`, 'bounded'),
  filter('a list of 2,600 empty texts', `name in (${list(2_600, () => "''")})`),
  filter('lists in lists', `name in ${nested(500, '[', "'a'", ']')}`),
  filter('200 nested calls', `name eq ${nested(200, 'tolower(', 'name', ')')}`),
  filter('200 nested ifs', `active eq ${nested(200, 'case(active:', 'true', ')')}`),
  filter('800 arguments', `concat(${list(800, () => 'name')}) eq 'a'`),
  filter('nested lambdas', nested(40, 'contacts/any(c:c/account/', 'contacts/any()', ')')),
  filter('a chain of navigations', `${times(1_000, 'parent/')}name eq 'a'`),
  filter('12 navigations', `${times(40, 'parent/')}name eq 'a'`),
  filter('a quote that never closes', `name eq '${times(8_000, 'a')}`),
  filter('4,000 doubled quotes', `name eq '${times(4_000, "''")}`),
  filter('a text of 8,000 characters', `name eq '${times(8_000, 'a')}'`, 'bounded'),
  filter('a number of 8,000 digits', `employees eq ${nine}`),
  filter('a decimal of 8,000 digits', `revenue eq 0.${nine}`),
  filter('a decimal of 8,000 zeros', `revenue eq 0.${times(8_000, '0')}1`),
  filter('8,000 blanks before an end', `name eq 'a'${times(7_000, ' ')}x`),
  filter('a giant exponent', `revenue eq 1e${times(1_000, '9')}`),
  filter('a regular expression that explodes', `matchesPattern(name,'${nested(30, '(', 'a', '+)+')}$')`),
  filter(
    'a regular expression of 4,000 characters',
    `matchesPattern(name,'${times(2_000, 'a?')}${times(2_000, 'a')}')`,
  ),
  filter('counted repeats in a regular expression', `matchesPattern(name,'(((a{1,1000}){1,1000}){1,1000})')`),
  filter('an unknown name of 8,000 characters', `${times(8_000, 'n')} eq 1`),
  filter('8,000 dots', `${times(8_000, '.')} eq 1`),
  filter('8,000 slashes', `${times(8_000, '/')} eq 1`),
  filter('8,000 blanks', `${times(8_000, ' ')}active`),
  filter('8,000 commas', `name in (${times(8_000, ',')})`),
  filter('8,000 colons', times(8_000, ':')),
  filter('4,000 emoji', times(2_000, '😀')),
  filter('8,000 zero bytes', times(2_600, '%00')),
  filter('a percent code that never ends', times(4_000, '%2')),
  filter('a place with 2,000 corners', `geo.distance(name,geography'POLYGON((${list(1_000, () => '1 1')}))') gt 1`),
  ['an alias that asks for itself', 'refused', '$filter=@a&@a=@a'],
  [
    'aliases that double',
    'refused',
    `$filter=@a0 eq 1&${list(30, (i) => `@a${i}=@a${i + 1} add @a${i + 1}`, '&')}&@a30=1`,
  ],
  ['1,000 aliases', 'refused', list(1_000, (i) => `@a${i}=1`, '&')],
  ['expand to 200 levels', 'refused', `$expand=${nested(200, 'contacts($expand=account($expand=', 'parent', '))')}`],
  ['500 expands', 'refused', `$expand=${list(500, () => 'contacts')}`],
  ['every relationship, five times over', 'refused', `$expand=${nested(5, '*($expand=', '*', ')')}`],
  ['an expand bomb', 'refused', `$expand=${nested(5, 'contacts($expand=account($expand=parent,', 'contacts', '))')}`],
  ['a thousand levels', 'refused', '$expand=parent($levels=9999)'],
  ['as many levels as there are, four times', 'bounded', '$expand=parent($levels=max),subsidiaries($levels=max)'],
  ['one column 1,600 times', 'bounded', `$select=${list(1_600, () => 'name')}`],
  ['4,000 columns that are not there', 'refused', `$select=${list(4_000, () => 'x')}`],
  ['1,600 sort keys', 'refused', `$orderby=${list(1_600, () => 'name')}`],
  ['700 computed values', 'refused', `$compute=${list(400, (i) => `employees add 1 as c${i}`)}`],
  [
    'computed values that double',
    'refused',
    `$compute=employees as c0,${list(19, (i) => `c${i} add c${i} as c${i + 1}`)}&$select=c19`,
  ],
  ['a huge skip', 'refused', '$skip=9999999999999999'],
  ['a skip of 8,000 digits', 'refused', `$skip=${nine}`],
  ['a top of 8,000 digits', 'refused', `$top=${nine}`],
  ['4,000 words to search', 'refused', `$search=${list(4_000, () => 'a', ' ')}`],
  ['3,000 parentheses in a search', 'refused', `$search=${nested(3_000, '(', 'a', ')')}`],
  ['2,000 NOTs in a search', 'refused', `$search=${times(2_000, 'NOT ')}a`],
  ['900 steps of apply', 'refused', `$apply=${list(900, () => 'identity', '/')}/x`],
  ['a grouping of 1,600 keys', 'refused', `$apply=groupby((${list(1_600, () => 'name')}))`],
  ['400 aggregates', 'refused', `$apply=aggregate(${list(250, (i) => `employees with sum as s${i}`)})`],
  ['concats in concats', 'refused', `$apply=${nested(300, 'concat(identity,', 'identity', ')')}`],
  ['groupings in groupings', 'refused', `$apply=${nested(300, 'groupby((name),', 'aggregate($count as n)', ')')}`],
  ['a token of 8,000 characters', 'refused', `$skiptoken=${times(8_000, 'A')}`],
  [
    'a token of 2,000 keys',
    'refused',
    `$skiptoken=${Buffer.from(JSON.stringify(Array.from({ length: 1_500 }, () => 1))).toString('base64url')}`,
  ],
  ['8,000 ampersands', 'bounded', times(8_000, '&')],
  ['8,000 equal signs', 'refused', times(8_000, '=')],
  ['2,000 options', 'refused', list(2_000, (i) => `x${i}=1`, '&')],
  ['the same option 700 times', 'refused', list(700, () => '$filter=1', '&')],
  ['1,000 segments', 'refused', '', `accounts(${accountId(1)})${times(1_000, '/parent')}`],
  ['8,000 parentheses in the address', 'refused', '', `accounts${times(8_000, '(')}`],
  ['a key of 8,000 characters', 'refused', '', `accounts(account_number='${times(8_500, 'a')}')`],
  ['700 keys', 'refused', '', `accounts(${list(700, (i) => `k${i}=1`)})`],
  ['8,000 blanks in the address', 'refused', '', `accounts${times(2_600, '%20')}x`],
  ['2,000 dots in the address', 'refused', '', `${times(2_000, 'a.')}b()`],
  ['2,000 batches in the address', 'refused', '', times(1_600, '/$batch')],
  ['8,000 slashes in the address', 'refused', '', `${times(8_000, '/')}nope`],
]

const bomb = (levels: number, width: number): string =>
  `{ accounts { nodes { ...f0 } } } ${list(
    levels,
    (i) => `fragment f${i} on Account { ${i + 1 < levels ? times(width, `...f${i + 1} `) : 'name'} }`,
    ' ',
  )}`

/** GraphQL documents: all of them are refused, or cost next to nothing. */
export const documents: readonly (readonly [title: string, fate: Fate, query: string])[] = [
  ['10,000 levels', 'refused', nested(10_000, '{ accounts ', '{ nodes { id } }', '}')],
  ['1,000 levels of one relationship', 'refused', nested(1_000, '{ accounts { nodes { parent ', '{ id }', '} } }')],
  ['20 levels of one relationship', 'refused', `{ accounts { nodes ${nested(20, '{ parent ', '{ id }', '}')} } }`],
  [
    'lists in lists',
    'refused',
    `{ accounts ${nested(8, '{ nodes { contacts { nodes { account ', '{ id }', '} } } }')} }`,
  ],
  ['1,000 aliases of a list', 'refused', `{ ${list(1_000, (i) => `a${i}: accounts { totalCount }`, ' ')} }`],
  ['60 aliases of a field', 'refused', `{ accounts { nodes { ${list(60, (i) => `a${i}: name`, ' ')} } } }`],
  ['30 lists', 'refused', `{ ${list(30, (i) => `a${i}: accounts { totalCount }`, ' ')} }`],
  ['one field 3,000 times', 'refused', `{ accounts { nodes { ${times(3_000, 'name ')} } } }`],
  ['one field 900 times', 'bounded', `{ accounts { nodes { ${times(900, 'name ')} } } }`],
  [
    'one list 300 times with other arguments',
    'refused',
    `{ ${list(300, (i) => `accounts(first: ${i}) { totalCount }`, ' ')} }`,
  ],
  [
    'one relationship 200 times with other arguments',
    'refused',
    `{ accounts { nodes { ${list(200, (i) => `contacts(first: ${i}) { totalCount }`, ' ')} } } }`,
  ],
  [
    'one relationship 70 times with other records',
    'bounded',
    `{ accounts { nodes { ${list(70, () => 'contacts { nodes { id } }', ' ')} } } }`,
  ],
  [
    'one relationship 140 times with other arguments',
    'refused',
    `{ accounts { nodes { ${list(140, (i) => `contacts(first: ${i}) { totalCount }`, ' ')} } } }`,
  ],
  [
    'one relationship 300 times',
    'refused',
    `{ accounts { nodes { ${list(300, () => 'contacts { nodes { id } }', ' ')} } } }`,
  ],
  ['fragments that double 25 times', 'refused', bomb(25, 2)],
  ['fragments that grow a hundredfold', 'refused', bomb(4, 100)],
  [
    'fragments in a circle',
    'refused',
    '{ accounts { nodes { ...a } } } fragment a on Account { ...b } fragment b on Account { ...a }',
  ],
  ['a fragment in itself', 'refused', '{ ...a } fragment a on Query { ...a }'],
  [
    '200 fragments in a circle',
    'refused',
    `{ accounts { nodes { ...f0 } } } ${list(200, (i) => `fragment f${i} on Account { name ...f${(i + 1) % 200} }`, ' ')}`,
  ],
  [
    '500 fragments that nobody uses',
    'refused',
    `{ revision } ${list(500, (i) => `fragment f${i} on Account { name }`, ' ')}`,
  ],
  ['1,000 directives on a field', 'refused', `{ accounts { totalCount ${times(1_000, '@skip(if: false) ')} } }`],
  ['1,000 unknown directives', 'refused', `{ accounts { totalCount ${list(1_000, (i) => `@d${i}`, ' ')} } }`],
  ['1,000 variables', 'refused', `query(${list(1_000, (i) => `$v${i}: Int`)}) { revision }`],
  ['700 operations', 'refused', list(700, (i) => `query q${i} { revision }`, ' ')],
  ['1,000 unknown fields', 'refused', `{ ${list(1_000, (i) => `x${i}`, ' ')} }`],
  [
    '900 unknown fields that are nearly known',
    'refused',
    `{ accounts { nodes { ${list(900, (i) => `nam${i}`, ' ')} } } }`,
  ],
  ['a name of 50,000 characters', 'refused', `{ ${times(50_000, 'n')} }`],
  ['a text of 90,000 characters', 'refused', `{ accounts(search: "${times(90_000, 'a')}") { totalCount } }`],
  ['200,000 characters', 'refused', `{ ${times(200_000, ' ')} }`],
  ['50,000 comments', 'refused', `{ ${times(49_000, '#\n')} nope }`],
  ['filters in filters', 'refused', `{ accounts(filter: ${nested(800, '{NOT: ', '{}', '}')}) { totalCount } }`],
  [
    'lists of filters',
    'refused',
    `{ accounts(filter: {OR: [${list(900, () => '{name: {eq: "a"}}')}]}) { totalCount } }`,
  ],
  ['a list of 3,000 ids', 'refused', `{ accounts(filter: {id: {in: [${list(3_000, () => '"x"')}]}}) { totalCount } }`],
  [
    'any in any',
    'refused',
    `{ accounts(filter: ${nested(20, '{contacts: {any: {account: ', '{}', '}}}')}) { totalCount } }`,
  ],
  ['300 sort keys', 'refused', `{ accounts(orderBy: [${list(300, () => '{name: ASC}')}]) { totalCount } }`],
  [
    '900 groups in one',
    'refused',
    `{ accountsGroups { ${list(49, (i) => `s${i}: sum { employees revenue }`, ' ')} ${list(40, () => 'max { name city }', ' ')} by { id name city industry founded employees revenue active created_at modified_at version } } }`,
  ],
  [
    'questions about types of types',
    'refused',
    `{ __schema { types ${nested(30, '{ fields { type ', '{ name }', '} }')} } }`,
  ],
  ['braces that never close', 'refused', times(50_000, '{')],
  ['closing braces', 'refused', times(50_000, '}')],
  ['50,000 quotes', 'refused', times(50_000, '"')],
  ['zero bytes', 'refused', times(10_000, '\0')],
  ['half characters', 'refused', `{ accounts(search: "${times(1_000, '\ud800')}") { totalCount } }`],
]
