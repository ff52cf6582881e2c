// From a GET to a statement: shape → (cache, or parse → bind → trim → compile) → values. One entry per shape, actor's access,
// page setting and schema, per model; a new model starts with an empty cache. Never throws for what a request holds.
import { collationOf } from '../base/sorting.ts'
import type { Reckoning } from '../base/calendar.ts'
import { queryLimits, type QueryLimits } from '../base/limits.ts'
import { Problem } from '../base/problem.ts'
import type { Entity, Model } from '../model/model.ts'
import { bindRead } from '../query/bind.ts'
import { compileRead, isPaged, type MetadataLevel } from '../query/compile.ts'
import { contextOf } from '../query/context.ts'
import { checkCost, costOf } from '../query/cost.ts'
import { noRows, type RowCounts } from '../query/cost/counts.ts'
import { linkInputs, linksIn } from '../query/expand-link.ts'
import { nextQuery } from '../query/option.ts'
import { parseOptions } from '../query/parse.ts'
import { parseSegments } from '../query/path.ts'
import { shapeOf, type Shape } from '../query/shape.ts'
import { hasChoice, isPlanned } from '../query/sight.ts'
import type { Amount } from '../query/syntax.ts'
import { readToken, writeToken } from '../query/token.ts'
import type { BoundQuery, Compiled, ResultKind, TrimmedRead } from '../query/tree.ts'
import type { Actor } from './actor.ts'
import { cached, keep, newCache, type Cache } from './cache.ts'
import { readableWire } from './field.ts'
import { accessKey } from './grant.ts'
import { trimRead } from './trim.ts'
import { valuesOf, type ReadyStatement } from './values.ts'

export interface ReadRequest {
  readonly model: Model
  readonly actor: Actor
  /** Path below the service root, percent-encoded as it came: `accounts(…)/contacts`. */
  readonly path: string
  /** Query string without "?", percent-encoded as it came. */
  readonly query: string
  readonly pageSize: number
  readonly maxPageSize: number
  /** PostgreSQL schema of the tenant. */
  readonly schema?: string
  /** 8-byte and decimal numbers go out as text (IEEE754Compatible). */
  readonly exact?: boolean
  /** Whose order texts have; the root order without one. */
  readonly language?: string
  /** How much control information records carry; `minimal` when absent. */
  readonly metadata?: MetadataLevel
  /** Values that are null are left out, where no JSON value of a record could lose its own nulls. */
  readonly omitNulls?: boolean
  /** The service root, for links to the rest of lists inside records; without it there are none. */
  readonly base?: string
  /** How the caller counts days. */
  readonly reckoning?: Reckoning
  /** ISO moment that `now()` and `today()` mean. */
  readonly now?: string
  /** A list also says which transactions it saw. */
  readonly snapshot?: boolean
  /** The one record at the path has just been written by the caller: it is theirs to hear, whatever its own rule says now. */
  readonly written?: true
  /** How large it may be and what it may cost; the usual limits when absent. */
  readonly limits?: QueryLimits
  /** How many records there are, for the cost; without them nothing is dear. */
  readonly rows?: RowCounts
}

/** The row of the result; see query/compile.ts for which columns are there. */
export interface ReadRow {
  readonly body: string | null
  readonly etag?: string
  readonly count?: string
  readonly next?: string | null
  /** Which transactions the statement saw, when that was asked for. */
  readonly seen?: string
}

/** The same read in a way that is quicker for who sees much of the entity (query/sight.ts). */
export interface AskedRead {
  readonly statement: ReadyStatement
  /** Whether it is best planned with its values. */
  readonly planned: boolean
}

export interface PreparedRead {
  readonly statement: ReadyStatement
  /** Where there is such a way. */
  readonly asked?: () => AskedRead | Problem
  readonly result: ResultKind
  readonly entity: Entity
  /** Fragment of `@odata.context`: `accounts(name)`, `accounts/$entity`, … */
  readonly context: string
  /** Whether the row has `count`. */
  readonly counted: boolean
  /** Whether values that are null were left out. */
  readonly omitted: boolean
  /** Entities whose records it touches and whose reads are noted. */
  readonly noted: readonly Entity[]
  /** The body as it is answered: lists that are complete have no link to more. */
  tidy(body: string): string
  /** `$skiptoken` of the next page, when there is one. */
  nextToken(row: ReadRow): string | undefined
  /** Query string of the next page, when there is one. */
  nextQuery(row: ReadRow): string | undefined
}

interface Plan {
  readonly compiled: Compiled
  /** For who sees much. */
  readonly asked?: { readonly compiled: Compiled; uses: number }
  readonly result: ResultKind
  readonly entity: Entity
  readonly context: string
  readonly counted: boolean
  readonly omitted: boolean
  readonly paged: boolean
  readonly top?: Amount
  readonly pageSize: number
  /** Lists inside records that may continue elsewhere. */
  readonly links: ReturnType<typeof linksIn>
  readonly read: TrimmedRead
  readonly noted: readonly Entity[]
  /** What it costs, by these counts. */
  cost?: { readonly rows: RowCounts; readonly problem: Problem | undefined }
  uses: number
}

/** Shapes kept per model, over all actors and page sizes. */
export const shapeLimit = 2000
const plans = new WeakMap<Model, Cache<Plan>>()

/** The statement of a read request and what its result means, or what is wrong with the request. */
export function prepareRead(request: ReadRequest): PreparedRead | Problem {
  const shape = shapeOf(request.path, request.query, request.limits)
  if (shape instanceof Problem) return shape
  const plan = planOf(request, shape)
  if (plan instanceof Problem) return plan
  const dear = costProblem(plan, request)
  if (dear) return dear
  const values = valuesFor(plan, plan.compiled, request, shape)
  if (values instanceof Problem) return values
  const nextToken = (row: ReadRow) => (row.next ? writeToken(leftAfter(plan, shape), row.next) : undefined)
  return {
    statement: readyStatement(plan, values),
    ...(plan.asked ? { asked: () => askedOf(plan, plan.asked!, request, shape) } : {}),
    result: plan.result,
    noted: plan.noted,
    entity: plan.entity,
    context: plan.context,
    counted: plan.counted,
    omitted: plan.omitted,
    tidy: (body) => plan.links.reduce((text, { name }) => text.replaceAll(`,"${name}@odata.nextLink":null`, ''), body),
    nextToken,
    nextQuery(row) {
      const token = nextToken(row)
      return token === undefined ? undefined : nextQuery(request.query, token)
    },
  }
}

/** A text that is sent once is not worth a prepared statement, and hostile variety must not fill the server with them. */
function readyStatement(sent: { readonly compiled: Compiled; uses: number }, values: unknown[]): ReadyStatement {
  const { text, name } = sent.compiled
  return { text, values, ...(sent.uses++ > 0 ? { name } : {}) }
}

function askedOf(
  plan: Plan,
  asked: NonNullable<Plan['asked']>,
  request: ReadRequest,
  shape: Shape,
): AskedRead | Problem {
  const values = valuesFor(plan, asked.compiled, request, shape)
  if (values instanceof Problem) return values
  return { statement: readyStatement(asked, values), planned: isPlanned(plan.read.query) }
}

function valuesFor(
  { links }: Plan,
  { parameters }: Compiled,
  { actor, now, reckoning, base }: ReadRequest,
  { literals, options }: Shape,
): unknown[] | Problem {
  const ranges = links.map(({ range }) => range)
  return valuesOf(parameters, {
    literals,
    actor,
    now: now ?? new Date().toISOString(),
    ...(reckoning ? { reckoning } : {}),
    ...(links.length > 0 ? { input: { ...linkInputs(ranges, options), '@base': base } } : {}),
  })
}

function planOf(request: ReadRequest, shape: Shape): Plan | Problem {
  const pageSize = Math.min(request.pageSize, request.maxPageSize)
  const { model, actor, maxPageSize, schema = 't_default' } = request
  if (shape.key === undefined) return makePlan(request, shape, pageSize, schema)
  let cache = plans.get(model)
  if (!cache) plans.set(model, (cache = newCache(shapeLimit)))
  const over = overPage(shape, pageSize) ? '+' : ''
  const key = `${collationOf(request.language)};${request.exact === true ? 'exact;' : ''}${request.snapshot === true ? 'seen;' : ''}${request.metadata ?? ''}${request.omitNulls === true ? 'omit;' : ''}${request.written === true ? 'written;' : ''}${request.base === undefined ? '' : 'links;'}${schema};${pageSize};${maxPageSize};${accessKey(actor)}${over}${shape.key}`
  const known = cached(cache, key)
  if (known) return known
  const plan = makePlan(request, shape, pageSize, schema)
  return plan instanceof Problem ? plan : keep(cache, key, plan)
}

/** The problem with a read that costs too much. Worked out once per shape, and again when the counts have changed. */
function costProblem(plan: Plan, { model, maxPageSize, rows = noRows, limits }: ReadRequest): Problem | undefined {
  if (plan.cost?.rows !== rows) {
    const cost = costOf(plan.read, { model, rows, pageSize: plan.pageSize, maxPageSize })
    plan.cost = { rows, problem: checkCost(cost, limits) }
  }
  return plan.cost.problem
}

/** Whether `$top`, when it is not part of the shape, asks for more than a page. */
function overPage(shape: Shape, pageSize: number): boolean {
  const top = shape.options.find(({ name }) => name === 'top')
  return top !== undefined && Number(top.text) > pageSize
}

function makePlan(request: ReadRequest, shape: Shape, pageSize: number, schema: string): Plan | Problem {
  const { model, maxPageSize, base, exact, snapshot, metadata, omitNulls, language, written } = request
  const read = resolveRead(request, shape)
  if (read instanceof Problem) return read
  const { query, result, steps } = read
  const entity = steps.at(-1)!.entity
  const list = result === 'collection' || result === 'refs'
  const links = base === undefined ? [] : linksIn(query, maxPageSize)
  const omitted = omitNulls === true && (list || result === 'record') && !holdsJson(query)
  const options = {
    model,
    schema,
    pageSize,
    maxPageSize,
    exact,
    links: links.length > 0,
    snapshot,
    language,
    metadata,
    omitted,
    written: written === true && result === 'record' && steps.length === 1,
  }
  const asked = hasChoice(read) ? compileRead(read, { ...options, asked: true }) : undefined
  return {
    compiled: compileRead(read, options),
    ...(asked ? { asked: { compiled: asked, uses: 0 } } : {}),
    result,
    entity,
    context: contextOf(read),
    counted: list && query.count,
    omitted,
    paged: list && isPaged(query, pageSize),
    top: query.top,
    pageSize,
    links,
    read,
    noted: notedIn(read, model),
    uses: 0,
  }
}

/** The entities a read touches, in whatever clause, of which it is noted who reads them. */
export function notedIn({ rules }: Pick<TrimmedRead, 'rules'>, model: Model): Entity[] {
  return [...rules.keys()].flatMap((id) => {
    const entity = model.entityById.get(id)
    return entity?.auditReads === true ? [entity] : []
  })
}

/** What a shape asks for, with the actor's rights. */
export function resolveRead(
  { model, actor, limits = queryLimits }: Pick<ReadRequest, 'model' | 'actor' | 'limits'>,
  shape: Shape,
): TrimmedRead | Problem {
  const path = parseSegments(shape.segments)
  if (path instanceof Problem) return path
  const query = parseOptions(shape.options, { limits })
  const version = shape.options.find(({ name }) => name === 'schemaversion')?.text
  if (version !== undefined && version !== '*' && version !== String(model.revision))
    return new Problem('missing.path', {
      detail: `The model has the revision ${model.revision}`,
      target: '$schemaversion',
      hint: 'Read $metadata again',
    })
  if (query instanceof Problem) return query
  const bound = bindRead(path, query, { model, wire: (id) => readableWire(model, actor, id), limits })
  return bound instanceof Problem ? bound : trimRead(bound, model, actor)
}

/** Whether a JSON value is answered, whose own nulls are part of it. */
function holdsJson({ select, expand, computed = [], pipes = [] }: BoundQuery): boolean {
  const kinds = [...select, ...computed.map(({ value }) => value), ...pipes.flatMap(({ columns }) => columns)]
  return kinds.some(({ kind }) => kind === 'json') || expand.some(({ query }) => holdsJson(query))
}

/** What `$top` still allows behind this page. */
function leftAfter({ top, pageSize }: Plan, shape: Shape): number | null {
  if (!top) return null
  const token = shape.options.find(({ name }) => name === 'skiptoken')
  const read = token && readToken(token.text)
  const total =
    read && !(read instanceof Problem) && read.left !== null
      ? read.left
      : top.slot === undefined
        ? top.value
        : Number(shape.literals[top.slot]!.text)
  return total - pageSize
}
