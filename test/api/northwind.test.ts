// Northwind: loaded through the public API alone, then asked twenty questions. What is right is worked out from the files by
// plain loops that know nothing of the product. On both engines; skipped where the files are absent.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type TestServer } from '../support/server.ts'

const folder = join(import.meta.dirname, '../../../shared/data/crm/northwind')
const there = existsSync(folder)
if (!there) console.log('skipped: Northwind (../shared/data/crm/northwind is not there)')

type Row = Readonly<Record<string, string>>

/** The records of a file; quotes as in RFC 4180, NULL is an empty text. */
function readRows(file: string): Row[] {
  const lines: string[][] = [[]]
  const text = readFileSync(join(folder, file), 'utf8').replace(/^\ufeff/, '')
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n"]*))(,|\r?\n|$)/g)) {
    lines.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!)
    if (end !== ',') lines.push([])
  }
  const [head, ...rows] = lines.filter((cells) => cells.length > 1)
  return rows.map((cells) => Object.fromEntries(head!.map((name, i) => [name, cells[i] === 'NULL' ? '' : cells[i]!])))
}

const field = (name: string, type: string, more: object = {}) => ({ name, type, ...more })
const text = (name: string, more: object = {}) => field(name, 'text', { maxLength: 200, ...more })
const lookup = (name: string, target: string, inverse: string) =>
  field(name, 'lookup', { target, inverse, onDelete: 'restrict' })
const price = (name: string) => field(name, 'decimal', { precision: 12, scale: 4 })
const entity = (name: string, entitySet: string, ...fields: object[]) => ({
  kind: 'entity',
  name,
  entitySet,
  ownership: 'organization',
  primaryField: 'name',
  fields: [text('name', { required: true }), ...fields],
})

const definitions = [
  entity('category', 'categories'),
  entity('supplier', 'suppliers', text('country')),
  entity(
    'product',
    'products',
    lookup('supplier', 'supplier', 'products'),
    lookup('category', 'category', 'products'),
    price('unit_price'),
    field('in_stock', 'integer'),
    field('discontinued', 'boolean'),
  ),
  entity('customer', 'customers', text('code'), text('country'), text('city')),
  entity('employee', 'employees', text('title'), field('born_on', 'date'), lookup('manager', 'employee', 'reports')),
  entity('shipper', 'shippers'),
  entity(
    'order',
    'orders',
    lookup('customer', 'customer', 'orders'),
    lookup('employee', 'employee', 'orders'),
    lookup('shipper', 'shipper', 'orders'),
    field('ordered_on', 'date'),
    field('required_on', 'date'),
    field('shipped_on', 'date'),
    price('freight'),
  ),
  entity(
    'order_detail',
    'order_details',
    lookup('order', 'order', 'details'),
    lookup('product', 'product', 'sold'),
    price('unit_price'),
    field('quantity', 'integer'),
    field('discount', 'decimal', { precision: 5, scale: 4 }),
  ),
  entity('region', 'regions'),
  entity('territory', 'territories', lookup('region', 'region', 'territories')),
  entity(
    'employee_territory',
    'employee_territories',
    lookup('employee', 'employee', 'territories'),
    lookup('territory', 'territory', 'employees'),
  ),
]

const files = there
  ? {
      categories: readRows('categories.csv'),
      suppliers: readRows('suppliers.csv'),
      products: readRows('products.csv'),
      customers: readRows('customers.csv'),
      employees: readRows('employees.csv'),
      shippers: readRows('shippers.csv'),
      orders: readRows('orders.csv'),
      details: readRows('order-details.csv'),
      regions: readRows('regions.csv'),
      territories: readRows('territories.csv'),
      places: readRows('employee-territories.csv'),
    }
  : undefined!
const day = (moment: string | undefined) => (moment ? moment.slice(0, 10) : null)

describe.skipIf(!there).each(engines)('Northwind on %s', (engine) => {
  let server: TestServer
  const ids = new Map<string, string>()
  const id = (set: string, key: string | undefined) => (key ? ids.get(`${set}/${key}`)! : null)

  /** Creates the records of a set at once and notes their ids by the file's key. */
  async function load(set: string, rows: readonly Row[], key: string, body: (row: Row) => object): Promise<void> {
    const answer = await call(server, 'POST', `/api/data/v1/${set}/$bulk`, { create: rows.map(body) })
    expect(answer.status, answer.text.slice(0, 500)).toBe(200)
    const { value } = answer.json as { value: { id: string }[] }
    rows.forEach((row, i) => ids.set(`${set}/${row[key]}`, value[i]!.id))
  }

  async function get(path: string, query = ''): Promise<Record<string, unknown>> {
    const encoded = query.replaceAll(/[^&=$]+/g, encodeURIComponent)
    const answer = await call(server, 'GET', `/api/data/v1/${path}?${encoded}`)
    expect(answer.status, `${path}?${query}\n${answer.text.slice(0, 500)}`).toBe(200)
    return typeof answer.json === 'object' ? (answer.json as Record<string, unknown>) : { value: answer.json }
  }
  const list = async (path: string, query: string) => (await get(path, query))['value'] as Record<string, unknown>[]
  const names = async (path: string, query: string) => (await list(path, query)).map(({ name }) => name)

  beforeAll(async () => {
    server = await startServer({ engine })
    const applied = await call(server, 'POST', '/api/model/apply', {
      changes: definitions.map((definition) => ({ op: 'put', definition })),
    })
    expect(applied.status, applied.text).toBe(200)
    const {
      categories,
      suppliers,
      products,
      customers,
      employees,
      shippers,
      orders,
      details,
      regions,
      territories,
      places,
    } = files
    await load('categories', categories, 'categoryID', (row) => ({ name: row['categoryName'] }))
    await load('suppliers', suppliers, 'supplierID', (row) => ({ name: row['companyName'], country: row['country'] }))
    await load('products', products, 'productID', (row) => ({
      name: row['productName'],
      supplier_id: id('suppliers', row['supplierID']),
      category_id: id('categories', row['categoryID']),
      unit_price: row['unitPrice'],
      in_stock: Number(row['unitsInStock']),
      discontinued: row['discontinued'] === '1',
    }))
    await load('customers', customers, 'customerID', (row) => ({
      name: row['companyName'],
      code: row['customerID'],
      country: row['country'],
      city: row['city'],
    }))
    await load('employees', employees, 'employeeID', (row) => ({
      name: `${row['firstName']} ${row['lastName']}`,
      title: row['title'],
      born_on: day(row['birthDate']),
    }))
    for (const row of employees.filter((each) => each['reportsTo'])) {
      const changed = await call(server, 'PATCH', `/api/data/v1/employees(${id('employees', row['employeeID'])})`, {
        manager_id: id('employees', row['reportsTo']),
      })
      expect(changed.status, changed.text).toBe(200)
    }
    await load('shippers', shippers, 'shipperID', (row) => ({ name: row['companyName'] }))
    await load('orders', orders, 'orderID', (row) => ({
      name: row['orderID'],
      customer_id: id('customers', row['customerID']),
      employee_id: id('employees', row['employeeID']),
      shipper_id: id('shippers', row['shipVia']),
      ordered_on: day(row['orderDate']),
      required_on: day(row['requiredDate']),
      shipped_on: day(row['shippedDate']),
      freight: row['freight'],
    }))
    await load('order_details', details, 'orderID', (row) => ({
      name: `${row['orderID']}/${row['productID']}`,
      order_id: id('orders', row['orderID']),
      product_id: id('products', row['productID']),
      unit_price: row['unitPrice'],
      quantity: Number(row['quantity']),
      discount: row['discount'],
    }))
    await load('regions', regions, 'regionID', (row) => ({ name: row['regionDescription']!.trim() }))
    await load('territories', territories, 'territoryID', (row) => ({
      name: row['territoryDescription']!.trim(),
      region_id: id('regions', row['regionID']),
    }))
    await load('employee_territories', places, 'territoryID', (row) => ({
      name: `${row['employeeID']}/${row['territoryID']}`,
      employee_id: id('employees', row['employeeID']),
      territory_id: id('territories', row['territoryID']),
    }))
  })
  afterAll(() => server?.stop())

  // ---- what is right ------------------------------------------------------------------------------------------------

  const byKey = (rows: readonly Row[], key: string) => new Map(rows.map((row) => [row[key]!, row]))
  const order = there ? byKey(files.orders, 'orderID') : new Map<string, Row>()
  const product = there ? byKey(files.products, 'productID') : new Map<string, Row>()
  /** Ten-thousandths, so that sums are exact. */
  const amount = (row: Row) =>
    Math.round(Number(row['unitPrice']) * 100) *
    Number(row['quantity']) *
    (100 - Math.round(Number(row['discount']) * 100))
  const sums = (key: (row: Row) => string) => {
    const found = new Map<string, number>()
    for (const row of files.details) found.set(key(row), (found.get(key(row)) ?? 0) + amount(row))
    return [...found].map(([name, sum]) => [name, sum / 10_000] as const).sort((a, b) => b[1] - a[1])
  }
  const amounts = 'compute(unit_price mul quantity mul (1 sub discount) as amount)'

  // ---- the questions ------------------------------------------------------------------------------------------------

  test('1 how many of each there are', async () => {
    const counts = await Promise.all(
      ['customers', 'orders', 'order_details', 'products', 'territories'].map((set) => get(`${set}/$count`)),
    )
    expect(counts.map(({ value }) => value)).toEqual([91, 830, 2155, 77, 53])
  })

  test('2 which customers never ordered', async () => {
    const ordering = new Set(files.orders.map((row) => row['customerID']))
    const never = files.customers.filter((row) => !ordering.has(row['customerID'])).map((row) => row['companyName'])
    expect(never).toHaveLength(2)
    expect(await names('customers', '$filter=not orders/any()&$orderby=code')).toEqual(never)
  })

  test('3 who ordered Chai from Germany', async () => {
    const chai = new Set(
      files.details.filter((row) => row['productID'] === '1').map((row) => order.get(row['orderID']!)!['customerID']),
    )
    const expected = files.customers
      .filter((row) => row['country'] === 'Germany' && chai.has(row['customerID']))
      .map((row) => row['companyName'])
    expect(expected.length).toBeGreaterThan(2)
    expect(
      await names(
        'customers',
        "$filter=country eq 'Germany' and orders/any(o:o/details/any(d:d/product/name eq 'Chai'))&$orderby=code",
      ),
    ).toEqual(expected)
  })

  test('4 whose products are all discontinued', async () => {
    const expected = files.suppliers
      .filter((row) => {
        const own = files.products.filter((each) => each['supplierID'] === row['supplierID'])
        return own.length > 0 && own.every((each) => each['discontinued'] === '1')
      })
      .map((row) => row['companyName'])
    expect(await names('suppliers', '$filter=products/any() and products/all(p:p/discontinued)')).toEqual(expected)
  })

  test('5 who ordered more than twenty times', async () => {
    const counts = new Map<string, number>()
    for (const { customerID } of files.orders as { customerID: string }[])
      counts.set(customerID, (counts.get(customerID) ?? 0) + 1)
    const often = [...counts].filter(([, count]) => count > 20).sort(([, a], [, b]) => b - a)
    const found = await list(
      'customers',
      '$filter=orders/$count gt 20&$orderby=orders/$count desc,code&$select=code&$expand=orders/$count',
    )
    expect(found.map((row) => [row['code'], row['orders@odata.count']])).toEqual(often)
  })

  test('6 what everything sold for', async () => {
    const [total] = await list('order_details', `$apply=${amounts}/aggregate(amount with sum as total,$count as lines)`)
    expect(total).toEqual({ total: 1_265_793.0395, lines: 2155 })
  })

  test('7 what each category sold for', async () => {
    const category = byKey(files.categories, 'categoryID')
    const expected = sums((row) => category.get(product.get(row['productID']!)!['categoryID']!)!['categoryName']!)
    const found = await list(
      'order_details',
      `$apply=${amounts}/groupby((product/category/name),aggregate(amount with sum as total))/orderby(total desc)`,
    )
    expect(
      found.map((row) => [(row['product'] as { category: { name: string } }).category.name, row['total']]),
    ).toEqual(expected)
    expect(expected[0]).toEqual(['Beverages', 267_868.18])
  })

  test('8 the five customers that bought most', async () => {
    const expected = sums((row) => order.get(row['orderID']!)!['customerID']!).slice(0, 5)
    const found = await list(
      'order_details',
      `$apply=${amounts}/groupby((order/customer/code),aggregate(amount with sum as total))/topcount(5,total)&$orderby=total desc`,
    )
    expect(found.map((row) => [(row['order'] as { customer: { code: string } }).customer.code, row['total']])).toEqual(
      expected,
    )
  })

  test('9 what each year brought, and the years with more than 300,000', async () => {
    const expected = sums((row) => order.get(row['orderID']!)!['orderDate']!.slice(0, 4)).filter(
      ([, sum]) => sum > 300_000,
    )
    const found = await list(
      'order_details',
      `$apply=${amounts}/compute(year(order/ordered_on) as y)/groupby((y),aggregate(amount with sum as total))/filter(total gt 300000)&$orderby=total desc`,
    )
    expect(found.map((row) => [String(row['y']), row['total']])).toEqual(expected)
    expect(found.length).toBe(2)
  })

  test('10 the best month', async () => {
    const [best] = sums((row) => `${order.get(row['orderID']!)!['orderDate']!.slice(0, 7)}-01`)
    expect(
      await list(
        'order_details',
        `$apply=${amounts}/compute(start_of_month(order/ordered_on) as month)/groupby((month),aggregate(amount with sum as total))/topcount(1,total)`,
      ),
    ).toEqual([{ month: best![0], total: best![1] }])
  })

  test('11 who stands below and above whom', async () => {
    const buchanan = id('employees', '5')
    const king = id('employees', '7')
    expect(await names('employees', `$filter=under(id,${id('employees', '2')})&$orderby=name`)).toHaveLength(8)
    expect(await names('employees', `$filter=under(id,${buchanan})&$orderby=name`)).toEqual([
      'Anne Dodsworth',
      'Michael Suyama',
      'Robert King',
    ])
    expect(await names('employees', `$filter=above(id,${king})&$orderby=name`)).toEqual([
      'Andrew Fuller',
      'Steven Buchanan',
    ])
    const below = new Set(['6', '7', '9'])
    const orders = files.orders.filter((row) => below.has(row['employeeID']!)).length
    expect((await get('orders/$count', `$filter=under(employee,${buchanan})`))['value']).toBe(orders)
  })

  test('12 the whole tree below the top', async () => {
    const [top] = await list(
      'employees',
      '$filter=manager eq null&$select=name&$expand=reports($select=name;$orderby=name;$levels=max)',
    )
    const reports = top!['reports'] as { name: string; reports: { name: string }[] }[]
    expect(reports.map(({ name }) => name)).toEqual([
      'Janet Leverling',
      'Laura Callahan',
      'Margaret Peacock',
      'Nancy Davolio',
      'Steven Buchanan',
    ])
    expect(reports.at(-1)!.reports.map(({ name }) => name)).toEqual(['Anne Dodsworth', 'Michael Suyama', 'Robert King'])
  })

  test('13 an order with its lines, products and categories', async () => {
    const [found] = await list(
      'orders',
      "$filter=name eq '10248'&$select=name&$expand=customer($select=code),details($select=quantity;$orderby=quantity desc;$compute=unit_price mul quantity as gross;$expand=product($select=name;$expand=category($select=name)))",
    )
    expect(found).toMatchObject({
      customer: { code: 'VINET' },
      details: [
        { quantity: 12, product: { name: 'Queso Cabrales', category: { name: 'Dairy Products' } } },
        { quantity: 10, product: { category: { name: 'Grains/Cereals' } } },
        { quantity: 5, product: { name: 'Mozzarella di Giovanni' } },
      ],
    })
  })

  test('14 what a line comes to', async () => {
    const found = await list(
      'order_details',
      "$filter=order/name eq '10248'&$compute=unit_price mul quantity as gross&$select=gross&$orderby=gross",
    )
    expect(found.map(({ gross }) => gross)).toEqual([98, 168, 174])
  })

  test('15 how many days orders take, by shipper', async () => {
    const shipped = files.orders.filter((row) => row['shippedDate'])
    const days = (row: Row) => (Date.parse(day(row['shippedDate'])!) - Date.parse(day(row['orderDate'])!)) / 86_400_000
    const expected = files.shippers.map((shipper) => {
      const own = shipped.filter((row) => row['shipVia'] === shipper['shipperID'])
      return [
        shipper['companyName'],
        own.length,
        Number((own.reduce((sum, row) => sum + days(row), 0) / own.length).toFixed(6)),
      ]
    })
    const found = await list(
      'orders',
      '$apply=filter(shipped_on ne null)/compute(days_between(ordered_on,shipped_on) as days)/groupby((shipper/name),aggregate(days with average as mean,$count as n))',
    )
    const rows = found.map((row) => [
      (row['shipper'] as { name: string }).name,
      row['n'],
      Number((row['mean'] as number).toFixed(6)),
    ])
    expect(new Set(rows)).toEqual(new Set(expected))
  })

  test('16 what came late', async () => {
    const late = files.orders.filter((row) => row['shippedDate'] && row['shippedDate'] > row['requiredDate']!).length
    expect((await get('orders', '$filter=shipped_on gt required_on&$count=true&$top=0'))['@odata.count']).toBe(late)
    expect(late).toBeGreaterThan(30)
  })

  test('17 customers by country and city, with sums on the way', async () => {
    const found = await list('customers', '$apply=groupby((rollup($all,country,city)),aggregate($count as n))')
    const german = files.customers.filter((row) => row['country'] === 'Germany')
    expect(found).toContainEqual({ n: 91 })
    expect(found).toContainEqual({ country: 'Germany', n: german.length })
    expect(found).toContainEqual({ country: 'Germany', city: 'Berlin', n: 1 })
    const pairs = new Set(files.customers.map((row) => `${row['country']}/${row['city']}`))
    const countries = new Set(files.customers.map((row) => row['country']))
    expect(found).toHaveLength(1 + countries.size + pairs.size)
  })

  test('18 products with queso or tofu, but no longlife', async () => {
    const expected = files.products
      .map((row) => row['productName']!)
      .filter((name) => /queso|tofu/i.test(name) && !/longlife/i.test(name))
      .sort()
    expect(expected.length).toBeGreaterThan(2)
    expect(await names('products', '$search=(queso OR tofu) NOT longlife&$orderby=name')).toEqual(expected)
  })

  test('19 regions with their territories', async () => {
    const found = await list(
      'regions',
      '$select=name&$expand=territories($select=name;$top=2;$count=true;$orderby=name)&$orderby=name',
    )
    const expected = files.regions
      .map((row) => [
        row['regionDescription']!.trim(),
        files.territories.filter((each) => each['regionID'] === row['regionID']).length,
      ])
      .sort(([a], [b]) => (a! < b! ? -1 : 1))
    expect(found.map((row) => [row['name'], row['territories@odata.count']])).toEqual(expected)
    expect((found[0]!['territories'] as unknown[]).length).toBe(2)
  })

  test('20 who sells in more than five territories, and what comes below each total', async () => {
    const counts = files.employees.map(
      (row) =>
        [
          `${row['firstName']} ${row['lastName']}`,
          files.places.filter((each) => each['employeeID'] === row['employeeID']).length,
        ] as const,
    )
    const expected = counts
      .filter(([, count]) => count > 5)
      .map(([name]) => name)
      .sort()
    expect(await names('employees', '$filter=territories/$count gt 5&$orderby=name')).toEqual(expected)
    const parts = await list(
      'products',
      '$apply=concat(groupby((discontinued),aggregate($count as n)),aggregate($count as n))',
    )
    const gone = files.products.filter((row) => row['discontinued'] === '1').length
    expect(parts).toEqual([{ discontinued: false, n: 77 - gone }, { discontinued: true, n: gone }, { n: 77 }])
  })
})
