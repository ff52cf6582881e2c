// Questions asked twice: in GraphQL, whose field is called `it`, and as an address of the data service. Both must answer the same.
import { accountId, contactId } from '../support/query-model.ts'

/** What is asked, in both spellings; the rights of a role, `administrator` when absent. */
export interface Question {
  readonly graphql: string
  readonly odata: string
  readonly role?: string
  readonly variables?: Readonly<Record<string, unknown>>
}

const all = 'id name'
const list = (args: string, fields = all): string =>
  `{ it: accounts${args === '' ? '' : `(${args})`} { nodes { ${fields} } } }`
const where = (filter: string): string => list(`filter: {${filter}}`)
const select = '$select=id,name'
const filtered = (graphql: string, odata: string): Question => ({
  graphql: where(graphql),
  odata: `accounts?${select}&$filter=${odata}`,
})

export const questions: readonly Question[] = [
  { graphql: list(''), odata: `accounts?${select}` },
  {
    graphql: list('', 'id name account_number industry city employees revenue founded active parent_id created_at'),
    odata:
      'accounts?$select=id,name,account_number,industry,city,employees,revenue,founded,active,parent_id,created_at',
  },
  { graphql: list('orderBy: [{name: DESC}]'), odata: `accounts?${select}&$orderby=name desc` },
  {
    graphql: list('orderBy: [{city: ASC}, {employees: DESC}]'),
    odata: `accounts?${select}&$orderby=city,employees desc`,
  },
  { graphql: list('orderBy: {parent: {name: DESC}}'), odata: `accounts?${select}&$orderby=parent/name desc` },
  { graphql: list('first: 2'), odata: `accounts?${select}&$top=2` },
  {
    graphql: '{ it: accounts(first: 2, filter: {city: {eq: "Rome"}}) { totalCount nodes { id name } } }',
    odata: `accounts?${select}&$top=2&$filter=city eq 'Rome'&$count=true`,
  },
  { graphql: '{ it: accounts { totalCount } }', odata: 'accounts/$count' },
  // every kind of comparison
  filtered('city: {eq: "Rome"}', "city eq 'Rome'"),
  filtered('city: {ne: "Rome"}', "city ne 'Rome'"),
  filtered('city: {is_null: true}', 'city eq null'),
  filtered('city: {eq: null}', 'city eq null'),
  filtered('city: {is_null: false}', 'city ne null'),
  filtered('employees: {gt: 5, le: 20}', 'employees gt 5 and employees le 20'),
  filtered('employees: {in: [10, 20]}', 'employees in (10,20)'),
  filtered('revenue: {ge: "100.50"}', 'revenue ge 100.50'),
  filtered('revenue: {lt: 0}', 'revenue lt 0'),
  filtered('founded: {lt: "2001-01-01"}', 'founded lt 2001-01-01'),
  filtered('founded: {last_n_years: 30}', 'last_n_years(founded,30)'),
  filtered('created_at: {ge: "2026-01-01T00:00:00Z"}', 'created_at ge 2026-01-01T00:00:00Z'),
  filtered('active: {eq: true}', 'active eq true'),
  filtered('active: {ne: true}', 'active ne true'),
  filtered('name: {contains: "a"}', "contains(name,'a')"),
  filtered('name: {startswith: "Beta 100%"}', "startswith(name,'Beta 100%25')"),
  filtered('name: {endswith: "_5"}', "endswith(name,'_5')"),
  filtered('name: {matchesPattern: "^.*a$"}', "matchesPattern(name,'^.*a$')"),
  filtered(`id: {in: ["${accountId(1)}", "${accountId(4)}"]}`, `id in (${accountId(1)},${accountId(4)})`),
  filtered('created_at: {this_year: false}', 'not this_year(created_at)'),
  // joined and related
  filtered('OR: [{city: {eq: "Oslo"}}, {employees: {eq: 10}}]', "city eq 'Oslo' or employees eq 10"),
  filtered('NOT: {city: {eq: "Rome"}, active: {eq: true}}', "not (city eq 'Rome' and active eq true)"),
  filtered(
    'AND: [{OR: [{employees: {lt: 10}}, {employees: {gt: 40}}]}, {revenue: {gt: 0}}]',
    '(employees lt 10 or employees gt 40) and revenue gt 0',
  ),
  filtered('parent: {industry: {eq: "energy"}}', "parent/industry eq 'energy'"),
  filtered('contacts: {any: {age: {gt: 30}}}', 'contacts/any(c:c/age gt 30)'),
  filtered('contacts: {any: {}}', 'contacts/any()'),
  filtered('contacts: {all: {age: {gt: 20}}}', 'contacts/all(c:c/age gt 20)'),
  filtered('contacts: {count: {ge: 2}}', 'contacts/$count ge 2'),
  filtered(
    'subsidiaries: {any: {opportunities: {any: {stage: {eq: "won"}}}}}',
    "subsidiaries/any(s:s/opportunities/any(o:o/stage eq 'won'))",
  ),
  filtered('parent: {contacts: {any: {last_name: {eq: "Smith"}}}}', "parent/contacts/any(c:c/last_name eq 'Smith')"),
  {
    graphql: list('where: "employees mul 2 gt 30 or length(name) eq 5"'),
    odata: `accounts?${select}&$filter=employees mul 2 gt 30 or length(name) eq 5`,
  },
  {
    graphql: list('filter: {active: {eq: true}}, where: "city eq \'Rome\'"'),
    odata: `accounts?${select}&$filter=active eq true and city eq 'Rome'`,
  },
  { graphql: list('search: "rome OR alpha"'), odata: `accounts?${select}&$search=rome OR alpha` },
  {
    graphql: 'query($of: AccountFilter) { it: accounts(filter: $of) { nodes { id name } } }',
    variables: { of: { employees: { gt: 5 }, city: { in: ['Rome', null] } } },
    odata: `accounts?${select}&$filter=employees gt 5 and city in ('Rome',null)`,
  },
  // records and what is in them
  {
    graphql: `{ it: account(id: "${accountId(2)}") { id name parent { id name } } }`,
    odata: `accounts(${accountId(2)})?$select=id,name&$expand=parent($select=id,name)`,
  },
  {
    graphql: '{ it: account(key: {number: "A\'2"}) { id name } }',
    odata: "accounts(account_number='A''2')?$select=id,name",
  },
  {
    graphql: '{ it: account(key: {number: "A/4"}) { id name } }',
    odata: "accounts(account_number='A%2F4')?$select=id,name",
  },
  {
    graphql:
      '{ it: accounts { nodes { id contacts(orderBy: {age: DESC}, first: 1) { totalCount nodes { id age account { id city } } } } } }',
    odata:
      'accounts?$select=id&$expand=contacts($select=id,age;$orderby=age desc;$top=1;$count=true;$expand=account($select=id,city))',
  },
  {
    graphql: '{ it: accounts { nodes { id contacts(filter: {age: {gt: 30}}) { nodes { id } } } } }',
    odata: 'accounts?$select=id&$expand=contacts($select=id;$filter=age gt 30)',
  },
  {
    graphql: '{ it: accounts { nodes { id contacts { totalCount } } } }',
    odata: 'accounts?$select=id&$expand=contacts/$count',
  },
  {
    graphql:
      '{ it: activities { nodes { id due_at regarding_id regarding_type regarding_account { id name } regarding_contact { id } } } }',
    odata:
      'activities?$select=id,due_at,regarding_id,regarding_type&$expand=regarding_account($select=id,name),regarding_contact($select=id)',
  },
  // groups
  {
    graphql:
      '{ it: opportunitiesGroups { by { stage } n: count sum { s: amount } average { a: amount } max { m: name } } }',
    odata:
      'opportunities?$apply=groupby((stage),aggregate($count as n,amount with sum as s,amount with average as a,name with max as m))',
  },
  {
    graphql:
      '{ it: opportunitiesGroups(orderBy: [{sum: {amount: DESC}}]) { by { account { name } } sum { s: amount } } }',
    odata: 'opportunities?$apply=groupby((account/name),aggregate(amount with sum as s))&$orderby=s desc',
  },
  {
    graphql: '{ it: opportunitiesGroups { min { d: close_date } countDistinct { k: stage } } }',
    odata: 'opportunities?$apply=aggregate(close_date with min as d,stage with countdistinct as k)',
  },
  {
    graphql:
      '{ it: opportunitiesGroups(having: {sum: {amount: {gt: 15}}}, filter: {amount: {is_null: false}}) { parts { y: close_date(of: YEAR) q: close_date(of: CALENDAR_QUARTER) } n: count sum { s: amount } } }',
    odata:
      'opportunities?$apply=filter(amount ne null)/compute(year(close_date) as y,calendar_quarter(close_date) as q)/groupby((y,q),aggregate($count as n,amount with sum as s))/filter(s gt 15)',
  },
  {
    graphql:
      '{ it: opportunitiesGroups { by { m: close_date(per: MONTH) y: created_at(per: FISCAL_YEAR) } n: count } }',
    odata:
      "opportunities?$apply=compute(bucket(close_date,'month') as m,bucket(created_at,'fiscal_year') as y)/groupby((m,y),aggregate($count as n))",
  },
  {
    graphql: '{ it: accountsGroups(search: "rome", first: 1) { by { city industry } n: count } }',
    odata: 'accounts?$apply=search(rome)/groupby((city,industry),aggregate($count as n))&$top=1',
  },
  // through the eyes of others
  { graphql: list(''), odata: `accounts?${select}`, role: 'salesperson' },
  { graphql: list(''), odata: `accounts?${select}`, role: 'clerk' },
  {
    graphql: '{ it: opportunities { totalCount nodes { id amount account { id name } } } }',
    odata: 'opportunities?$select=id,amount&$expand=account($select=id,name)&$count=true',
    role: 'salesperson',
  },
  {
    graphql: '{ it: opportunitiesGroups { by { account { name } } n: count sum { s: amount } } }',
    odata: 'opportunities?$apply=groupby((account/name),aggregate($count as n,amount with sum as s))',
    role: 'salesperson',
  },
  {
    graphql: '{ it: activities(orderBy: {regarding_account: {name: ASC}}) { nodes { id regarding_account { id } } } }',
    odata: 'activities?$select=id&$expand=regarding_account($select=id)&$orderby=regarding_account/name',
    role: 'clerk',
  },
  {
    graphql: `{ it: contact(id: "${contactId(3)}") { id account { id } } }`,
    odata: `contacts(${contactId(3)})?$select=id&$expand=account($select=id)`,
    role: 'salesperson',
  },
]
