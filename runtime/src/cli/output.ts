// What a command shows: lines and tables for people on stdout, progress and problems on stderr, or one JSON value.
// Colour and moving progress only on a terminal; a log file gets plain lines.
import type { Writable } from 'node:stream'
import type { JsonValue } from '@peyvand/core/base/json.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'

export interface Output {
  readonly json: boolean
  /** A line for people; nothing with --json. */
  line(text?: string): void
  /** Rows in even columns; nothing with --json. */
  table(rows: readonly (readonly string[])[]): void
  /** How far the work is, replaced by the next call; on a terminal only. */
  progress(text: string): void
  /** A remark that is no result (stderr). */
  note(text: string): void
  /** The result with --json. */
  result(value: JsonValue): void
  problem(problem: Problem): void
}

type Stream = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** The output of a command that writes to these streams. */
export function openOutput(json: boolean, stdout: Stream = process.stdout, stderr: Stream = process.stderr): Output {
  let moving = false
  const clear = () => {
    if (moving) stderr.write('\r\x1b[K')
    moving = false
  }
  const say = (stream: Stream, text: string) => {
    clear()
    stream.write(`${text}\n`)
  }
  return {
    json,
    line: (text = '') => json || say(stdout, text),
    table: (rows) => json || align(rows).forEach((row) => say(stdout, row)),
    progress(text) {
      if (!stderr.isTTY || json) return
      stderr.write(`\r\x1b[K${text.slice(0, (stderr.columns ?? 80) - 1)}`)
      moving = true
    },
    note: (text) => say(stderr, text),
    result: (value) => json && say(stdout, JSON.stringify(value, null, 2)),
    problem: (problem) => say(stderr, problemText(problem).join('\n')),
  }
}

/** Rows as lines whose columns stand below each other. */
export function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, place) => Math.max(most[place] ?? 0, cell.length)),
    [],
  )
  return rows.map((row) =>
    row
      .map((cell, place) => (place === row.length - 1 ? cell : cell.padEnd(widths[place]! + 2)))
      .join('')
      .trimEnd(),
  )
}

/** A problem as people read it: what, where, what to do, and each single problem below. */
export function problemText(problem: Problem, indent = ''): string[] {
  const where = problem.pointer ?? problem.target
  const lines = [`${indent}${problem.message}${where ? ` (${where})` : ''}`]
  if (problem.hint) lines.push(`${indent}  ${problem.hint}`)
  return [...lines, ...problem.problems.flatMap((each) => problemText(each, `${indent}  `))]
}
