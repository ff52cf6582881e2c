// What the stages of $apply ask of records, in SQL: conditions, the ids that a pick leaves, the records of a tree, and related
// records that are joined.
import { allOf, ident, join, nothing, sql, type Sql } from '../expression/fragment.ts'
import { amountSql } from './amount.ts'
import { pickSelect } from './compile-pick.ts'
import { column, conditionSql, joinsOf, linkSql, newFrame, ruleSql, tableOf, type Build, type Frame } from './frame.ts'
import { searchSql } from './search-sql.ts'
import type { BoundJoin, BoundTree, RecordStage } from './tree.ts'

/** How a record is reached from the one before it. */
export type Link = (frame: Frame) => Sql | undefined
/** A list that nothing leads to. */
const unlinked: Link = () => undefined

/** ` where …`, or nothing. */
export function whereSql(conditions: Sql): Sql {
  return conditions.pieces.length === 0 ? nothing : sql` where ${conditions}`
}

/** The records that are left after some stages; those of a pick are found by a select of their own. */
export function recordConditions(
  build: Build,
  frames: readonly Frame[],
  link: Link,
  stages: readonly RecordStage[],
): Sql {
  const frame = frames[0]!
  const last = stages.findLastIndex(({ op }) => op === 'cut' || op === 'share')
  const pick = stages[last]
  const after = stages.slice(last + 1).map((stage) => stageCondition(build, frames, stage))
  if (pick?.op !== 'cut' && pick?.op !== 'share') return allOf([link(frame), ruleSql(build, frame), ...after])
  const inner = newFrame(build, frame.entity)
  const where = recordConditions(build, [inner], link, stages.slice(0, last))
  const from = () => sql`${tableOf(build, inner.entity)} ${inner.alias}${joinsOf(inner)}${whereSql(where)}`
  const ids = pickSelect(build, inner, pick, [{ value: column(inner, 'id'), name: 'id' }], from)
  return allOf([sql`${column(frame, 'id')} in (${ids})`, ruleSql(build, frame), ...after])
}

function stageCondition(build: Build, frames: readonly Frame[], stage: RecordStage): Sql | undefined {
  switch (stage.op) {
    case 'filter':
      return conditionSql(build, frames, stage.where)
    case 'search':
      return searchSql(
        build,
        { ...stage, entity: build.model.entityById.get(frames[0]!.entity)! },
        frames[0]!,
        stage.search,
      )
    case 'tree':
      return treeSql(build, frames[0]!, stage)
    default:
      return undefined
  }
}

/** The ids of records that stages pick from a whole entity, as a select. */
function idsSql(build: Build, entity: string, stages: readonly RecordStage[]): Sql {
  const frame = newFrame(build, entity)
  const where = recordConditions(build, [frame], unlinked, stages)
  return sql`select ${column(frame, 'id')} from ${tableOf(build, entity)} ${frame.alias}${joinsOf(frame)}${whereSql(where)}`
}

/**
 * Walks the tree from the records it starts with, through those the caller may see. Without a depth `union` ends the walk where
 * a tree was closed into a ring; with one, the depth does.
 */
function treeSql(build: Build, frame: Frame, { test, navigation, start, depth, keep }: BoundTree): Sql {
  const entity = navigation.target
  const name = ident(`h${build.aliases++}`)
  const [first, next] = [newFrame(build, entity), newFrame(build, entity)]
  const step =
    test === 'descendants'
      ? sql`${column(next, navigation.column)} = ${name}."id"`
      : sql`${column(next, 'id')} = ${name}."up"`
  const columns = (of: Frame) => sql`${column(of, 'id')} as "id", ${column(of, navigation.column)} as "up"`
  const counted = depth ? sql`, 0 as "depth"` : sql`, 0 as "below"`
  const begin = sql`select ${columns(first)}${counted} from ${tableOf(build, entity)} ${first.alias} where ${column(first, 'id')} in (${idsSql(build, entity, start)})`
  const further = depth ? sql`, ${name}."depth" + 1` : sql`, 1`
  const limit = depth && sql`${name}."depth" < least(${amountSql(depth)}, 99)`
  const more = sql`select ${columns(next)}${further} from ${name} join ${tableOf(build, entity)} ${next.alias} on ${allOf([step, limit, ruleSql(build, next)])}`
  const others = keep ? nothing : sql` where ${name}.${ident(depth ? 'depth' : 'below')} > 0`
  return sql`${column(frame, 'id')} in (with recursive ${name} as (${begin} union ${more}) select ${name}."id" from ${name}${others})`
}

/** The frames of records with what is joined to them, and the joins themselves; read the latter after the frames were used. */
export function joinedFrames(
  build: Build,
  root: Frame,
  stages: readonly RecordStage[],
): { frames: readonly Frame[]; joined: () => Sql } {
  const joins = stages.filter((stage): stage is BoundJoin => stage.op === 'join')
  const others = joins.map(({ navigation }) => newFrame(build, navigation.target))
  const joined = () =>
    join(
      joins.map((stage, i) => joinSql(build, root, others[i]!, stage)),
      '',
    )
  return { frames: [root, ...others], joined }
}

function joinSql(build: Build, root: Frame, frame: Frame, { navigation, outer, within }: BoundJoin): Sql {
  const some = within.length === 0 ? undefined : sql`${column(frame, 'id')} in (${idsSql(build, frame.entity, within)})`
  const on = allOf([linkSql(build, navigation, root, frame), ruleSql(build, frame), some])
  const kind = outer ? sql` left join ` : sql` join `
  return sql`${kind}${tableOf(build, frame.entity)} ${frame.alias} on ${on}${joinsOf(frame)}`
}
