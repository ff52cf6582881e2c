// Requests that read over the paths beside lists and records: history, shares, previews, totals, files, exports in every format, imports
// that only try, delta links, facets, what a lookup offers, pipes, cross joins, GraphQL, jobs, descriptions of the model. For twins: what
// they answer is compared, not foretold.
import type { Random } from '../support/random.ts'
import { partOf } from './answer.ts'
import type { Person } from './person.ts'
import { data } from './request.ts'
import { opens } from './rights.ts'
import type { Asking } from './served.ts'
import type { State } from './state.ts'
import { idKinds, idOf } from './id.ts'
import { words } from './word.ts'
import type { World } from './world.ts'

interface Drawing {
  readonly random: Random
  readonly world: World
  readonly state: State
  readonly person: Person
  /** Ids of files that were there before anything was hidden. */
  readonly files: readonly string[]
}

/** Draws a request over one of the other paths. */
export function drawPath(drawing: Drawing): Asking {
  const { random, world, state, person } = drawing
  const open = world.drawn.filter((name) => opens(person, 'read', name))
  const entity = random.pick(open.length > 0 && random.chance(0.8) ? open : world.drawn)
  const { set, parts } = state.world.things.get(entity)!
  const some = state.all(entity)
  const rec = some.length > 0 ? random.pick(some) : { id: idOf(idKinds.record, 999) }
  const one = `${data}/${set}(${rec.id})`
  const name = random.pick(parts.filter(({ type }) => type !== 'lookup')).name
  const lookup = random.pick(state.world.lookups(entity))
  const get = (path: string, headers?: Record<string, string>): Asking => ({
    method: 'GET',
    path: path.replaceAll(' ', '%20'),
    ...(headers === undefined ? {} : { headers }),
  })
  const apply = (pipe: string): Asking => get(`${data}/${set}?$apply=${pipe}`)
  return random.weighted<() => Asking>([
    [3, () => get(`${one}/record_history(top=25)`)],
    [2, () => get(`${one}/shares_of()`)],
    [2, () => get(`${data}/retrieve_total_count(entities=['${entity}'])`)],
    [1, () => get(`${data}/${set}/initial_values()`)],
    [1, () => get(`${data}/who_am_i()`)],
    [3, () => get(`/api/search?q=${random.pick(words).slice(0, 4)}&top=50`)],
    [1, () => get(`/api/search?q=${random.pick(words)}&entities=${entity}`)],
    [
      3,
      () =>
        get(
          `/api/export/${entity}?format=${random.pick(['csv', 'json', 'ndjson'])}${random.chance(0.4) ? '&labels=true' : ''}`,
        ),
    ],
    [4, () => get(`${data}/${set}?$select=name,${name}`, { prefer: 'odata.track-changes' })],
    [
      3,
      () =>
        get(`${data}/${set}?$count=true`, {
          prefer: `odata.include-annotations="*",odata.maxpagesize=${random.whole(2, 6)}`,
        }),
    ],
    [2, () => get(`${data}/${set}?$filter=contains(${name},'${random.pick(words).slice(0, 2)}')&$orderby=${name},id`)],
    [2, () => get(`${data}/${set}?$orderby=${name} desc,id&$top=3`)],
    [
      2,
      () =>
        get(
          `${data}/${set}?$expand=${lookup}($select=${name})&$filter=${lookup}/${name} ne null&$orderby=${lookup}/${name},id`,
        ),
    ],
    [2, () => get(`${data}/${set}?$expand=*&$levels=2`)],
    [1, () => get(`${data}/${set}?$expand=above($levels=3)`)],
    [2, () => apply(`groupby((${name}),aggregate($count as n))`)],
    [2, () => apply(`groupby((${lookup}/${name}),aggregate($count as n,number with average as a))`)],
    [1, () => apply(`topcount(3,number)`)],
    [1, () => apply(`filter(number gt 2)/aggregate(cost with sum as s,price with max as m)`)],
    [1, () => apply(`descendants($root/${set},above,id,filter(number gt 1),3,keep start)`)],
    [1, () => apply(`compute(length(note) as l)/groupby((l),aggregate($count as n))`)],
    [1, () => get(`${data}/$crossjoin(${set},${state.world.things.get(random.pick(world.drawn))!.set})?$top=20`)],
    [1, () => get(`${data}/${set}?$compute=length(${name}) as l&$select=id,l&$orderby=l,id`)],
    [1, () => get(`${data}/${set}/$count?$filter=${name} ne null`)],
    [1, () => get(`${one}?$select=${name}`, { 'if-none-match': 'W/"1"' })],
    [1, () => get(`${one}/${name}/$value`)],
    [2, () => get(`/api/files/${random.pick([...drawing.files, idOf(99, 1)])}`)],
    // What a lookup offers while somebody types, and the counts beside a search.
    [2, () => get(`${data}/${set}?$search=${random.pick(words).slice(0, 3)}&$select=id,name&$top=8&$count=true`)],
    [
      2,
      () =>
        get(
          `${data}/${set}?$filter=startswith(name,'${random.pick(words).slice(0, 2)}')&$select=id,name&$top=8&$orderby=name,id`,
        ),
    ],
    [2, () => apply(`search(${random.pick(words)})/groupby((${name}),aggregate($count as n))`)],
    [1, () => apply(`search(${random.pick(words)})/aggregate($count as n,number with max as m)`)],
    [2, () => get(`${data}/${set}?$select=name,many,total&$orderby=many desc,total,id`)],
    [1, () => apply(`groupby((many),aggregate(total with sum as s))`)],
    [1, () => get(`/api/export/${entity}/${random.pick(state.world.collections(entity))}?format=csv`)],
    [
      2,
      () =>
        get(
          `${data}/${set}?$filter=${random.pick(state.world.collections(entity))}/$count gt 0&$select=name&$orderby=id`,
        ),
    ],
    [1, () => get(random.pick(['/api/model', '/api/openapi.json', '/api/actions', `${data}/$metadata`, `${data}/`]))],
    [
      1,
      () =>
        get(
          random.pick([
            '/api/me',
            '/api/me/limits',
            '/api/keys',
            '/api/jobs',
            '/api/import',
            '/api/users',
            '/api/solutions',
          ]),
        ),
    ],
    [2, () => get(`${one}/deletion_preview()`)],
    [3, () => graph(entity, name)],
    [2, () => importTry(drawing, entity)],
    [2, () => batch(set, rec.id, name)],
    [
      1,
      () => ({ method: 'POST', path: `${data}/${set}/$query`, body: { $filter: `${name} ne null`, $orderby: 'id' } }),
    ],
    [1, () => ({ method: 'DELETE', path: `${data}/${set}(${idOf(idKinds.record, 999)})` })],
  ])()
}

function graph(entity: string, name: string): Asking {
  const query = `{ ${entity}s(first: 20, orderBy: [{id: ASC}]) { totalCount nodes { id ${name} } } }`
  return { method: 'POST', path: '/api/graphql', body: { query } }
}

function importTry({ random, state }: Drawing, entity: string): Asking {
  const { parts } = state.world.things.get(entity)!
  const name = random.pick(parts.filter((part) => partOf(parts, part.name) !== undefined && part.type === 'text')).name
  const some = random.some(state.all(entity), 0, 3).map(({ id }) => `${id},birch,cedar`)
  const body = ['id,name,note', ...some, `${idOf(idKinds.record, 998)},amber,denim`].join('\n')
  return {
    method: 'POST',
    path: `/api/import/${entity}?dryRun=true${random.chance(0.3) ? `&key=${name}` : '&key=id'}`,
    body,
    headers: { 'content-type': 'text/csv' },
  }
}

function batch(set: string, id: string, name: string): Asking {
  const requests = [
    { id: '1', method: 'GET', url: `${set}(${id})?$select=${name}` },
    { id: '2', method: 'GET', url: `${set}?$filter=${name} ne null&$count=true&$top=2&$orderby=id` },
    { id: '3', method: 'GET', url: `${set}/$count` },
  ]
  return { method: 'POST', path: `${data}/$batch`, body: { requests }, headers: { prefer: 'odata.continue-on-error' } }
}
