// Both spellings of expressions: what is read, how it is bound, and what wrong text is told and where.
import { expect, test } from 'vitest'
import { Problem } from '@peyvand/core/base/problem.ts'
import { bindExpression } from '@peyvand/core/expression/bind.ts'
import { parseCel } from '@peyvand/core/expression/parse-cel.ts'
import { parseOData } from '@peyvand/core/expression/parse-odata.ts'
import { printExpression, printSyntax } from '@peyvand/core/expression/print.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { queryModel } from '../support/query-model.ts'

const model = queryModel()
const wire = (id: string) => wireOf(model, model.entityById.get(id)!)
const scopeOf = (entity: string) => ({ root: wire(model.entities.get(entity)!.id), wire, target: '$filter' })

/** [written, printed back] on accounts; one spelling when both are the same. */
const odata: readonly (readonly [string, string?])[] = [
  ["name eq 'Alpha'"],
  ["name  eq\t'it''s'", "name eq 'it''s'"],
  ['employees add 2 mul 3 gt 5'],
  ['(employees add 2) mul 3 gt 5'],
  ['not active'],
  ["not (name eq 'a') and active", "not (name eq 'a') and active"],
  ["name eq 'a' or name eq 'b' and active"],
  ["(name eq 'a' or name eq 'b') and active"],
  ['employees in (1,2,3)'],
  ['-employees lt 0', '-(employees) lt 0'],
  ['employees eq -5'],
  ['employees sub -5 eq 0'],
  ['revenue gt 1e3'],
  ['revenue eq 12345678901234567890.123456789'],
  ['founded lt 2020-02-29'],
  ['created_at ge 2026-01-01T10:00:00Z', 'created_at ge 2026-01-01T10:00:00.000Z'],
  ['created_at ge 2026-01-01T10:00:00.5+02:00', 'created_at ge 2026-01-01T08:00:00.500Z'],
  ['id eq 00000004-0000-4000-8000-000000000001'],
  ["id eq '00000004-0000-4000-8000-00000000000A'", 'id eq 00000004-0000-4000-8000-00000000000a'],
  ['parent_id eq null'],
  ['parent eq null', 'parent_id eq null'],
  ["parent/name eq 'x'"],
  ["$it/name eq 'x'", "name eq 'x'"],
  [
    "contacts/any(c:c/last_name eq 'Smith' and c/account/name eq 'x')",
    "contacts/any(x:x/last_name eq 'Smith' and x/account/name eq 'x')",
  ],
  ['contacts/any()'],
  ['contacts/all(c:c/age gt 5)', 'contacts/all(x:x/age gt 5)'],
  ['contacts/any(c:c/last_name eq name)', 'contacts/any(x:x/last_name eq name)'],
  [
    'subsidiaries/any(s:s/contacts/any(c:c/age gt s/employees))',
    'subsidiaries/any(x:x/contacts/any(y:y/age gt x/employees))',
  ],
  ["contains(tolower(name),'a')"],
  ['days_between(founded,today()) gt 30'],
  ['owner_id eq me()'],
  ['year(created_at) eq 2026'],
  ['true'],
  ['active eq true'],
  ["concat(name,city,'x') eq 'y'"],
  ['created_at gt founded', 'created_at gt start_of_day(founded)'],
]
for (const [written, printed = written] of odata) {
  test(`OData: ${written}`, () => {
    const syntax = parseOData(written)
    if (syntax instanceof Problem) throw syntax
    const bound = bindExpression(syntax, scopeOf('account'), 'boolean')
    expect(bound instanceof Problem ? `${bound.code} ${bound.message}` : printExpression(bound)).toBe(printed)
  })
}

const cel: readonly (readonly [string, string, string])[] = [
  ['opportunity', "owner == me() && !(stage in ['won', 'lost'])", "owner_id eq me() and not (stage in ('won','lost'))"],
  [
    'opportunity',
    "!(stage in ['won', 'lost']) && close_date < today()",
    "not (stage in ('won','lost')) and close_date lt today()",
  ],
  [
    'opportunity',
    'close_date >= start_of_month(today()) && close_date <= end_of_month(today())',
    'close_date ge start_of_month(today()) and close_date le end_of_month(today())',
  ],
  ['opportunity', 'amount < 1000000', 'amount lt 1000000'],
  ['opportunity', 'amount * 1.5 > 2 || amount == null', 'amount mul 1.5 gt 2 or amount eq null'],
  ['opportunity', "account.industry == 'retail'", "account/industry eq 'retail'"],
  ['opportunity', 'account.parent.employees > 5', 'account/parent/employees gt 5'],
  [
    'account',
    "contacts.exists(c, c.age > 5 && c.last_name.startsWith('S'))",
    "contacts/any(x:x/age gt 5 and startswith(x/last_name,'S'))",
  ],
  ['account', 'contacts.all(c, c.age > 5)', 'contacts/all(x:x/age gt 5)'],
  ['account', "name + ' ' + city == 'x'", "concat(concat(name,' '),city) eq 'x'"],
  ['account', 'employees + 1 == 2', 'employees add 1 eq 2'],
  ['account', '-employees == 2', '-(employees) eq 2'],
  ['account', 'size(name) > 3', 'length(name) gt 3'],
  ['account', 'has(parent) ? active : !active', 'if(parent_id ne null,active,not active)'],
  ['account', "name.contains('x') && name.lower() == 'x'", "contains(name,'x') and tolower(name) eq 'x'"],
  ['account', 'days_between(founded, today()) > 30', 'days_between(founded,today()) gt 30'],
  ['account', 'active && (active || active) && active', 'active and (active or active) and active'],
]
for (const [entity, written, printed] of cel) {
  test(`CEL: ${written}`, () => {
    const syntax = parseCel(written)
    if (syntax instanceof Problem) throw syntax
    const bound = bindExpression(syntax, scopeOf(entity), 'boolean')
    expect(bound instanceof Problem ? `${bound.code} ${bound.message}` : printExpression(bound)).toBe(printed)
  })
}

/** Text on accounts, code, position, and what the hint says. */
const wrong: readonly (readonly [string, string, number?, string?])[] = [
  ["nam eq 'x'", 'request.unknown', 0, '"name"'],
  ["name eq 'x' and citty eq 'y'", 'request.unknown', 16, '"city"'],
  ["parent/nme eq 'x'", 'request.unknown', 0, '"name"'],
  ['contacts/any(c:c/agee gt 5)', 'request.unknown', 15, '"age"'],
  ["contacts/name eq 'x'", 'request.type', 0, 'contacts/any'],
  ['parent/any(p:p/active)', 'request.type', 0],
  ["employees eq 'x'", 'request.type', 13],
  ['name eq 5', 'request.type', 8],
  ['employees', 'request.type', 0],
  ["founded eq 'x'", 'request.type', 11],
  ['founded eq 2026-02-30', 'request.type', 11],
  ["id eq 'x'", 'request.type', 6],
  ['employees in (1,true)', 'request.type', 16],
  ['employees gt 99999999999999999999', 'request.type', 13],
  ['created_at gt 2026-01-01T00:00:00.0001Z', 'request.type', 14],
  ['active gt true', 'request.type', 10],
  ["name eq 'x", 'request.syntax', 8, "it''s"],
  ['name eq', 'request.syntax', 7],
  ['name eq eq', 'request.unknown', 8],
  ['(active', 'request.syntax', 7],
  ['active)', 'request.syntax', 6],
  ['name = 1', 'request.syntax', 5],
  ['name eq "x"', 'request.syntax', 8],
  ['', 'request.syntax', 0],
  ['active and', 'request.syntax', 10],
  ['contacts/all()', 'request.syntax', 0],
  ["contain(name,'x')", 'request.unknown', 0, '"contains"'],
  ['contains(name)', 'request.type', 0],
  ["contains(employees,'x')", 'request.type', 0],
  ["name has 'x'", 'request.type', 9],
  ["binary'AAEC' eq 1", 'request.unsupported', 0],
  ['cast(name,Edm.Int32) eq 1', 'request.unsupported', 5],
  ['cast(name,Edm.Foo) eq 1', 'request.unknown', 10],
  ['contacts/$ref gt 1', 'request.unsupported', 9],
  ["contacts/$count eq 'x'", 'request.type', 19],
  ['@p eq 1', 'request.unknown', 0],
  ["name eq 'a\u0000b'", 'request.type', 8],
  ["name eq '\ud800'", 'request.type', 8],
  ['__proto__ eq 1', 'request.unknown', 0],
  ['constructor eq 1', 'request.unknown', 0],
  ['toString() eq 1', 'request.unknown', 0],
  ["\u0000name eq 'x'", 'request.syntax', 0],
  ['name"; drop table account; -- eq 1', 'request.syntax', 4],
  ['revenue gt 1e999', 'request.type', 11],
  [`revenue gt ${'9'.repeat(1_001)}`, 'request.type', 11],
]
for (const [text, code, position, hint] of wrong) {
  test(`refused: ${JSON.stringify(text).slice(0, 70)}`, () => {
    const syntax = parseOData(text)
    const bound = syntax instanceof Problem ? syntax : bindExpression(syntax, scopeOf('account'), 'boolean')
    if (!(bound instanceof Problem)) throw new Error(`was read as ${printExpression(bound)}`)
    expect({ code: bound.code, position: bound.position, target: bound.target }).toEqual({
      code,
      position,
      target: '$filter',
    })
    if (hint) expect(bound.hint).toContain(hint)
  })
}

const wrongCel: readonly (readonly [string, string])[] = [
  ['a ==', 'request.syntax'],
  ["name.matches('(a+)+')", 'request.unsupported'],
  ['{1: 2} == 1', 'request.unsupported'],
  ['[1, 2][0] == 1', 'request.unsupported'],
  ['__proto__ == 1', 'request.syntax'],
  ['nme == 1', 'request.unknown'],
  ['name == 1', 'request.type'],
  [Array(300).fill('active').join(' && '), 'limit.depth'],
  ['('.repeat(100) + 'active' + ')'.repeat(100), 'limit.depth'],
  ['a'.repeat(10_000), 'limit.size'],
  ["b'x' == name", 'request.unsupported'],
  ['1u == 1', 'request.unsupported'],
]
for (const [text, code] of wrongCel) {
  test(`CEL refused: ${text.slice(0, 60)}`, () => {
    const syntax = parseCel(text)
    const bound = syntax instanceof Problem ? syntax : bindExpression(syntax, scopeOf('account'), 'boolean')
    expect(
      bound instanceof Problem ? [bound.code, bound.status < 500 || bound.status === 501] : printExpression(bound),
    ).toEqual([code, true])
  })
}

test('a printed tree keeps what the positions do not', () => {
  const syntax = parseOData('a and (b or c) and not (d eq -1)')
  expect(syntax instanceof Problem ? syntax.message : printSyntax(syntax)).toBe('a and (b or c) and not (d eq -1)')
})
