// Random expressions over the test model's accounts, well-kinded by construction; and the rows they are tried on.
import fc from 'fast-check'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import { accountId, userId } from '../support/query-model.ts'

const at = { position: 0 }
const path = (...names: string[]): Syntax => ({ op: 'path', names, ...at })
const call = (name: string, ...args: Syntax[]): Syntax => ({ op: 'call', name, args, ...at })
const literal = (
  kind: 'text' | 'integer' | 'decimal' | 'boolean' | 'date' | 'datetime' | 'uuid' | 'null',
  value: string | boolean | null,
): Syntax => ({ op: 'literal', kind, value, ...at })
const nul = literal('null', null)

/** Texts that break things: quotes, wildcards, escapes, astral characters, other scripts, nothing at all. */
export const texts = [
  '',
  'a',
  'Alpha',
  'alpha',
  "O'Hara",
  '100%',
  '_',
  '%',
  '\\',
  'a\\%b',
  'Ωmega',
  'é',
  'É',
  'ی',
  '😀',
  'a😀b',
  '\uffee',
  ' x ',
  'Rome',
  'Smith',
  '"',
  '; drop table x; --',
  '$1',
  'null',
  "''",
]
export const integers = ['0', '1', '-1', '5', '20', '50', '2147483648', '-9223372036854775808', '9223372036854775807']
export const decimals = ['0.5', '-1.25', '100.50', '0.00', '1e3', '-2.5', '1.005', '99999999999999999.99']
export const days = ['2001-02-03', '1999-12-31', '2000-02-29', '2026-01-31', '0001-01-01', '9999-12-31', '2024-12-30']
const moments = [
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00.001Z',
  '1999-12-31T23:59:59-03:30',
  '2026-01-01T01:00:00+01:00',
]

const text = fc.constantFrom(...texts).map((value) => literal('text', value))

interface Kinds {
  bool: Syntax
  int: Syntax
  dec: Syntax
  txt: Syntax
  day: Syntax
  moment: Syntax
  id: Syntax
}

const size = { depthSize: 'medium' as const, maxDepth: 4, withCrossShrink: true }
const compare = fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le')

/** Random expressions of each kind. `parent` and `contacts` are walked when `paths` is set. */
export function expressions(paths: boolean): { [K in keyof Kinds]: fc.Arbitrary<Syntax> } {
  return fc.letrec<Kinds>((tie) => {
    const of = (kind: keyof Kinds) => tie(kind) as fc.Arbitrary<Syntax>
    const two = (name: fc.Arbitrary<string>, kind: keyof Kinds) =>
      fc.tuple(name, of(kind), of(kind)).map(([op, a, b]) => call(op, a, b))
    const one = (names: readonly string[], kind: keyof Kinds) =>
      fc.tuple(fc.constantFrom(...names), of(kind)).map(([op, a]) => call(op, a))
    const choice = (kind: keyof Kinds) =>
      fc.tuple(of('bool'), of(kind), of(kind)).map(([test, a, b]) => call('if', test, a, b))
    const first = (kind: keyof Kinds) => fc.tuple(of(kind), of(kind)).map(([a, b]) => call('coalesce', a, b))
    const leafs = (...plain: readonly (readonly [Syntax, Syntax?])[]) =>
      plain.flatMap(([own, walked]) => (paths && walked ? [fc.constant(own), fc.constant(walked)] : [fc.constant(own)]))
    const chain = fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(of('bool'), { minLength: 2, maxLength: 3 }))
      .map(([op, args]) => call(op, ...args))
    const within = fc
      .tuple(fc.constantFrom<keyof Kinds>('int', 'dec', 'txt', 'day', 'id'))
      .chain(([kind]) =>
        fc.tuple(
          of(kind),
          fc.array(fc.oneof({ weight: 5, arbitrary: literalOf(kind) }, { weight: 1, arbitrary: fc.constant(nul) }), {
            minLength: 1,
            maxLength: 3,
          }),
        ),
      )
      .map(([value, items]): Syntax => ({ op: 'call', name: 'in', args: [value, { op: 'list', items, ...at }], ...at }))
    const lambda = fc
      .tuple(fc.constantFrom<'any' | 'all'>('any', 'all'), fc.constantFrom('c/age', 'c/last_name'), compare, fc.nat(3))
      .map(([test, property, op, n]): Syntax => ({
        op: 'lambda',
        test,
        names: ['contacts'],
        variable: 'c',
        where: call(
          op,
          path(...property.split('/')),
          property === 'c/age' ? literal('integer', String(20 + 10 * n)) : literal('text', texts[19 - n]!),
        ),
        ...at,
      }))
    const count = fc.option(fc.constantFrom('20', '30', '40')).map((age): Syntax => ({
      op: 'lambda',
      test: 'count',
      names: ['contacts'],
      ...(age === null ? {} : { where: call('gt', path('age'), literal('integer', age as string)) }),
      ...at,
    }))
    const cast = (kind: keyof Kinds, type: string) => of(kind).map((a) => call('cast', a, path(type)))
    return {
      bool: fc.oneof(
        size,
        fc.constant(path('active')),
        fc.constant(literal('boolean', true)),
        two(compare, 'int'),
        two(compare, 'txt'),
        two(compare, 'dec'),
        two(compare, 'day'),
        two(compare, 'moment'),
        two(fc.constantFrom('eq', 'ne'), 'id'),
        two(fc.constantFrom('eq', 'ne'), 'bool'),
        two(fc.constantFrom('contains', 'startswith', 'endswith'), 'txt'),
        within,
        chain,
        one(['not'], 'bool'),
        one(['this_month', 'last_year', 'next_quarter', 'yesterday', 'last_7_days'], 'day'),
        one(['this_week', 'this_fiscal_year', 'is_today'], 'moment'),
        fc
          .tuple(of('day'), fc.constantFrom('0', '3', '40'))
          .map(([a, n]) => call('last_n_months', a, literal('integer', n))),
        fc.tuple(fc.constantFrom('eq', 'ne'), of('txt')).map(([op, a]) => call(op, a, nul)),
        ...(paths ? [lambda] : []),
      ),
      int: fc.oneof(
        size,
        ...leafs([path('employees'), path('parent', 'employees')]),
        fc.constantFrom(...integers).map((value) => literal('integer', value)),
        two(fc.constantFrom('add', 'sub', 'mul', 'div', 'mod'), 'int'),
        one(['neg', 'round', 'floor', 'ceiling'], 'int'),
        one(['length'], 'txt'),
        two(fc.constant('indexof'), 'txt'),
        one(['year', 'month', 'day'], 'day'),
        one(['persian_year', 'persian_month', 'persian_day', 'buddhist_year'], 'day'),
        one(['calendar_year', 'calendar_quarter', 'calendar_month', 'calendar_week', 'calendar_day'], 'moment'),
        one(['fiscal_year', 'fiscal_quarter'], 'day'),
        one(['year', 'hour', 'minute', 'second'], 'moment'),
        two(fc.constant('days_between'), 'day'),
        cast('dec', 'Edm.Int64'),
        ...(paths ? [count] : []),
        choice('int'),
        first('int'),
      ),
      dec: fc.oneof(
        size,
        ...leafs([path('revenue'), path('parent', 'revenue')]),
        fc.constantFrom(...decimals).map((value) => literal('decimal', value)),
        two(fc.constantFrom('add', 'sub', 'mul', 'div', 'mod', 'divby'), 'dec'),
        one(['neg', 'round', 'floor', 'ceiling'], 'dec'),
        fc.tuple(of('int'), of('dec')).map(([a, b]) => call('mul', a, b)),
        choice('dec'),
      ),
      txt: fc.oneof(
        size,
        ...leafs([path('name'), path('parent', 'name')], [path('city')], [path('industry')]),
        text,
        two(fc.constant('concat'), 'txt'),
        one(['trim', 'tolower', 'toupper'], 'txt'),
        fc
          .tuple(of('txt'), fc.constantFrom('-1', '0', '1', '3'))
          .map(([a, n]) => call('substring', a, literal('integer', n))),
        fc
          .tuple(of('txt'), of('int'), fc.constantFrom('0', '2'))
          .map(([a, b, n]) => call('substring', a, b, literal('integer', n))),
        ...(['int', 'dec', 'bool', 'day', 'id'] as const).map((kind) => cast(kind, 'Edm.String')),
        choice('txt'),
        first('txt'),
      ),
      day: fc.oneof(
        size,
        ...leafs([path('founded'), path('parent', 'founded')]),
        fc.constantFrom(...days).map((value) => literal('date', value)),
        one(['date'], 'moment'),
        one(['start_of_month', 'end_of_quarter', 'start_of_week', 'start_of_year'], 'day'),
        one(['bucket_year', 'bucket_quarter', 'bucket_month', 'bucket_week', 'bucket_fiscal_quarter'], 'day'),
        fc.constant(call('today')),
        cast('moment', 'Edm.Date'),
      ),
      moment: fc.oneof(
        size,
        fc.constant(path('created_at')),
        fc.constantFrom(...moments).map((value) => literal('datetime', value)),
        fc.constant(call('now')),
        fc.constantFrom(call('mindatetime'), call('maxdatetime')),
        cast('day', 'Edm.DateTimeOffset'),
      ),
      id: fc.oneof(
        size,
        fc.constant(path('id')),
        ...leafs([path('parent_id'), path('parent', 'id')]),
        fc.constant(literal('uuid', accountId(1))),
        fc.constant(literal('uuid', userId(2))),
        fc.constant(call('me')),
      ),
    }
  })
}

function literalOf(kind: keyof Kinds): fc.Arbitrary<Syntax> {
  switch (kind) {
    case 'int':
      return fc.constantFrom(...integers).map((value) => literal('integer', value))
    case 'dec':
      return fc.constantFrom(...decimals).map((value) => literal('decimal', value))
    case 'day':
      return fc.constantFrom(...days).map((value) => literal('date', value))
    case 'id':
      return fc.constantFrom(1, 2, 9).map((n) => literal('uuid', accountId(n)))
    default:
      return text
  }
}
