// What is asked, as data: the oracle answers it, and this file writes it as a request of the data service. Random requests are
// drawn in draw.ts.
import { printOData, type Condition, type Path, type Plain } from './condition.ts'
import type { State } from './state.ts'
import type { Asking } from './served.ts'

/** Where the data service is. */
export const data = '/api/data/v1'

export interface Sort {
  readonly path: Path
  readonly descending: boolean
}

export interface Expand {
  readonly name: string
  readonly many: boolean
  readonly options: Options
}

/** Options of a list, of a record (`select`, `expand`) or of what is expanded. */
export interface Options {
  readonly select?: readonly string[]
  readonly filter?: Condition
  readonly sort?: readonly Sort[]
  readonly top?: number
  readonly skip?: number
  readonly count?: boolean
  readonly search?: string
  readonly compute?: { readonly of: string; readonly as: string }
  readonly expand?: readonly Expand[]
}

export type Aggregate = { readonly of: string; readonly by: 'sum' | 'min' | 'max' | 'countdistinct' } | 'count'

export type Read =
  | { readonly kind: 'list'; readonly entity: string; readonly options: Options; readonly pages?: number }
  | { readonly kind: 'get'; readonly entity: string; readonly id: string; readonly options: Options }
  | { readonly kind: 'count'; readonly entity: string; readonly options: Options }
  | {
      readonly kind: 'group'
      readonly entity: string
      readonly filter?: Condition
      readonly by: readonly Path[]
      readonly aggregates: readonly Aggregate[]
    }
  | {
      readonly kind: 'way'
      readonly entity: string
      readonly id: string
      readonly name: string
      readonly many: boolean
    }
  | { readonly kind: 'value'; readonly entity: string; readonly id: string; readonly name: string }
  | { readonly kind: 'export'; readonly entity: string }
  | { readonly kind: 'find'; readonly text: string }

export type Values = Readonly<Record<string, Plain>>

export type Write =
  | { readonly kind: 'create'; readonly entity: string; readonly id: string; readonly values: Values }
  | { readonly kind: 'update'; readonly entity: string; readonly id: string; readonly values: Values }
  | { readonly kind: 'upsert'; readonly entity: string; readonly id: string; readonly values: Values }
  | { readonly kind: 'delete'; readonly entity: string; readonly id: string }
  | {
      readonly kind: 'link' | 'unlink'
      readonly entity: string
      readonly id: string
      readonly name: string
      readonly to: string
    }
  | {
      readonly kind: 'share'
      readonly entity: string
      readonly id: string
      readonly to: string
      readonly rights: readonly string[]
    }
  | { readonly kind: 'unshare'; readonly entity: string; readonly id: string; readonly to: string }
  | { readonly kind: 'bulk'; readonly entity: string; readonly rows: readonly (Values & { readonly id: string })[] }

export type Request = Read | Write | { readonly kind: 'batch'; readonly of: readonly Read[] }

export function isRead({ kind }: Request): boolean {
  return ['list', 'get', 'count', 'group', 'way', 'value', 'export', 'find'].includes(kind)
}

function query(options: Options): string[] {
  const { select, filter, sort, top, skip, count, search, compute, expand } = options
  return [
    ...(select === undefined ? [] : [`$select=${select.join(',')}`]),
    ...(compute === undefined ? [] : [`$compute=${compute.of} mul 3 as ${compute.as}`]),
    ...(filter === undefined ? [] : [`$filter=${printOData(filter)}`]),
    ...(sort === undefined
      ? []
      : [`$orderby=${sort.map(({ path, descending }) => path.join('/') + (descending ? ' desc' : '')).join(',')}`]),
    ...(top === undefined ? [] : [`$top=${top}`]),
    ...(skip === undefined ? [] : [`$skip=${skip}`]),
    ...(count === true ? ['$count=true'] : []),
    ...(search === undefined ? [] : [`$search=${search}`]),
    ...(expand === undefined || expand.length === 0 ? [] : [`$expand=${expand.map(expansion).join(',')}`]),
  ]
}

function expansion({ name, options }: Expand): string {
  const inner = query(options)
  return inner.length === 0 ? name : `${name}(${inner.join(';')})`
}

function address(path: string, options: Options): string {
  const written = query(options)
  return path + (written.length === 0 ? '' : `?${written.map((each) => each.replaceAll(' ', '%20')).join('&')}`)
}

/** The request as it is sent. */
export function asked(state: State, request: Exclude<Request, { kind: 'batch' }>): Asking {
  const set = 'entity' in request ? state.world.things.get(request.entity)!.set : ''
  const one = 'id' in request ? `${data}/${set}(${request.id})` : ''
  switch (request.kind) {
    case 'list':
      return {
        method: 'GET',
        path: address(`${data}/${set}`, request.options),
        ...(request.pages === undefined ? {} : { headers: { prefer: `odata.maxpagesize=${request.pages}` } }),
      }
    case 'get':
      return { method: 'GET', path: address(one, request.options) }
    case 'count':
      return { method: 'GET', path: address(`${data}/${set}/$count`, request.options) }
    case 'group':
      return { method: 'GET', path: `${data}/${set}?$apply=${pipe(request).replaceAll(' ', '%20')}` }
    case 'way':
      return { method: 'GET', path: `${one}/${request.name}` }
    case 'value':
      return { method: 'GET', path: `${one}/${request.name}` }
    case 'export':
      return { method: 'GET', path: `/api/export/${request.entity}?format=json` }
    case 'find':
      return { method: 'GET', path: `/api/search?q=${encodeURIComponent(request.text)}&top=50` }
    default:
      return writing(state, request, { set, one })
  }
}

function writing(state: State, request: Write, { set, one }: { readonly set: string; readonly one: string }): Asking {
  switch (request.kind) {
    case 'create':
      return { method: 'POST', path: `${data}/${set}`, body: request.values }
    case 'update':
      return { method: 'PATCH', path: one, body: request.values, headers: { 'if-match': '*' } }
    case 'upsert':
      return { method: 'PATCH', path: one, body: request.values }
    case 'delete':
      return { method: 'DELETE', path: one }
    case 'link':
    case 'unlink': {
      const way = state.world.collection(request.entity, request.name)!
      const other = `${state.world.things.get(way.entity)!.set}(${request.to})`
      if (request.kind === 'link')
        return { method: 'POST', path: `${one}/${request.name}/$ref`, body: { '@odata.id': other } }
      return { method: 'DELETE', path: `${one}/${request.name}(${request.to})/$ref` }
    }
    case 'share':
    case 'unshare': {
      const receiver = state.find('team', request.to) === undefined ? { user: request.to } : { team: request.to }
      const body = { on: `${set}(${request.id})`, ...receiver }
      if (request.kind === 'unshare') return { method: 'POST', path: '/api/actions/unshare', body }
      return { method: 'POST', path: '/api/actions/share', body: { ...body, rights: request.rights } }
    }
    case 'bulk':
      return { method: 'POST', path: `${data}/${set}/$bulk`, body: { update: request.rows } }
  }
}

function pipe({ filter, by, aggregates }: Extract<Read, { kind: 'group' }>): string {
  const totals = aggregates
    .map((each, i) => (each === 'count' ? `$count as a${i}` : `${each.of} with ${each.by} as a${i}`))
    .join(',')
  const stage =
    by.length === 0
      ? `aggregate(${totals})`
      : `groupby((${by.map((path) => path.join('/')).join(',')})${totals === '' ? '' : `,aggregate(${totals})`})`
  return filter === undefined ? stage : `filter(${printOData(filter)})/${stage}`
}
