// `peyvand secret …`: secrets that the platform keeps for calling others, and the rotation of all keys. A value is read from
// standard input, so that it stands in no list of processes and in no history of a shell.
import { text } from 'node:stream/consumers'
import { isJsonObject, plainText } from '@peyvand/core/base/json.ts'
import { hasOption, WrongUse, type Call, type Command, type Outcome } from '../command.ts'
import { ask, openDoor, type Door } from '../door.ts'

const name = { name: 'name', help: 'Small letters, digits and _.' }

export const secretList: Command = {
  name: 'secret list',
  summary: 'List stored secrets by name; their values are never told',
  arguments: [],
  options: {},
  remote: true,
  run: (call) =>
    atTheDoor(call, async (door) => {
      const answer = await ask(door, 'GET', '/api/secrets')
      const value = isJsonObject(answer) && Array.isArray(answer['value']) ? answer['value'].filter(isJsonObject) : []
      for (const each of value) call.output.line(`${plainText(each['name'])}  ${plainText(each['changed_at'])}`)
      return { result: value }
    }),
}

export const secretSet: Command = {
  name: 'secret set',
  summary: 'Store a secret; its value is read from standard input',
  arguments: [name],
  options: {},
  remote: true,
  run: (call) =>
    atTheDoor(call, async (door) => {
      const value = (await text(process.stdin)).replace(/\r?\n$/, '')
      if (value === '') throw new WrongUse('There is no value on standard input.')
      await ask(door, 'PUT', pathOf(call), { value })
      call.output.line('The secret is stored.')
      return { result: { name: call.arguments[0]! } }
    }),
}

export const secretRemove: Command = {
  name: 'secret remove',
  summary: 'Remove a stored secret',
  arguments: [name],
  options: {},
  remote: true,
  run: (call) =>
    atTheDoor(call, async (door) => {
      await ask(door, 'DELETE', pathOf(call))
      call.output.line('The secret is removed.')
      return { result: { name: call.arguments[0]!, removed: true } }
    }),
}

export const secretRotate: Command = {
  name: 'secret rotate',
  summary: 'Put new keys in force and seal every stored secret with them, while people go on working',
  details: [
    'After SECRET was changed (and the one before given in SECRET_PREVIOUS) this makes the one before needless.',
    'What is sealed stays readable at every moment; a run that was stopped is simply repeated.',
  ],
  arguments: [],
  options: {
    'new-secret': {
      help: 'Make the key that is kept in DATA_DIR anew, too. People sign in anew at once; other processes of this installation follow when they restart.',
    },
  },
  remote: true,
  run: (call) =>
    atTheDoor(call, async (door) => {
      const done = await ask(door, 'POST', '/api/secrets/rotate', { newSecret: hasOption(call, 'new-secret') })
      const { keys, values, removed } = isJsonObject(done) ? done : {}
      call.output.line(
        `${plainText(values)} values sealed anew, ${plainText(keys)} keys wrapped anew, ${plainText(removed)} old keys removed.`,
      )
      return { result: done }
    }),
}

function pathOf(call: Call): string {
  return `/api/secrets/${encodeURIComponent(call.arguments[0]!)}`
}

async function atTheDoor(call: Call, work: (door: Door) => Promise<Outcome>): Promise<Outcome> {
  const door = await openDoor(call)
  try {
    return await work(door)
  } finally {
    await door.close()
  }
}
