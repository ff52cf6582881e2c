// `peyvand privacy …`: what is kept about a person is found and erased; what was erased is listed, and erased again after a backup
// was restored.
import { readFile } from 'node:fs/promises'
import { isJsonObject, plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { listOf } from '../../privacy/tombstones.ts'
import type { Call, Command, Outcome } from '../command.ts'
import { ask, openDoor, type Door } from '../door.ts'
import { untilDone } from '../job.ts'

export const privacyFind: Command = {
  name: 'privacy find',
  summary: 'Find people by a name, an e-mail address or a phone number',
  arguments: [{ name: 'text', help: 'What they are called, or where they are reached.' }],
  options: {},
  remote: true,
  run: (call) =>
    atTheDoor(call, async (door) => {
      const people = listIn(await ask(door, 'POST', '/api/privacy/find', { text: call.arguments[0]! }), 'people')
      for (const { entity, id, name } of people)
        call.output.line(`${plainText(entity)}  ${plainText(id)}  ${plainText(name ?? '')}`)
      return { result: people }
    }),
}

export const privacyList: Command = {
  name: 'privacy list',
  summary: 'List erasures: what has to be erased again when a backup is restored',
  details: ['With --json the list can be kept beside the backups, and be given to peyvand privacy replay.'],
  arguments: [],
  options: {},
  remote: true,
  run: (call) =>
    atTheDoor(call, async (door) => {
      const erasures = listIn(await ask(door, 'GET', '/api/privacy/erasures'), 'value')
      for (const { id, asked_at, done_at, records } of erasures)
        call.output.line(
          `${plainText(id)}  ${plainText(asked_at)}  ${done_at === null ? 'goes on' : 'done'}  ${Array.isArray(records) ? records.length : 0} records`,
        )
      return { result: erasures }
    }),
}

export const privacyReplay: Command = {
  name: 'privacy replay',
  summary: 'Erase persons again that a restored backup brought back',
  details: [
    'Without a file it takes the list that the server keeps in DATA_DIR (erasures.<schema>.jsonl), beside the database.',
    'What is erased already is left alone, so that it can be run after every restore.',
  ],
  arguments: [
    {
      name: 'file',
      help: 'A list of erasures: that file, or the output of peyvand privacy list --json.',
      optional: true,
    },
  ],
  options: {},
  remote: true,
  run: (call) =>
    atTheDoor(call, async (door) => {
      const [file] = call.arguments
      const body: JsonObject = file === undefined ? {} : { erasures: await listFrom(file) }
      const answer = await ask(door, 'POST', '/api/privacy/replay', body)
      const { known = 0, replayed = 0, jobs = [] } = isJsonObject(answer) ? answer : {}
      for (const job of Array.isArray(jobs) ? jobs : []) await untilDone(door, plainText(job), call.output)
      call.output.line(`${plainText(replayed)} of ${plainText(known)} erasures were done again.`)
      return { result: answer }
    }),
}

/** A list of erasures out of a file: lines of JSON, or one JSON list. throws: Problem. */
async function listFrom(file: string): Promise<JsonValue[]> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Problem('missing.path', { detail: `The file ${file} cannot be read`, target: 'file' })
  })
  if (/^\s*\[/.test(text)) return JSON.parse(text) as JsonValue[]
  return listOf(text) as unknown as JsonValue[]
}

function listIn(answer: JsonValue, name: string): JsonObject[] {
  const list = isJsonObject(answer) ? answer[name] : undefined
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

async function atTheDoor(call: Call, work: (door: Door) => Promise<Outcome>): Promise<Outcome> {
  const door = await openDoor(call)
  try {
    return await work(door)
  } finally {
    await door.close()
  }
}
