// Looking back at imports on the command line: the list of them, and taking one back while its progress is shown.
import { setTimeout as wait } from 'node:timers/promises'
import { isJsonObject, plainText, type JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Call, Outcome } from '../command.ts'
import { ask, openDoor, problemFrom, type Door } from '../door.ts'

const counted = ['created', 'updated', 'unchanged', 'failed'] as const

/** Prints the newest imports. */
export async function listImports(call: Call): Promise<Outcome> {
  const door = await openDoor(call)
  try {
    const answer = (await ask(door, 'GET', '/api/import')) as { value: JsonObject[] }
    for (const each of answer.value) {
      const counts = counted.map((name) => `${Number(each[name]).toLocaleString('en')} ${name}`).join(', ')
      const by = isJsonObject(each['by']) ? plainText(each['by']['name']) : ''
      call.output.line(
        [each['id'], each['at'], each['state'], by, each['entity'], each['file'] ?? '–', counts]
          .map(plainText)
          .join('  '),
      )
    }
    if (answer.value.length === 0) call.output.line('There were no imports yet')
    return { result: answer.value }
  } finally {
    await door.close()
  }
}

/** Takes an import back, and tells what stayed. */
export async function undoImport(call: Call, id: string): Promise<Outcome> {
  const door = await openDoor(call)
  try {
    await ask(door, 'POST', `/api/import/${encodeURIComponent(id)}/undo`)
    const done = await worked(door, () => followed(door, id, call))
    const undone = isJsonObject(done['undone']) ? done['undone'] : {}
    const count = (name: string) => Number(undone[name]).toLocaleString('en')
    call.output.line(`${count('deleted')} deleted, ${count('restored')} brought back, ${count('leftCount')} left`)
    const left = (Array.isArray(undone['left']) ? undone['left'] : []).filter(isJsonObject)
    for (const each of left.slice(0, 20)) call.output.note(sentence(each))
    if (left.length > 20) call.output.note(`… and ${(Number(undone['leftCount']) - 20).toLocaleString('en')} more`)
    return { result: done, failed: Number(undone['leftCount']) > 0 }
  } finally {
    await door.close()
  }
}

/** Does something while this process works, where no server does. */
async function worked<T>(door: Door, work: () => Promise<T>): Promise<T> {
  const rest = await door.work?.()
  try {
    return await work()
  } finally {
    await rest?.()
  }
}

async function followed(door: Door, id: string, call: Call): Promise<JsonObject> {
  for (;;) {
    const now = (await ask(door, 'GET', `/api/import/${id}`)) as JsonObject
    const { state, undone, problem } = now
    if (state === 'undone') return now
    if (state !== 'undoing')
      throw isJsonObject(problem) ? problemFrom(problem) : new Problem('step.failed', { detail: 'It was stopped' })
    if (isJsonObject(undone))
      call.output.progress(`${plainText(undone['deleted'])} deleted, ${plainText(undone['restored'])} brought back`)
    await wait(200)
  }
}

const reasons: Readonly<Record<string, string>> = {
  changed: 'was changed since',
  in_use: 'is in use by other records',
  gone: 'is not there any more',
  refused: 'was refused',
}

function sentence({ entity, id, reason, fields, detail }: JsonObject): string {
  const which = Array.isArray(fields) ? ` (${fields.map(plainText).join(', ')})` : ''
  return `${plainText(entity)} ${plainText(id)} ${reasons[plainText(reason)]}${which}${detail ? `: ${plainText(detail)}` : ''}`
}
