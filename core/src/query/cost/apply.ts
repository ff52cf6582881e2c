// What the steps of $apply cost, stage by stage: each is given how many records come in and says how many go out.
import { levelCount } from '../rollups.ts'
import type { BoundGroup, PipeSource, RecordStage, TableStage } from '../tree.ts'
import { fanOf, rowsOf } from './counts.ts'
import { add, searching, sorting, weighCondition, type Weighing } from './part.ts'

/** Weighs what is done to records; gives how many come out. */
export function weighStages(
  weighing: Weighing,
  stages: readonly RecordStage[],
  before: number,
  target: string,
): number {
  return stages.reduce((rows, stage) => weighStage(weighing, stage, rows, target), before)
}

/** Weighs one stage over so many records; gives how many come out. */
function weighStage(weighing: Weighing, stage: RecordStage, rows: number, target: string): number {
  switch (stage.op) {
    case 'filter':
      weighCondition(weighing, stage.where, rows, target)
      return rows
    case 'search':
      add(weighing, searching(target, rows))
      return rows
    case 'cut':
    case 'share':
      add(weighing, sorting(target, rows))
      return stage.op === 'cut' && stage.top && !stage.partition ? Math.min(rows, stage.top.value) : rows
    case 'tree': {
      const all = rowsOf(weighing, stage.navigation.target)
      add(weighing, { target, rows: all * 2, because: 'walks a whole hierarchy', hint: 'Start from fewer records' })
      weighStages(weighing, stage.start, all, target)
      return Math.min(rows, all)
    }
    case 'join': {
      const joined = rows * fanOf(weighing, stage.navigation)
      add(weighing, {
        target,
        rows: joined,
        because: `joins every record with its ${stage.navigation.name}`,
        hint: 'Filter before you join',
      })
      return weighStages(weighing, stage.within, joined, target)
    }
  }
}

/** Weighs a pipe over so many records: where its rows come from, and what is done to them; gives how many come out. */
export function weighPipe(
  weighing: Weighing,
  source: PipeSource,
  after: readonly TableStage[],
  rows: number,
  target: string,
): number {
  const out = weighSource(weighing, source, rows, target)
  return after.reduce((left, stage) => {
    if (stage.op === 'group') return weighGroup(weighing, stage, left, target)
    if (stage.op !== 'compute') add(weighing, sorting(target, left))
    return left
  }, out)
}

function weighSource(weighing: Weighing, source: PipeSource, rows: number, target: string): number {
  if (source.op === 'union')
    return source.parts.reduce((sum, part) => sum + weighPipe(weighing, part.source, part.after, rows, target), 0)
  const kept = weighStages(weighing, source.records, rows, target)
  if (source.op === 'group') return weighGroup(weighing, source.group, kept, target)
  for (const value of source.values) weighCondition(weighing, value, kept, target)
  return kept
}

/** Each aggregate is a fraction of looking at the record; distinct values are kept and sorted. */
function weighGroup(weighing: Weighing, { by, aggregate, rollups }: BoundGroup, rows: number, target: string): number {
  const distinct = aggregate.filter(({ method }) => method === 'countdistinct').length
  const levels = rollups ? levelCount(rollups) : 1
  add(weighing, {
    target,
    rows: rows * (levels * (by.length > 0 ? 1 : 0) + aggregate.length / 10 + distinct),
    because: 'groups every record',
    hint: 'Filter before you group: filter(…)/groupby(…)',
  })
  for (const value of [...by, ...aggregate.flatMap(({ of, where }) => [of, where])])
    if (value) weighCondition(weighing, value, rows, target)
  return by.length === 0 ? 1 : rows
}
