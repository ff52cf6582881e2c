// Which cell of the file a problem is about: problems speak of fields and properties, people of columns.
import { plainText } from '@peyvand/core/base/json.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import type { Assignment, Assignments } from './assign.ts'
import { columnOf, type CellError, type ReadRow } from './cell.ts'

/** The cells that the problems of a body are about, one error each. */
export function locate(plan: Assignments, read: ReadRow, problem: Problem): CellError[] {
  const all = problem.problems.length > 0 ? problem.problems : [problem]
  return all.map((each) => errorAt(plan, read, each.pointer?.split('/')[1] ?? each.target ?? '', each))
}

/** An error at the cell that gives a property or a field its value. */
export function errorAt(plan: Assignments, read: ReadRow, name: string, problem: Problem): CellError {
  const assignment =
    plan.all.find((each) => each.property === name) ?? plan.all.find((each) => each.field.name === name)
  return {
    column: assignment ? columnOf(assignment) : name,
    value: assignment ? cellText(read, assignment) : '',
    problem,
  }
}

function cellText({ row }: ReadRow, { source }: Assignment): string {
  return source.column === undefined ? '' : plainText(row.cells[source.column])
}
