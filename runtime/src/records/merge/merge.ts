// Two records of the same thing become one: the winner takes the values that were chosen, what belonged to the loser belongs
// to the winner, and the loser stays as an inactive record that says where it went. All in one transaction, and written down
// so that it can be split again.
import { elevated } from '@peyvand/core/access/actor.ts'
import { mayField } from '@peyvand/core/access/field.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import type { Entity, Field, Id, Model } from '@peyvand/core/model/model.ts'
import { settleState } from '@peyvand/core/model/state.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { mayAll } from '../cascade/allowed.ts'
import { goesAlong } from '../cascade/delete.ts'
import {
  dependentsOf,
  lockRecords,
  lookupColumns,
  toldName,
  tooMany,
  waysTo,
  type Dependent,
} from '../cascade/dependents.ts'
import { onNewestModel } from '../failure.ts'
import { newId } from '../id.ts'
import { readInput, type Values } from '../input.ts'
import { selectPage } from '../select.ts'
import { together } from '../together.ts'
import { changeRecord } from '../write.ts'
import { single } from '../write-one.ts'
import { cellsOf, changedCells, type Cells } from './cells.ts'
import { noteMerge, type MergeStep } from './lineage.ts'

export interface MergeOrder {
  readonly entity: Entity
  readonly winner: Id
  readonly loser: Id
  /** Fields whose values the winner takes from the loser. */
  readonly take: readonly string[]
  /** The versions that were looked at. */
  readonly winnerVersion?: number
  readonly loserVersion?: number
}

export interface Merged {
  readonly merge: Id
  /** How many records of each entity belong to the winner now. */
  readonly moved: Readonly<Record<string, number>>
}

/** Merges two records. throws: Problem. */
export function mergeRecords(platform: Platform, context: Context, order: MergeOrder): Promise<Merged> {
  return onNewestModel(platform, context, 'update', order.entity.name, (current) =>
    together(platform, current, (one, inside) => new Merging(one, inside, order).run()),
  )
}

/** One merge that is going on: everything it does is noted as a step. */
class Merging {
  readonly #platform: Platform
  readonly #context: Context
  readonly #system: Context
  readonly #order: MergeOrder
  readonly #steps: MergeStep[] = []
  readonly #write = single()

  constructor(platform: Platform, context: Context, order: MergeOrder) {
    this.#platform = platform
    this.#context = context
    this.#system = { ...context, actor: elevated(context.actor) }
    this.#order = order
  }

  async run(): Promise<Merged> {
    const { entity, winner, loser } = this.#order
    if (entity.state === undefined)
      throw new Problem('check.invalid', {
        detail: `Records of "${entity.entitySet}" cannot be merged`,
        hint: 'Give the entity a "state" first: the record that is taken in becomes inactive',
      })
    if (winner === loser)
      throw new Problem('check.invalid', { detail: 'A record cannot be merged with itself', target: 'loser' })
    await lockRecords(this.#context, entity, [winner, loser])
    const rows = await this.#look()
    for (const right of ['write', 'delete'] as const)
      if (!(await mayAll(this.#context, entity, [winner, loser], right)))
        throw new Problem('access.denied', {
          detail: 'Merging takes the right to change and to delete both records',
          target: entity.entitySet,
        })
    await this.#take(rows.loser)
    const moved = await this.#moveAll()
    await this.#retire()
    const merge = newId()
    await noteMerge(this.#context, { id: merge, entity: entity.id, winner, loser, steps: this.#steps })
    return { merge, moved }
  }

  /** Both records as the caller sees them: there, active, and as they were looked at. */
  async #look(): Promise<{ winner: JsonObject; loser: JsonObject }> {
    const { entity, winner, loser, winnerVersion, loserVersion } = this.#order
    const find = async (id: Id, version: number | undefined, role: string): Promise<JsonObject> => {
      const position = 0
      const filter = {
        op: 'call',
        name: 'eq',
        args: [
          { op: 'path', names: ['id'], position },
          { op: 'literal', kind: 'uuid', value: id, position },
        ],
        position,
      } as const
      const row = (await selectPage(this.#context, entity, { filter }, 1)).records[0]
      if (row === undefined)
        throw new Problem('missing.record', {
          detail: `There is no record ${id} in "${entity.entitySet}"`,
          target: role,
        })
      if (version !== undefined && row['version'] !== version)
        throw new Problem('conflict.version', {
          detail: `The ${role} was changed in the meantime`,
          target: `${role}_version`,
          hint: 'Look at both again',
        })
      const [cells] = [await cellsOf(this.#context, entity, id)]
      if (cells !== undefined && this.#stateIn(cells) === 'inactive')
        throw new Problem('check.invalid', {
          detail: `The ${role} is inactive`,
          target: role,
          hint: 'Activate it first',
        })
      return row
    }
    return {
      winner: await find(winner, winnerVersion, 'winner'),
      loser: await find(loser, loserVersion, 'loser'),
    }
  }

  #stateIn(cells: Cells): unknown {
    const field = this.#order.entity.fields.find(({ name }) => name === 'state')!
    return cells[field.id]
  }

  /** Gives the winner the values that were chosen. One that may be there only once is taken from the loser first. */
  async #take(row: JsonObject): Promise<void> {
    const { entity, winner, loser, take } = this.#order
    if (take.length === 0) return
    const { model } = this.#context
    const fields = take.map((name) => fieldNamed(this.#context, entity, name))
    const body: JsonObject = {}
    for (const property of wireOf(model, entity).properties.values())
      if (fields.some(({ id }) => id === property.field.id) && !property.readOnly && property.name in row)
        body[property.name] = row[property.name]!
    // What cannot be written at all is told before anything is done.
    must(readInput(this.#context, entity, body, 'update'))
    const cleared = clearedBy(model, entity, fields)
    if (cleared !== undefined)
      await this.#step(entity, loser, () => this.#write.change(this.#platform, this.#system, entity, loser, cleared))
    await this.#step(entity, winner, () =>
      changeRecord(this.#platform, this.#context, entity.name, { id: winner }, body, {
        returning: 'nothing',
        purpose: 'update',
        creates: false,
        alone: true,
      }),
    )
  }

  /** What belongs to the loser belongs to the winner, as far as each relationship says. */
  async #moveAll(): Promise<Record<string, number>> {
    const { entity, loser } = this.#order
    const most = this.#platform.config.cascadeLimit
    const found = await dependentsOf(this.#context, entity, [loser], waysTo(this.#context.model, entity), most)
    const meant = found.filter(({ way, active, entity: of, id }) => {
      if (of.id === entity.id && id === loser) return false
      return way.cascade.merge === 'cascade' || (way.cascade.merge === 'active' && active)
    })
    const kept = found.find(({ way }) => way.cascade.merge === 'restrict')
    if (kept !== undefined)
      throw new Problem('conflict.reference', {
        detail: `${toldName(this.#context, kept)} keep this one from being merged`,
        hint: 'Move or delete them first',
      })
    if (meant.length > most) throw tooMany('Merging it', most)
    await this.#mayMove(meant)
    const moved: Record<string, number> = {}
    for (const dependent of meant) {
      await this.#move(dependent)
      moved[dependent.entity.name] = (moved[dependent.entity.name] ?? 0) + 1
    }
    return moved
  }

  /** Records that move are changed, so the caller must be allowed to change them. Links go with the records they link. */
  async #mayMove(dependents: readonly Dependent[]): Promise<void> {
    const { model, actor } = this.#context
    const records = dependents.filter(({ entity }) => !goesAlong(entity))
    for (const [way, group] of Map.groupBy(records, (each) => each.way)) {
      const { entity } = group[0]!
      const field = entity.fields.find(({ id }) => id === way.id)!
      const ids = group.map(({ id }) => id)
      const free =
        mayField(model, actor, entity, field, 'update') && (await mayAll(this.#context, entity, ids, 'write'))
      if (!free)
        throw new Problem('access.denied', {
          detail: `Records of "${entity.entitySet}" would go to the winner, and you may not change all of them`,
          target: entity.entitySet,
        })
    }
  }

  async #move({ entity, way, id }: Dependent): Promise<void> {
    const { winner } = this.#order
    const { column, typeColumn } = lookupColumns(this.#context.model, way)
    const field = entity.fields.find((one) => one.id === way.id)!
    if (entity.intersect === true && (await this.#isTwice(entity, id, column))) return this.#unlink(entity, id)
    // The winner itself led to the loser: it cannot lead to itself instead.
    const itself = entity.id === this.#order.entity.id && id === winner
    if (itself && field.required === true)
      throw new Problem('check.invalid', {
        detail: `"${field.name}" of the winner leads to the loser`,
        target: field.name,
        hint: 'Let it lead to another record first',
      })
    const values = itself
      ? { [column]: null, ...(typeColumn === undefined ? {} : { [typeColumn]: null }) }
      : { [column]: winner, ...(typeColumn === undefined ? {} : { [typeColumn]: this.#order.entity.name }) }
    await this.#step(entity, id, () => this.#write.change(this.#platform, this.#system, entity, id, values))
  }

  /** Whether the winner has that link already, or would be linked with itself. */
  async #isTwice(entity: Entity, id: Id, column: string): Promise<boolean> {
    const { database, schema } = this.#context
    const other = column === 'from_id' ? 'to_id' : 'from_id'
    const { rows } = await database.query<{ twice: boolean }>({
      text: `select l."${other}" = $2::uuid or exists (select 1 from "${schema}"."${entity.name}" w
          where w."${column}" = $2::uuid and w."${other}" = l."${other}") as "twice"
        from "${schema}"."${entity.name}" l where l."id" = $1::uuid`,
      values: [id, this.#order.winner],
    })
    return rows[0]?.twice !== false
  }

  async #unlink(entity: Entity, id: Id): Promise<void> {
    const before = await cellsOf(this.#context, entity, id)
    if (before === undefined) return
    await this.#write.remove(this.#platform, this.#system, entity, id)
    this.#steps.push({ entity: entity.id, record: id, change: 'delete', before, after: {} })
  }

  /** The loser becomes inactive and says where it went. */
  async #retire(): Promise<void> {
    const { entity, loser, winner } = this.#order
    const values: Values = { state: 'inactive', merged_into_id: winner }
    settleState(entity, values, ['state'])
    await this.#step(entity, loser, () => this.#write.change(this.#platform, this.#system, entity, loser, values))
  }

  /** Does a change of one record and notes what it changed. */
  async #step(entity: Entity, id: Id, work: () => Promise<unknown>): Promise<void> {
    const before = (await cellsOf(this.#context, entity, id))!
    await work()
    const changed = changedCells(before, (await cellsOf(this.#context, entity, id))!)
    if (Object.keys(changed.before).length > 0)
      this.#steps.push({ entity: entity.id, record: id, change: 'update', ...changed })
  }
}

/** A field that can be taken: one whose value the caller may read. throws: Problem. */
function fieldNamed({ model, actor }: Context, entity: Entity, name: string): Field {
  const known = entity.fields.filter((one) => mayField(model, actor, entity, one, 'read'))
  const field = known.find((one) => one.name === name && (one.system !== true || one.name === 'owner'))
  if (field !== undefined && name !== 'state') return field
  throw new Problem('request.unknown', {
    detail: `"${entity.name}" has no field "${name.slice(0, 60)}" to take`,
    target: 'take',
    hint: suggest(
      name,
      known.flatMap((one) => (one.system ? [] : [one.name])),
    ),
  })
}

/** The columns of these fields that no two records may share, emptied; undefined when there are none. */
function clearedBy(model: Model, entity: Entity, fields: readonly Field[]): Values | undefined {
  const single = fields.filter(
    (field) => field['unique'] === true || entity.keys.some((key) => key.fields.includes(field.name)),
  )
  if (single.length === 0) return undefined
  const required = single.find((field) => field.required === true)
  if (required !== undefined)
    throw new Problem('check.invalid', {
      detail: `"${required.name}" cannot be taken: the loser must keep a value, and no two records may share one`,
      target: 'take',
      hint: 'Merge without it, then change it',
    })
  const columns = [...wireOf(model, entity).properties.values()].filter((property) =>
    single.some(({ id }) => id === property.field.id),
  )
  return Object.fromEntries(columns.map(({ column }) => [column, null]))
}
