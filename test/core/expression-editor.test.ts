// What the expression editor of the designer knows while a person types: where a fault stands, what comes next, what a record
// has to bring to be tried on.
import { describe, expect, test } from 'vitest'
import type { Entity } from '@peyvand/core/model/model.ts'
import {
  checkExpression,
  expandFor,
  faultyRange,
  functionAt,
  suggestionsAt,
} from '../../studio/src/design/expression/check.ts'
import { queryModel } from '../support/query-model.ts'

const model = queryModel()
const account: Entity = model.entities.get('account')!
const decimal = { kind: 'decimal', formula: { scale: 2 } } as const
const names = (text: string) =>
  suggestionsAt(text, text.length, model, account, ({ name }) => name).list.map(({ name }) => name)

describe('the expression editor', () => {
  test.each([
    ['employees * revenu', 'revenu'],
    ['employees + parent.cit', 'parent'],
    ['name', 'name'],
    ['employees *', undefined],
  ])('marks the fault in %s', (text, marked) => {
    const { problem } = checkExpression(text, model, account, decimal)
    expect(problem).toBeDefined()
    const range = faultyRange(text, problem!)
    if (marked !== undefined) expect(range && text.slice(range.from, range.to)).toContain(marked)
  })

  test('binds what is right, as the kind that is wanted', () => {
    expect(checkExpression('employees * 2', model, account, decimal).expression?.kind).toBe('decimal')
    expect(checkExpression('employees > 2', model, account, { kind: 'boolean' }).expression?.kind).toBe('boolean')
  })

  test('completes fields, lookups and functions, also behind a lookup', () => {
    expect(names('empl')).toEqual(['employees'])
    expect(names('1 + parent.empl')).toEqual(['employees'])
    expect(names('par')).toContain('parent')
    expect(names('upp')).toEqual(['upper'])
    expect(names('nowhere.empl')).toEqual([])
    expect(names('1 + ')).toEqual([])
  })

  test('knows the function at the caret, and what a record must bring', () => {
    expect(functionAt('upper(name)', 8)?.name).toMatch(/upper/)
    expect(functionAt('upper(name) + 1', 13)).toBeUndefined()
    const { expression } = checkExpression('parent.parent.name + parent.name', model, account, { kind: 'text' })
    expect(expandFor(expression!)).toBe('parent($expand=parent)')
  })
})
