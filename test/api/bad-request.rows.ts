// The bad requests: what is sent, and exactly what must come back. One row is one promise: this mistake gets this status,
// this code, and a word about what and where. Placeholders: {id} an existing deal, {firm} an existing firm, {none} no record.

export interface BadRequest {
  readonly title: string
  readonly method?: string
  /** Below `/api/data/v1` unless it starts with `/api`. */
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  readonly code: string
  /** What the answer must point at. */
  readonly says?: {
    readonly target?: string
    readonly pointer?: string | RegExp
    readonly position?: number
    readonly hint?: RegExp
    readonly message?: RegExp
    readonly count?: number
  }
}

const q = encodeURIComponent
const long = (n: number, char = 'x') => char.repeat(n)
/** SQL where a name belongs, and the position of the first character that cannot stand in an address, in $select and in $orderby. */
const sqlTricks: readonly (readonly [text: string, path: number, select: number, orderby: number])[] = [
  ["name'; drop table t_default.deal; --", 4, 4, 4],
  ['name"; select 1; --', 4, 4, 4],
  ['name)--', 4, 4, 4],
  ['name\\', 4, 4, 4],
  ['name::text', 4, 4, 4],
  ['a/*b*/c', 1, 2, 2],
  ['name`', 4, 4, 4],
  ['name;', 4, 4, 4],
  ['(select 1)', 0, 0, 8],
]
const names: readonly string[] = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'undefined',
  'NaN',
  '$1',
  '\u202Ename',
  'نام',
  'ชื่อ',
  '名',
  '😀',
  'na\u200Bme',
  long(63, 'n'),
  long(64, 'm'),
  long(300, 'n'),
]
/** Not even names: the position where they stop being one. */
const noNames: readonly (readonly [text: string, position: number])[] = [
  ['../../etc/passwd', 0],
  ['<script>', 0],
  ['%s%n', 0],
  ['{{7*7}}', 0],
  ['${7*7}', 1],
]
/** Odd, but names like any other: they must work, so they are not here as mistakes. */
const validNames = new Set(['constructor', 'prototype', 'undefined', 'null'])
const anything = [...names, ...noNames.map(([text]) => text), ...sqlTricks.map(([text]) => text), '', ' ', 'null']

const body = (
  title: string,
  sent: unknown,
  status: number,
  code: string,
  says: BadRequest['says'] = {},
): BadRequest => ({ title: `body: ${title}`, method: 'POST', path: '/deals', body: sent, status, code, says })
const value = (title: string, fields: object, status: number, code: string, pointer: string): BadRequest =>
  body(title, { name: 'x', ...fields }, status, code, { pointer })
const get = (title: string, path: string, status: number, code: string, says: BadRequest['says'] = {}): BadRequest => ({
  title,
  path,
  status,
  code,
  says,
})
const filter = (text: string, code: string, position: number, status = 400): BadRequest =>
  get(`filter: ${text.slice(0, 60)}`, `/deals?$filter=${q(text)}`, status, code, { target: '$filter', position })

const malformedBodies: BadRequest[] = [
  body('empty', '', 400, 'request.malformed', { target: 'body', position: 0 }),
  body('only a brace', '{', 400, 'request.malformed', { target: 'body', position: 1 }),
  body('missing value', '{"name":}', 400, 'request.malformed', { target: 'body', position: 8 }),
  body('trailing comma', '{"name":"a",}', 400, 'request.malformed', { target: 'body', position: 12 }),
  body('single quotes', "{'name':'a'}", 400, 'request.malformed', { target: 'body', position: 1 }),
  body('more after the end', '{"name":"a"} x', 400, 'request.malformed', { target: 'body', position: 13 }),
  body('unquoted word', '{"name":abc}', 400, 'request.malformed', { target: 'body', position: 8 }),
  body('raw line break in a text', '{"name":"a\nb"}', 400, 'request.malformed', { target: 'body', position: 8 }),
  body('bad escape', '{"name":"\\x41"}', 400, 'request.malformed', { target: 'body', position: 8 }),
  body('leading zero', '{"quantity":01}', 400, 'request.malformed', { target: 'body', position: 13 }),
  body('NaN', '{"amount":NaN}', 400, 'request.malformed', { target: 'body', position: 10 }),
  body('a list', '[{"name":"a"}]', 400, 'request.malformed', { pointer: '' }),
  body('a text', '"name"', 400, 'request.malformed', { pointer: '' }),
  body('a number', '7', 400, 'request.malformed', { pointer: '' }),
  body('null', 'null', 400, 'request.malformed', { pointer: '' }),
  body('33 objects deep', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 400, 'limit.depth', {
    target: 'body',
    position: 160,
  }),
  body('100,000 lists deep', '['.repeat(100_000), 400, 'limit.depth', { target: 'body', position: 32 }),
  body('larger than 1 MB', JSON.stringify({ name: long(1_200_000) }), 413, 'limit.size'),
]

const wrongNames: BadRequest[] = [
  body('unknown property', { nmae: 'x', name: 'y' }, 400, 'request.unknown', { pointer: '/nmae', hint: /"name"/ }),
  body('other case', { Name: 'x' }, 400, 'request.malformed', { count: 2 }),
  body('two unknown properties', { name: 'x', alpha: 1, beta: 2 }, 400, 'request.malformed', { count: 2 }),
  ...['id', 'created_at', 'created_by_id', 'modified_at', 'modified_by_id', 'version'].map((name) =>
    body(
      `system field ${name}`,
      { name: 'x', [name]: '018f3c1e-0000-7000-8000-000000000000' },
      400,
      'request.malformed',
      { pointer: `/${name}` },
    ),
  ),
  body('binding to an unknown navigation', { name: 'x', 'frm@odata.bind': '/firms({firm})' }, 400, 'request.unknown', {
    pointer: '/frm@odata.bind',
    hint: /"firm"/,
  }),
  body('binding to another set', { name: 'x', 'firm@odata.bind': '/deals({id})' }, 400, 'request.type', {
    pointer: '/firm@odata.bind',
    hint: /firms/,
  }),
  body('binding that is no address', { name: 'x', 'firm@odata.bind': 'acme' }, 400, 'request.type', {
    pointer: '/firm@odata.bind',
  }),
  body('binding to a number', { name: 'x', 'firm@odata.bind': 5 }, 400, 'request.type', {
    pointer: '/firm@odata.bind',
  }),
  body('link without an id', { name: 'x', firm: { id: 7 } }, 400, 'request.type', { pointer: '/firm' }),
  body('link that is a text', { name: 'x', firm: 'acme' }, 400, 'request.type', { pointer: '/firm' }),
  body('deep insert of what is there', { name: 'x', firm: { name: 'Acme' } }, 409, 'conflict.duplicate', {
    pointer: '/firm/name',
  }),
  ...anything.map((name) =>
    body(
      `property name ${JSON.stringify(name).slice(0, 30)} of ${name.length}`,
      JSON.stringify({ name: 'x' }).replace('}', `,${JSON.stringify(name)}:1}`),
      400,
      'request.unknown',
      { pointer: `/${name.replaceAll('/', '~1')}`, message: /has no property/ },
    ),
  ),
]

const wrongValues: BadRequest[] = [
  body('required missing', {}, 422, 'check.required', { pointer: '/name' }),
  body('required null', { name: null }, 422, 'check.required', { pointer: '/name' }),
  body('required empty', { name: '' }, 422, 'check.required', { pointer: '/name' }),
  body('text is a number', { name: 5 }, 422, 'check.invalid', { pointer: '/name' }),
  body('text is an object', { name: { a: 1 } }, 422, 'check.invalid', { pointer: '/name' }),
  body('text is a list', { name: ['x'] }, 422, 'check.invalid', { pointer: '/name' }),
  body('text too long', { name: long(51) }, 422, 'check.invalid', { pointer: '/name' }),
  body('text with NUL', { name: 'a\u0000b' }, 422, 'check.invalid', { pointer: '/name' }),
  body('text with half a character', '{"name":"a\\ud800"}', 422, 'check.invalid', { pointer: '/name' }),
  value('pattern not matched', { code: 'abc' }, 422, 'check.invalid', '/code'),
  value('e-mail that is none', { email: 'nobody' }, 422, 'check.invalid', '/email'),
  value('whole number with a fraction', { quantity: 1.5 }, 422, 'check.invalid', '/quantity'),
  value('whole number as word', { quantity: 'many' }, 422, 'check.invalid', '/quantity'),
  value('whole number too large', { quantity: 99999999999 }, 422, 'check.invalid', '/quantity'),
  value('whole number below the minimum', { quantity: -1 }, 422, 'check.invalid', '/quantity'),
  value('whole number as list', { quantity: [1] }, 422, 'check.invalid', '/quantity'),
  body('number beyond double', '{"name":"x","amount":1e400}', 422, 'check.invalid', { pointer: '/amount' }),
  value('decimal too large', { amount: 1e20 }, 422, 'check.invalid', '/amount'),
  value('decimal as object', { amount: {} }, 422, 'check.invalid', '/amount'),
  value('decimal as SQL', { amount: "1'; drop table t_default.deal; --" }, 422, 'check.invalid', '/amount'),
  value('truth value as text', { active: 'maybe' }, 422, 'check.invalid', '/active'),
  value('truth value as number', { active: 2 }, 422, 'check.invalid', '/active'),
  value('day that does not exist', { starts_on: '2026-02-30' }, 422, 'check.invalid', '/starts_on'),
  value('day as number', { starts_on: 20260101 }, 422, 'check.invalid', '/starts_on'),
  value('moment without sense', { seen_at: 'yesterday' }, 422, 'check.invalid', '/seen_at'),
  value('moment at hour 25', { seen_at: '2026-01-01T25:00:00Z' }, 422, 'check.invalid', '/seen_at'),
  value('choice that is not offered', { stage: 'lsot' }, 422, 'check.invalid', '/stage'),
  value('choice as list', { stage: ['open'] }, 422, 'check.invalid', '/stage'),
  value('lookup that is no id', { firm_id: 'acme' }, 422, 'check.invalid', '/firm_id'),
  value('lookup to nobody', { firm_id: '{none}' }, 422, 'check.reference', '/firm_id'),
  body('several at once', { name: '', quantity: 'x', amount: 'y', stage: 'z' }, 422, 'check.invalid', { count: 4 }),
  body('duplicate key', { name: 'x', code: 'AAA' }, 409, 'conflict.duplicate', { target: 'code' }),
]

const paths: BadRequest[] = [
  get('unknown set', '/dealz', 404, 'missing.path', { target: 'path', position: 0, hint: /deals/ }),
  get('entity name instead of the set', '/deal', 404, 'missing.path', { hint: /deals/ }),
  get('unknown segment', '/deals({id})/nmae', 404, 'missing.path', { target: 'path', position: 44, hint: /name/ }),
  get('segment after a value', '/deals({id})/name/$value/x', 404, 'missing.path'),
  get('property of a set', '/deals/name', 404, 'missing.path', { target: 'path', position: 6, hint: /one record/ }),
  get('unknown system resource', '/$entities', 404, 'missing.path', { target: 'path', position: 0 }),
  get('system resource that there is none of', '/$all', 501, 'request.unsupported', { target: 'path', position: 0 }),
  get('entity without its id', '/$entity', 400, 'request.malformed', { target: '$id', hint: /\$entity\?/ }),
  get('no such record', '/deals({none})', 404, 'missing.record'),
  get('key that is no id', '/deals(abc)', 400, 'request.syntax', { target: 'path', position: 9 }),
  get('number as key', '/deals(1)', 400, 'request.type', { target: 'path' }),
  get('empty key', '/deals()', 400, 'request.syntax', { target: 'path', position: 6 }),
  get('open key', '/deals({id}', 400, 'request.syntax', { target: 'path', position: 42 }),
  get('open quote in a key', "/deals(code='AAA)", 400, 'request.syntax', {
    target: 'path',
    position: 11,
    hint: /twice/,
  }),
  get('unknown key field', "/deals(kode='AAA')", 400, 'request.unknown', { target: 'path', hint: /code/ }),
  get('field that is no key', "/deals(name='x')", 400, 'request.unknown', { target: 'path' }),
  get('two unnamed key values', "/deals('a','b')", 400, 'request.unknown', { target: 'path', hint: /code/ }),
  get('SQL in a key', `/deals(code=${q("x'' or 1=1 --'")})`, 400, 'request.syntax', { target: 'path', position: 11 }),
  get('broken percent code', '/deals(%zz)', 400, 'request.malformed', { target: 'path' }),
  get('percent code that is no UTF-8', '/deals(%ff)', 400, 'request.malformed', { target: 'path' }),
  get('NUL in a key', "/deals(code='%00')", 400, 'request.type', { target: 'path' }),
  get('25 segments', `/deals({id})/firm${'/parent'.repeat(24)}`, 400, 'limit.depth', { target: 'path' }),
  get('path of 9,000 characters', `/deals(code='${long(9000)}')`, 413, 'limit.size', { target: 'path' }),
  ...sqlTricks.map(([text, position]) =>
    get(`SQL as set: ${text}`, `/${q(text)}`, 400, 'request.syntax', { target: 'path', position }),
  ),
  ...noNames.map(([text, position]) =>
    get(`no name as set: ${text}`, `/${q(text)}`, 400, 'request.syntax', { target: 'path', position }),
  ),
  ...names.map((name) =>
    get(`naughty set: ${name.slice(0, 20)} of ${name.length}`, `/${q(name)}`, 404, 'missing.path', {
      target: 'path',
      position: 0,
    }),
  ),
]

const options: BadRequest[] = [
  get('unknown option', '/deals?$fliter=1', 400, 'request.unknown', { target: '$fliter', hint: /\$filter/ }),
  get('top below zero', '/deals?$top=-1', 400, 'request.type', { target: '$top' }),
  get('top as word', '/deals?$top=all', 400, 'request.type', { target: '$top' }),
  get('top with fraction', '/deals?$top=1.5', 400, 'request.type', { target: '$top' }),
  get('top of 30 digits', `/deals?$top=${long(30, '9')}`, 400, 'request.type', { target: '$top' }),
  get('skip as word', '/deals?$skip=x', 400, 'request.type', { target: '$skip' }),
  get('count as word', '/deals?$count=maybe', 400, 'request.type', { target: '$count' }),
  get('select of nothing there', '/deals?$select=nmae', 400, 'request.unknown', {
    target: '$select',
    hint: /"name"/,
    message: /nmae/,
  }),
  get('select second unknown', '/deals?$select=name,nope', 400, 'request.unknown', {
    target: '$select',
    message: /nope/,
  }),
  get('orderby unknown', '/deals?$orderby=nmae', 400, 'request.unknown', { target: '$orderby', position: 0 }),
  get('orderby direction', '/deals?$orderby=name%20upwards', 400, 'request.syntax', {
    target: '$orderby',
    position: 5,
  }),
  get('expand unknown', '/deals?$expand=frm', 400, 'request.unknown', { target: '$expand', hint: /firm/ }),
  get('expand a plain property', '/deals?$expand=name', 400, 'request.unknown', { target: '$expand' }),
  get('expand open bracket', '/deals?$expand=firm($select=name', 400, 'request.syntax', { target: '$expand' }),
  get(
    'expand too deep',
    `/deals?$expand=${'firm($expand=deals($expand='.repeat(4)}firm${'))'.repeat(4)}`,
    400,
    'limit.depth',
    { target: '$expand' },
  ),
  get('apply unknown step', '/deals?$apply=explode(name)', 400, 'request.unknown', {
    target: '$apply',
    position: 0,
    hint: /groupby/,
  }),
  get('apply unknown method', '/deals?$apply=aggregate(amount with avgg as x)', 400, 'request.unknown', {
    target: '$apply',
    position: 10,
  }),
  get('apply open', '/deals?$apply=groupby((stage)', 400, 'request.syntax', { target: '$apply' }),
  get('the same option twice', '/deals?$top=1&$top=2', 400, 'request.malformed', { target: '$top' }),
  get('skiptoken of our own making', '/deals?$skiptoken=abc', 400, 'request.malformed', { target: '$skiptoken' }),
  get('format unknown', '/deals?$format=xml', 501, 'request.unsupported', { target: '$format' }),
  get('deltatoken', '/deals?$deltatoken=1', 400, 'request.malformed', { target: '$deltatoken' }),
  get('compute without a name', '/deals?$compute=amount%20mul%202', 400, 'request.syntax', { target: '$compute' }),
  get('compute of what is not there', '/deals?$compute=amnt%20mul%202%20as%20twice', 400, 'request.unknown', {
    target: '$compute',
  }),
  ...sqlTricks.map(([text, , position]) =>
    get(`SQL in select: ${text}`, `/deals?$select=${q(text)}`, 400, 'request.syntax', { target: '$select', position }),
  ),
  ...sqlTricks.map(([text, , , position]) =>
    get(`SQL in orderby: ${text}`, `/deals?$orderby=${q(text)}`, 400, 'request.syntax', {
      target: '$orderby',
      position,
    }),
  ),
  get('function call in orderby', '/deals?$orderby=pg_sleep(10)', 400, 'request.unknown', {
    target: '$orderby',
    position: 0,
    message: /pg_sleep/,
  }),
  get('tautology in orderby', `/deals?$orderby=${q("name' or '1'='1")}`, 501, 'request.unsupported', {
    target: '$orderby',
    position: 0,
  }),
  ...noNames.map(([text, position]) =>
    get(`no name in select: ${text}`, `/deals?$select=${q(text)}`, 400, 'request.syntax', {
      target: '$select',
      position,
    }),
  ),
  ...names.map((name) =>
    get(`naughty select: ${name.slice(0, 20)} of ${name.length}`, `/deals?$select=${q(name)}`, 400, 'request.unknown', {
      target: '$select',
      message: /has no property/,
    }),
  ),
]

const filters: BadRequest[] = [
  filter('nmae eq 1', 'request.unknown', 0),
  filter('name eq', 'request.syntax', 7),
  filter("name eq 'x", 'request.syntax', 8),
  filter("name = 'x'", 'request.syntax', 5),
  filter("name eqq 'x'", 'request.syntax', 5),
  filter("(name eq 'x'", 'request.syntax', 12),
  filter("name eq 'x')", 'request.syntax', 11),
  filter("name eq 'x' and", 'request.syntax', 15),
  filter("name eq 'x' nad stage eq 'y'", 'request.syntax', 12),
  filter("quantity eq 'x'", 'request.type', 12),
  filter('name eq 5', 'request.type', 8),
  filter('amount gt true', 'request.type', 10),
  filter("starts_on eq '2026-02-30'", 'request.type', 13),
  filter('id eq 7', 'request.type', 6),
  filter('quantity eq 99999999999999999999999', 'request.type', 12),
  filter('contains(name)', 'request.type', 0),
  filter("contains(quantity,'x')", 'request.type', 0),
  filter('explode(name)', 'request.unknown', 0),
  filter('firm/nope eq 1', 'request.unknown', 0),
  filter('firm/name/x eq 1', 'request.type', 0),
  filter("deals/any(d:d/name eq 'x')", 'request.unknown', 0),
  filter("name eq 'a\u0000b'", 'request.type', 8),
  filter(`${'not '.repeat(1000)}true`, 'limit.depth', 40),
  filter(`${'('.repeat(3000)}1`, 'limit.depth', 10),
  {
    ...filter(Array.from({ length: 250 }, (_, i) => `quantity eq ${i}`).join(' or '), 'limit.depth', 0),
    says: { target: '$filter' },
  },
  filter("name eq 'x'; drop table t_default.deal; --", 'request.syntax', 11),
  filter('1', 'request.type', 0),
  filter('', 'request.syntax', 0),
]

const methods: BadRequest[] = [
  { title: 'PUT on a set', method: 'PUT', path: '/deals', body: { name: 'x' }, status: 405, code: 'request.method' },
  { title: 'DELETE on a set', method: 'DELETE', path: '/deals', status: 405, code: 'request.method' },
  {
    title: 'PATCH on a set',
    method: 'PATCH',
    path: '/deals',
    body: { name: 'x' },
    status: 405,
    code: 'request.method',
  },
  {
    title: 'POST on a record',
    method: 'POST',
    path: '/deals({id})',
    body: { name: 'x' },
    status: 405,
    code: 'request.method',
  },
  { title: 'POST on a count', method: 'POST', path: '/deals/$count', body: {}, status: 405, code: 'request.method' },
  { title: 'DELETE on the service document', method: 'DELETE', path: '/', status: 405, code: 'request.method' },
  { title: 'POST on $metadata', method: 'POST', path: '/$metadata', body: {}, status: 405, code: 'request.method' },
  {
    title: 'batch without requests',
    method: 'POST',
    path: '/$batch',
    body: { request: [] },
    status: 400,
    code: 'request.malformed',
  },
  { title: 'DELETE without a record', method: 'DELETE', path: '/deals({none})', status: 404, code: 'missing.record' },
  {
    title: 'PATCH of an unknown property',
    method: 'PATCH',
    path: '/deals({id})',
    body: { nope: 1 },
    status: 400,
    code: 'request.unknown',
    says: { pointer: '/nope' },
  },
  {
    title: 'PATCH that clears a required field',
    method: 'PATCH',
    path: '/deals({id})',
    body: { name: null },
    status: 422,
    code: 'check.required',
    says: { pointer: '/name' },
  },
  {
    title: 'PATCH of another id',
    method: 'PATCH',
    path: '/deals({id})',
    body: { id: '{none}' },
    status: 400,
    code: 'request.malformed',
    says: { pointer: '/id' },
  },
  {
    title: 'PATCH to a duplicate',
    method: 'PATCH',
    path: '/deals({id})',
    body: { code: 'AAA' },
    status: 409,
    code: 'conflict.duplicate',
    says: { target: 'code' },
  },
  {
    title: 'PATCH of nobody with If-Match: *',
    method: 'PATCH',
    path: '/deals({none})',
    body: { name: 'x' },
    headers: { 'if-match': '*' },
    status: 404,
    code: 'missing.record',
  },
  {
    title: 'PATCH of a record with If-None-Match: *',
    method: 'PATCH',
    path: '/deals({id})',
    body: { name: 'x' },
    headers: { 'if-none-match': '*' },
    status: 412,
    code: 'conflict.stale',
  },
  {
    title: 'upsert that lacks a required field',
    method: 'PATCH',
    path: '/deals({none})',
    body: { quantity: 1 },
    status: 422,
    code: 'check.required',
    says: { pointer: '/name' },
  },
  {
    title: 'DELETE of a referenced record',
    method: 'DELETE',
    path: '/firms({firm})',
    status: 409,
    code: 'conflict.reference',
  },
]

const headers: BadRequest[] = [
  {
    title: 'no content type',
    method: 'POST',
    path: '/deals',
    body: '{"name":"x"}',
    headers: { 'content-type': '' },
    status: 415,
    code: 'request.media',
    says: { target: 'Content-Type' },
  },
  {
    title: 'form content type',
    method: 'POST',
    path: '/deals',
    body: 'name=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    code: 'request.media',
  },
  {
    title: 'text content type',
    method: 'POST',
    path: '/deals',
    body: '{"name":"x"}',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'request.media',
  },
  {
    title: 'XML body',
    method: 'PATCH',
    path: '/deals({id})',
    body: '<deal/>',
    headers: { 'content-type': 'application/xml' },
    status: 415,
    code: 'request.media',
  },
  ...['abc', '"', 'W/3', '"1" "2"', "W/'1'"].map((tag): BadRequest => ({
    title: `If-Match: ${tag}`,
    method: 'PATCH',
    path: '/deals({id})',
    body: { name: 'x' },
    headers: { 'if-match': tag },
    status: 400,
    code: 'request.malformed',
    says: { target: 'If-Match' },
  })),
  {
    title: 'If-None-Match that is none',
    path: '/deals({id})',
    headers: { 'if-none-match': 'x' },
    status: 400,
    code: 'request.malformed',
    says: { target: 'If-None-Match' },
  },
  {
    title: 'stale version',
    method: 'PATCH',
    path: '/deals({id})',
    body: { name: 'x' },
    headers: { 'if-match': 'W/"99"' },
    status: 412,
    code: 'conflict.stale',
  },
  {
    title: 'stale version on delete',
    method: 'DELETE',
    path: '/deals({id})',
    headers: { 'if-match': 'W/"99"' },
    status: 412,
    code: 'conflict.stale',
  },
  {
    title: 'entity tag of another kind',
    method: 'PATCH',
    path: '/deals({id})',
    body: { name: 'x' },
    headers: { 'if-match': '"abc"' },
    status: 412,
    code: 'conflict.stale',
  },
  ...[
    'return=everything',
    'odata.maxpagesize=0',
    'odata.maxpagesize=-5',
    'odata.maxpagesize=ten',
    'maxpagesize=1e3',
    'calendar=mayan',
    'timezone=Mars/Base',
  ].map((prefer): BadRequest => ({
    title: `Prefer: ${prefer}`,
    path: '/deals',
    headers: { prefer },
    status: 400,
    code: 'request.malformed',
    says: { target: 'Prefer' },
  })),
  {
    title: 'OData-MaxVersion that is none',
    path: '/deals',
    headers: { 'odata-maxversion': 'new' },
    status: 400,
    code: 'request.malformed',
    says: { target: 'OData-MaxVersion' },
  },
  {
    title: 'OData 3',
    path: '/deals',
    headers: { 'odata-maxversion': '3.0' },
    status: 501,
    code: 'request.unsupported',
    says: { target: 'OData-MaxVersion' },
  },
  { title: 'empty authorization', path: '/deals', headers: { authorization: '' }, status: 401, code: 'auth.invalid' },
  {
    title: 'wrong key',
    path: '/deals',
    headers: { authorization: 'Bearer nonsense' },
    status: 401,
    code: 'auth.invalid',
  },
  {
    title: 'SQL as key',
    path: '/deals',
    headers: { authorization: "Bearer ' or 1=1 --" },
    status: 401,
    code: 'auth.invalid',
  },
]

const model = (
  title: string,
  sent: unknown,
  status: number,
  code: string,
  says: BadRequest['says'] = {},
): BadRequest => ({
  title: `model: ${title}`,
  method: 'POST',
  path: '/api/model/apply',
  body: sent,
  status,
  code,
  says,
})
const put = (definition: unknown) => ({ changes: [{ op: 'put', definition }] })
const entity = (more: object) =>
  put({ kind: 'entity', name: 'trial', label: 'Trial', fields: [{ name: 'name', type: 'text' }], ...more })
const field = (more: object) =>
  entity({
    fields: [
      { name: 'name', type: 'text' },
      { name: 'extra', ...more },
    ],
  })

const models: BadRequest[] = [
  model('empty body', '', 400, 'request.malformed'),
  model('broken JSON', '{"changes":[', 400, 'request.malformed'),
  model('a list', [], 400, 'request.malformed'),
  model('no changes', {}, 400, 'request.malformed'),
  model('changes as text', { changes: 'all' }, 400, 'request.malformed'),
  model('unknown operation', { changes: [{ op: 'puut', definition: {} }] }, 400, 'request.malformed', {
    pointer: '/changes/0/op',
  }),
  model('definition missing', { changes: [{ op: 'put' }] }, 400, 'request.malformed', {
    pointer: '/changes/0/definition',
  }),
  model('definition as text', put('entity'), 400, 'request.malformed', { pointer: '/changes/0/definition' }),
  model('unknown kind', put({ kind: 'entitty', name: 'trial' }), 422, 'check.definition', {
    pointer: /\/kind$/,
    hint: /"entity"/,
  }),
  model('no name', put({ kind: 'entity', fields: [] }), 422, 'check.definition'),
  model('name with a space', entity({ name: 'my trial' }), 422, 'check.definition'),
  model('name of 64 characters', entity({ name: long(64, 'a') }), 422, 'check.definition'),
  model('name in capitals', entity({ name: 'Trial' }), 422, 'check.definition'),
  model('unknown member', entity({ colour: 'red' }), 422, 'check.definition'),
  model('fields missing', put({ kind: 'entity', name: 'trial', label: 'Trial' }), 422, 'check.definition'),
  model('field without a type', field({}), 422, 'check.definition'),
  model('unknown field type', field({ type: 'texxt' }), 422, 'check.definition', { hint: /text/ }),
  model('unknown setting', field({ type: 'text', maxLenght: 5 }), 422, 'check.definition'),
  model('setting of the wrong type', field({ type: 'text', maxLength: 'long' }), 422, 'check.definition'),
  model('pattern that never ends', field({ type: 'text', pattern: '^(a+)+$' }), 422, 'check.definition'),
  model('lookup to nothing', field({ type: 'lookup', target: 'nowhere' }), 422, 'check.definition'),
  model(
    'same field twice',
    entity({
      fields: [
        { name: 'name', type: 'text' },
        { name: 'name', type: 'integer' },
      ],
    }),
    422,
    'check.definition',
  ),
  model('field named like a system field', field({ type: 'text', name: 'created_at' }), 422, 'check.definition'),
  model('key over an unknown field', entity({ keys: [{ name: 'k', fields: ['nope'] }] }), 422, 'check.definition'),
  model('primary field that is not there', entity({ primaryField: 'nope' }), 422, 'check.definition'),
  model(
    'deleting what is not there',
    { changes: [{ op: 'delete', kind: 'entity', name: 'nowhere' }] },
    422,
    'check.definition',
    { pointer: '/changes/0' },
  ),
  ...anything
    .filter((name) => !validNames.has(name))
    .map((name) =>
      model(
        `entity name ${JSON.stringify(name).slice(0, 30)} of ${name.length}`,
        entity({ name }),
        422,
        'check.definition',
        { pointer: /\/name$/ },
      ),
    ),
  ...anything
    .filter((name) => name !== 'undefined')
    .map((name) =>
      model(
        `field name ${JSON.stringify(name).slice(0, 30)} of ${name.length}`,
        field({ type: 'text', name }),
        422,
        'check.definition',
        { pointer: /\/fields\/1\/name$/ },
      ),
    ),
  {
    title: 'model: undo of nothing',
    method: 'POST',
    path: '/api/model/undo/{none}',
    status: 404,
    code: 'missing.record',
  },
  { title: 'model: undo of no id', method: 'POST', path: '/api/model/undo/abc', status: 404, code: 'missing.record' },
  { title: 'model: GET on apply', path: '/api/model/apply', status: 404, code: 'missing.path' },
  { title: 'nowhere', path: '/api/nowhere', status: 404, code: 'missing.path' },
]

const sent = (
  title: string,
  path: string,
  body: unknown,
  status: number,
  code: string,
  says: BadRequest['says'],
  headers: Readonly<Record<string, string>> = {},
): BadRequest => ({ title: `found by fuzzing: ${title}`, method: 'POST', path, body, headers, status, code, says })

/** What random requests found once. */
const found: BadRequest[] = [
  get('an option called like a member of every object', '/deals?$constructor=1', 400, 'request.unknown', {
    target: '$constructor',
  }),
  get(
    'a cast to a member of every object',
    `/deals?$filter=${q("cast(name,constructor) eq 'a'")}`,
    400,
    'request.unknown',
    {
      target: '$filter',
    },
  ),
  sent('half a character as an option of $query', '/deals/$query', '{"\\ud800":1}', 400, 'request.unknown', {
    message: /no query option/,
  }),
  sent('a key called NUL', '/api/keys', { name: '\u0000' }, 422, 'check.invalid', { pointer: '/name' }),
  sent('half a character in a list', '/api/keys', '{"name":"x","roles":["\\ud800"]}', 422, 'check.invalid', {
    pointer: '/roles/0',
  }),
  sent('a plan that is a text', '/api/model/plan', '"true"', 400, 'request.malformed', { pointer: '' }),
  sent('a key that is a number', '/api/keys', '7', 400, 'request.malformed', { pointer: '' }),
  sent(
    'a mapping that is a text',
    `/api/import/deal?mapping=${q('"x"')}`,
    'name\n',
    400,
    'request.malformed',
    { target: 'mapping' },
    { 'content-type': 'text/csv' },
  ),
  sent(
    'a form without a boundary',
    '/api/import/deal',
    'x',
    400,
    'request.malformed',
    { target: 'content-type' },
    { 'content-type': 'multipart/form-data' },
  ),
  sent(
    'a file without a column of the entity',
    '/api/import/deal',
    'x\n1\n',
    400,
    'request.malformed',
    { target: 'columns' },
    { 'content-type': 'text/csv' },
  ),
  sent(
    'a thousand unknown members',
    '/api/keys',
    Object.fromEntries(Array.from({ length: 1_000 }, (_none, i) => [`k${i}`, 1])),
    422,
    'check.invalid',
    { count: 500, message: /^1001 problems/ },
  ),
  {
    title: 'found by fuzzing: searching for NUL',
    path: '/api/search?q=a%00b',
    status: 400,
    code: 'request.type',
    says: { target: 'q' },
  },
  {
    title: 'found by fuzzing: a route called like a member of every object',
    path: '/api/auth/constructor',
    status: 404,
    code: 'missing.path',
  },
]

export const badRequests: readonly BadRequest[] = [
  ...found,
  ...malformedBodies,
  ...wrongNames,
  ...wrongValues,
  ...paths,
  ...options,
  ...filters,
  ...methods,
  ...headers,
  ...models,
]
