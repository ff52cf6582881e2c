// Are two expressions taken for the same exactly when they are made of the same parts? What is taken for the same is asked
// only once, so a mistake here would be a hole in the rights.
import { expect, test } from 'vitest'
import { bindExpression } from '@peyvand/core/expression/bind.ts'
import { parseCel } from '@peyvand/core/expression/parse-cel.ts'
import { isSameExpression } from '@peyvand/core/expression/same.ts'
import type { Expression } from '@peyvand/core/expression/tree.ts'
import { Problem, must } from '@peyvand/core/base/problem.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { queryModel } from '../support/query-model.ts'

const model = queryModel()
const account = wireOf(model, model.entities.get('account')!)

function bound(text: string): Expression {
  const syntax = parseCel(text, 'rule')
  if (syntax instanceof Problem) throw syntax
  const wire = (id: string) => wireOf(model, model.entityById.get(id)!)
  return must(bindExpression(syntax, { root: account, wire, target: 'rule' }, 'boolean'))
}

const texts = [
  "industry == 'retail'",
  "industry == 'energy'",
  "industry != 'retail'",
  "name == 'retail'",
  "parent.industry == 'retail'",
  "parent.parent.industry == 'retail'",
  "parent.industry == 'retail' || industry == 'retail'",
  "industry == 'retail' || parent.industry == 'retail'",
  "industry == 'retail' && parent.industry == 'retail'",
  "industry in ['retail']",
  "industry in ['retail', 'energy']",
  "industry in ['energy', 'retail']",
  'revenue > 1',
  'revenue > 10',
  'revenue == null',
  'owner == me()',
  'true',
  'false',
]

test('an expression is the same as itself read once more, and as no other', () => {
  for (const [i, one] of texts.entries())
    for (const [j, other] of texts.entries())
      expect([one, other, isSameExpression(bound(one), bound(other))]).toEqual([one, other, i === j])
})
