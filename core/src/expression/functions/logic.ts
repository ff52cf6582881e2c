// Logic and choice: and, or, not with SQL's three values, if and coalesce.
import { join, once, sql } from '../fragment.ts'
import { comparable, forKinds, type FunctionDefinition } from './function.ts'
import { compareValues } from './value.ts'

const and: FunctionDefinition = {
  name: 'and',
  infix: 2,
  handlesNull: true,
  doc: 'True when all are true',
  overloads: [{ params: ['boolean', 'boolean'], gives: 'boolean', rest: true }],
  evaluate: (args) => (args.includes(false) ? false : args.includes(null) ? null : true),
  sql: (args) => sql`(${join(args, ' and ')})`,
  cases: [
    { args: [true, true], gives: true },
    { args: [true, false], gives: false },
    { args: [false, null], gives: false },
    { args: [true, null], gives: null },
    { args: [null, null], gives: null },
    { args: [true, true, false], gives: false },
  ],
}

const or: FunctionDefinition = {
  name: 'or',
  infix: 1,
  handlesNull: true,
  doc: 'True when at least one is true',
  overloads: [{ params: ['boolean', 'boolean'], gives: 'boolean', rest: true }],
  evaluate: (args) => (args.includes(true) ? true : args.includes(null) ? null : false),
  sql: (args) => sql`(${join(args, ' or ')})`,
  cases: [
    { args: [false, false], gives: false },
    { args: [true, false], gives: true },
    { args: [true, null], gives: true },
    { args: [false, null], gives: null },
    { args: [null, null], gives: null },
  ],
}

const not: FunctionDefinition = {
  name: 'not',
  doc: 'The opposite',
  overloads: [{ params: ['boolean'], gives: 'boolean' }],
  evaluate: ([value]) => !value,
  sql: ([value]) => sql`(not ${value!})`,
  cases: [
    { args: [true], gives: false },
    { args: [false], gives: true },
    { args: [null], gives: null },
  ],
}

const choose: FunctionDefinition = {
  name: 'if',
  handlesNull: true,
  doc: 'The second value when the first is true, else the third',
  overloads: forKinds(comparable, (kind) => ({ params: ['boolean', kind, kind], gives: kind })),
  evaluate: ([test, yes, no]) => (test === true ? yes! : no!),
  sql: ([test, yes, no]) => sql`(case when ${test!} then ${yes!} else ${no!} end)`,
  cases: [
    { args: [true, 'a', 'b'], gives: 'a' },
    { args: [false, 'a', 'b'], gives: 'b' },
    { args: [null, 'a', 'b'], gives: 'b' },
    { args: [true, null, 'b'], gives: null },
  ],
}

const coalesce: FunctionDefinition = {
  name: 'coalesce',
  handlesNull: true,
  doc: 'The first value that is there',
  overloads: forKinds(comparable, (kind) => ({ params: [kind, kind], gives: kind, rest: true })),
  evaluate: (args) => args.find((value) => value !== null) ?? null,
  sql: (args) => sql`coalesce(${join(args, ', ')})`,
  cases: [
    { args: ['a', 'b'], gives: 'a' },
    { args: [null, 'b'], gives: 'b' },
    { args: [null, null, 'c'], gives: 'c' },
    { args: [null, null], gives: null },
  ],
}

const differ: FunctionDefinition = {
  name: 'differ',
  handlesNull: true,
  doc: 'Whether two of the values that are there differ; null when none is there',
  overloads: forKinds(
    comparable.filter((kind) => kind !== 'boolean'),
    (kind) => ({ params: [kind, kind], gives: 'boolean', rest: true }),
  ),
  evaluate(args, { kinds }) {
    const there = args.filter((value) => value !== null)
    return there.length === 0 ? null : there.some((value) => compareValues(there[0]!, value, kinds[0]!) !== 0)
  },
  sql: (args) =>
    once(Object.fromEntries(args.entries()), (names) => {
      const all = join(Object.values(names), ', ')
      return sql`(least(${all}) <> greatest(${all}))`
    }),
  cases: [
    { args: ['EUR', 'USD'], gives: true },
    { args: ['EUR', 'EUR', 'EUR'], gives: false },
    { args: ['EUR', null], gives: false },
    { args: ['EUR', null, 'USD'], gives: true },
    { args: [null, null], gives: null },
    { args: ['1.50', '1.5'], gives: false, overload: 2 },
  ],
}

export const logicFunctions = [and, or, not, choose, coalesce, differ]
