// What a write asks the database before it writes: whether a new record meets the rules, whether lookups lead to records the
// caller sees, and which unit the owner belongs to.
import { allOf, join, param, quoted, sql, type Sql } from '../expression/fragment.ts'
import { toSql } from '../expression/sql.ts'
import { castOf } from '../expression/sql-type.ts'
import type { Expression } from '../expression/tree.ts'
import type { Property } from '../model/wire.ts'
import { column, newFrame, ruleSql, scopeOf, table, tableOf, type Build, type Frame } from './frame.ts'
import { input, inputName, type LinkTarget, type Side, type WritePlan } from './write-plan.ts'

/** Whether the database has to be asked before a record is created. */
export function needsCheck({ mayCreate, links, ownerEntity }: WritePlan): boolean {
  return mayCreate !== null || links.length > 0 || ownerEntity !== undefined
}

/** A rule over the columns of a frame; nothing when there is none. */
export function ruleOver({ build }: WritePlan, rule: Expression | null, frame: Frame): Sql | undefined {
  return rule === null ? undefined : toSql(rule, scopeOf(build, [frame], 'all'), true)
}

/** Names of the lookups whose target is not there for the caller, or ''. */
export function missingSql(plan: WritePlan, side: Side): Sql {
  const links = plan.links.filter(({ property, unsure }) => unsure && plan[side].includes(property))
  if (links.length === 0) return sql`''`
  const cases = links.map(({ property, targets }) => {
    const id = input(side, property)
    const found = targets.map((navigation) => existsSql(plan.build, navigation, id, side))
    const there = found.length === 0 ? sql`false` : join(found, ' or ')
    return sql`case when not (${there}) then ${quoted(property.name)} end`
  })
  return sql`concat_ws(',', ${join(cases, ', ')})`
}

/** True when no lookup leads to a record that the caller sees and may not append to; nothing where that cannot be. */
export function attachedSql(plan: WritePlan, side: Side): Sql | undefined {
  const refused = plan.links
    .filter(({ property }) => plan[side].includes(property))
    .flatMap(({ property, targets, attach }) =>
      targets.flatMap((navigation) => {
        const rule = attach.get(navigation.target)
        const no = rule && ((frame: Frame) => sql`(${ruleOver(plan, rule, frame)!}) is not true`)
        return no === undefined ? [] : [existsSql(plan.build, navigation, input(side, property), side, no)]
      }),
    )
  return refused.length === 0 ? undefined : sql`not (${join(refused, ' or ')})`
}

/** Whether the record a lookup leads to is there for the caller, and of the entity that the lookup names. */
function existsSql(
  build: Build,
  { target, typeColumn, only }: LinkTarget,
  id: Sql,
  side: Side,
  more?: (frame: Frame) => Sql,
): Sql {
  const frame = newFrame(build, target)
  const type =
    typeColumn === undefined ? undefined : param({ from: 'input', name: inputName(side, typeColumn) }, 'text')
  const typed = type && sql`${type} = ${quoted(build.model.entityById.get(target)!.name)}`
  const fits = only && toSql(only, scopeOf(build, [frame], 'all'), true)
  const where = allOf([sql`${column(frame, 'id')} = ${id}`, typed, ruleSql(build, frame), fits, more?.(frame)])
  return sql`exists (select 1 from ${tableOf(build, target)} ${frame.alias} where ${where})`
}

/** The business unit a given owner belongs to. */
export function unitSql({ build, ownerEntity, wire }: WritePlan, side: Side): Sql | undefined {
  const owner = wire.properties.get('owner_id')
  if (!ownerEntity || !owner) return undefined
  return sql`(select "u"."unit_id" from ${table(build, ownerEntity.name)} "u" where "u"."id" = ${input(side, owner)})`
}

/**
 * What comes of a new record, from what newRecord found out. Lookups come first: a rule that looks along one may look at a record
 * that the caller does not see, and would tell of it.
 */
export const outcomeOfNew = caseOf([
  ['reference', sql`"n"."missing" <> ''`],
  ['denied', sql`not "n"."may"`],
  ['created'],
])

/** The first of these outcomes whose condition holds. */
export function caseOf(outcomes: readonly (readonly [outcome: string, when?: Sql])[]): Sql {
  const cases = outcomes.map(([outcome, when]) =>
    when ? sql`when ${when} then ${quoted(outcome)}` : sql`else ${quoted(outcome)}`,
  )
  return sql`case ${join(cases, ' ')} end`
}

/** What has to be known before an insert: whether the caller may, which targets are not there, the owner's unit. */
export function newRecord(plan: WritePlan, where: Sql): Sql {
  const unit = unitSql(plan, 'insert')
  const instead = new Map<string, Sql>(plan.insert.map((property) => [property.column, input('insert', property)]))
  if (unit) instead.set('owning_unit_id', unit)
  for (const [name] of plan.wire.properties)
    if (!instead.has(name)) instead.set(name, nullOf(plan.wire.properties.get(name)!))
  const frame = newFrame(plan.build, plan.wire.entity.id, instead)
  const may = allOf([ruleOver(plan, plan.mayCreate, frame), attachedSql(plan, 'insert')])
  const columns = [
    sql`${may.pieces.length > 0 ? sql`(${may}) is true` : sql`true`} as "may"`,
    sql`${missingSql(plan, 'insert')} as "missing"`,
    ...(unit ? [sql`${unit} as "unit"`] : []),
  ]
  return sql`select ${join(columns, ', ')}${where}`
}

function nullOf({ kind }: Property): Sql {
  return sql`null::${{ pieces: [castOf[kind]] }}`
}
