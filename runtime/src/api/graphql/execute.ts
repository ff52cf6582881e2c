// Runs one request: the document is checked, each field of the query is planned and asked as one statement, one after the other, and
// GraphQL's own executor puts values, nulls and errors in their places. All fields of a query together may cost what one query may.
import type { Query } from '@peyvand/core/query/syntax.ts'
import {
  execute,
  getNamedType,
  getOperationAST,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
} from 'graphql'
import type { Reckoning } from '@peyvand/core/base/calendar.ts'
import { isJsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { checkCost } from '@peyvand/core/query/cost.ts'
import { parsePath } from '@peyvand/core/query/path.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { askRecords, prepareQuestion, type Found } from '../../records/ask.ts'
import { onNewestModel } from '../../records/failure.ts'
import { pageLimits, respelled, type Args } from './arguments.ts'
import { check, type Asking } from './checked.ts'
import { errorOf } from './error.ts'
import { planGroups } from './group-plan.ts'
import { introspect } from './introspect.ts'
import { planList } from './list-plan.ts'
import { meaningOf, type Doing } from './meaning.ts'
import { planRecord } from './plan.ts'
import { below, fieldsOf } from './selection.ts'
import type { Types } from './types.ts'
import { fullMeasure, type Nodes, type Walk } from './walk.ts'
import { change, pathOf } from './write.ts'

/** On whose behalf, and how they count days. */
export interface Asker {
  readonly platform: Platform
  readonly context: Context
  readonly reckoning: Reckoning
}

/** What came of a request; about the schema it is the whole answer as JSON text. */
export type Ran = (ExecutionResult & { readonly text?: undefined }) | { readonly text: string }

/** Answers a request. throws: Problem for what cannot be run at all. */
export async function run(asker: Asker, asking: Asking): Promise<Ran> {
  const checked = check(asker.context, asking)
  if ('length' in checked) return { errors: checked }
  const { document } = checked
  refuseWrites(document, asking)
  if (checked.schema === undefined) return { text: await introspect(asker.context, document, asking) }
  const running = new Running(asker, checked.types)
  const result = await execute({
    schema: checked.schema,
    document,
    variableValues: asking.variables,
    operationName: asking.operation,
    hideSuggestions: true,
    fieldResolver: (source: unknown, args: Args, _none, info) =>
      info.path.prev === undefined
        ? running.root(args, info)
        : (source as Readonly<Record<string, unknown>>)[info.path.key],
  })
  const { beyond } = running
  if (beyond && getOperationAST(document, asking.operation)?.operation === OperationTypeNode.QUERY) throw beyond
  return result
}

function refuseWrites(document: DocumentNode, { operation, reads }: Asking): void {
  const kind = getOperationAST(document, operation)?.operation
  if (reads && kind === OperationTypeNode.MUTATION)
    throw new Problem('request.method', { detail: 'A mutation is sent by POST', target: 'query' })
}

// ---- fields of the query --------------------------------------------------------------------------------------------

/** One request while it runs. */
class Running {
  readonly #asker: Asker
  readonly #left: Walk['left']
  readonly #types: Types
  #cost = 0
  /** The limit that a field went beyond. A query is then refused as a whole; what a mutation did before stays told. */
  beyond: Problem | undefined
  /** The field before: one after the other, so that one request holds one connection. */
  #before: Promise<unknown> = Promise.resolve()

  constructor(asker: Asker, types: Types) {
    this.#asker = asker
    this.#types = types
    this.#left = fullMeasure(asker.context.limits)
  }

  /** The value of a field of the query or mutation itself. */
  root(args: Args, info: GraphQLResolveInfo): Promise<unknown> {
    const own = this.#before.then(() => this.#answer(args, info))
    this.#before = own.catch(() => undefined)
    return own
  }

  async #answer(args: Args, info: GraphQLResolveInfo): Promise<unknown> {
    const { platform, context } = this.#asker
    const means = meaningOf(info.parentType.getFields()[info.fieldName]!)
    try {
      if (this.beyond) throw this.beyond
      if (means === undefined) return context.model.revision
      if (means.op === 'write') return await this.#write(means.doing, means.entity, args, info)
      if (means.op !== 'record' && means.op !== 'records' && means.op !== 'grouped') return null
      const { op, entity } = means
      return await onNewestModel(platform, context, 'read', entity.name, (current) =>
        this.#read(current, op, entity, args, info),
      )
    } catch (thrown) {
      const problem = thrown instanceof Problem ? respelled(thrown) : undefined
      if (problem?.code.startsWith('limit.')) this.beyond ??= problem
      throw errorOf(problem ?? thrown)
    }
  }

  async #read(
    context: Context,
    op: 'record' | 'records' | 'grouped',
    entity: Entity,
    args: Args,
    info: GraphQLResolveInfo,
  ): Promise<unknown> {
    const asked = { type: namedType(info), entity: entity.id, args, nodes: info.fieldNodes as unknown as Nodes }
    const place = { times: 1, level: 0 }
    const walk = this.#walk(info)
    if (op === 'record') {
      const { query, shape } = planRecord(asked.type, asked.nodes, walk, place)
      const { value } = await this.#ask(context, pathOf(context, entity, args), query, false)
      return isJsonObject(value) ? shape(value) : null
    }
    if (op === 'grouped') {
      const { query, shape } = planGroups(asked, walk, place)
      return shape(rowsOf(await this.#ask(context, entity.entitySet, query, true)))
    }
    const { query, shape } = planList({ ...asked, planRecord, usual: pageLimits.usual }, walk, place)
    const found = await this.#ask(context, entity.entitySet, query, true)
    return shape({ rows: rowsOf(found), count: found.count })
  }

  async #ask(context: Context, path: string, query: Query, list: boolean): Promise<Found> {
    const asked = prepareQuestion(context, { path: must(parsePath(path)), query })
    this.#cost += asked.cost
    const parts = [
      { target: 'query', rows: this.#cost, because: 'asks for much in several fields', hint: 'Send several requests' },
    ]
    const dear = checkCost({ rows: this.#cost, parts }, context.limits)
    if (dear) throw dear
    return askRecords(context, asked, { reckoning: this.#asker.reckoning, list })
  }

  /** Writes, and reads what is asked of the record then. */
  async #write(doing: Doing, entity: Entity, args: Args, info: GraphQLResolveInfo): Promise<unknown> {
    const { platform, context } = this.#asker
    const id = await change(doing, { platform, context, entity, args })
    const type = namedType(info)
    if (doing === 'delete') return goneRecord(id, info, this.#walk(info))
    const plan = planRecord(type, info.fieldNodes as unknown as Nodes, this.#walk(info), { times: 1, level: 0 })
    return onNewestModel(platform, context, 'read', entity.name, async (current) => {
      const { value } = await this.#ask(current, `${entity.entitySet}(${id})`, plan.query, false)
      return isJsonObject(value) ? plan.shape(value) : null
    })
  }

  #walk({ fragments, variableValues }: GraphQLResolveInfo): Walk {
    return {
      types: this.#types,
      limits: this.#asker.context.limits,
      left: this.#left,
      fragments,
      variables: variableValues,
    }
  }
}

/** What is told of a record that is gone: its id, under the names it was asked for. */
function goneRecord(id: string, { fieldNodes }: GraphQLResolveInfo, walk: Walk): Readonly<Record<string, string>> {
  const names = fieldsOf(below(fieldNodes), walk).keys()
  return Object.fromEntries([...names].map((name) => [name, id]))
}

function namedType({ returnType }: GraphQLResolveInfo): GraphQLObjectType {
  return getNamedType(returnType) as GraphQLObjectType
}

function rowsOf({ value }: Found): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}
