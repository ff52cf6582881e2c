// `peyvand plan <folder>`: what applying the definitions of a folder would do, step by step, without doing it.
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import type { Command } from '../command.ts'
import { readDefinitions } from '../definitions.ts'
import { ask, openDoor, type Door } from '../door.ts'
import type { Output } from '../output.ts'

export const plan: Command = {
  name: 'plan',
  summary: 'Show what applying the definitions of a folder would do',
  details: [
    'Every JSON file in the folder holds one definition or a list of them. Nothing is changed.',
    'The plan hash that is printed lets `apply --yes --plan <hash>` do exactly this and nothing else.',
  ],
  arguments: [{ name: 'folder', help: 'Folder with definitions as JSON files.' }],
  options: {},
  remote: true,
  async run(call) {
    const changes = await readChanges(call.arguments[0]!)
    const door = await openDoor(call)
    try {
      const planned = await makePlan(door, changes)
      showPlan(planned, call.output)
      return { result: planned, failed: isBlocked(planned) }
    } finally {
      await door.close()
    }
  },
}

/** The definitions of a folder as the changes of a plan. */
export async function readChanges(folder: string): Promise<JsonObject[]> {
  return (await readDefinitions(folder)).map(({ definition }) => ({ op: 'put', definition }))
}

/** Asks for the plan of some changes. throws: Problem when a definition is not valid. */
export async function makePlan(door: Door, changes: readonly JsonObject[]): Promise<JsonObject> {
  const planned = await ask(door, 'POST', '/api/model/plan', { changes: [...changes] })
  return isJsonObject(planned) ? planned : {}
}

/** The steps of a plan. */
export function stepsOf(planned: JsonObject): JsonObject[] {
  return listOf(planned['steps'])
}

/** Whether a step or a problem stands in the way. */
export function isBlocked(planned: JsonObject): boolean {
  return stepsOf(planned).some((step) => step['risk'] === 'blocked') || listOf(planned['problems']).length > 0
}

/** Shows a plan: a line per step, what else is affected, and the hash. */
export function showPlan(planned: JsonObject, output: Output): void {
  const steps = stepsOf(planned)
  if (steps.length === 0) output.line('No table changes.')
  else
    output.table(
      steps.map((step) => [
        text(step['risk']),
        text(step['kind']).replaceAll('_', ' '),
        [step['entity'], step['field']].filter(Boolean).map(text).join('.'),
        why(step),
      ]),
    )
  for (const each of listOf(planned['affects']))
    output.line(`affects ${text(each['kind'])} ${text(each['name'])}: ${text(each['because'])}`)
  for (const each of listOf(planned['problems']))
    output.line(
      `problem: ${text(each['detail'] ?? each['title'])}${each['pointer'] ? ` (${text(each['pointer'])})` : ''}${each['hint'] ? ` — ${text(each['hint'])}` : ''}`,
    )
  output.line(`plan ${text(planned['plan'])} on revision ${text(planned['revision'])}`)
}

function why(step: JsonObject): string {
  const rows = Number(step['rows'] ?? 0)
  const parts = [
    step['because'],
    step['rewrite'] === true ? 'rewrites the table' : undefined,
    rows > 0 ? `${rows} rows` : undefined,
  ]
  return parts
    .filter(Boolean)
    .map((part) => text(part as JsonValue))
    .join(', ')
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

function text(value: JsonValue | undefined): string {
  return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
}
