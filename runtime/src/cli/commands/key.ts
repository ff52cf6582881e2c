// `peyvand key …`: API keys for programs. A key is printed once, when it is made.
import { isJsonObject, plainText, type JsonObject } from '@peyvand/core/base/json.ts'
import { hasOption, textOption, textOptions, WrongUse, type Command } from '../command.ts'
import { ask, openDoor } from '../door.ts'

export const keyCreate: Command = {
  name: 'key create',
  summary: 'Make an API key and print it once',
  arguments: [],
  options: {
    user: { value: 'email', help: 'The person the key speaks for.' },
    name: { value: 'name', help: 'What the key is for.' },
    role: {
      value: 'role',
      many: true,
      help: 'Limit the key to a role; may be given several times. By default all roles of the person.',
    },
    expires: { value: 'days', help: 'Days until the key ends, such as 90 or 90d. By default it does not end.' },
    network: {
      value: 'range',
      many: true,
      help: 'An address or range it may be used from, such as 10.0.0.0/8; may be given several times. By default any.',
    },
    'read-only': { help: 'A key that changes nothing.' },
  },
  remote: true,
  async run(call) {
    const email = textOption(call, 'user')
    if (email === undefined) throw new WrongUse('--user <email> is missing: the person the key speaks for.')
    const body: JsonObject = { email }
    if (textOption(call, 'name') !== undefined) body['name'] = textOption(call, 'name')!
    if (textOptions(call, 'role').length > 0) body['roles'] = [...textOptions(call, 'role')]
    if (textOptions(call, 'network').length > 0) body['networks'] = [...textOptions(call, 'network')]
    if (hasOption(call, 'read-only')) body['readOnly'] = true
    const expires = textOption(call, 'expires')
    if (expires !== undefined) body['expiresInDays'] = daysOf(expires)
    const door = await openDoor(call)
    try {
      const made = await ask(door, 'POST', '/api/users/keys', body)
      if (isJsonObject(made)) call.output.line(plainText(made['key']))
      if (!call.output.json) call.output.note('Keep it: it is not shown again.')
      return { result: made }
    } finally {
      await door.close()
    }
  },
}

export const keyRevoke: Command = {
  name: 'key revoke',
  summary: 'End an API key at once',
  arguments: [{ name: 'id', help: 'The id that was given with the key.' }],
  options: {},
  remote: true,
  async run(call) {
    const door = await openDoor(call)
    try {
      await ask(door, 'DELETE', `/api/users/keys/${encodeURIComponent(call.arguments[0]!)}`)
      call.output.line('The key has ended.')
      return { result: { id: call.arguments[0]!, revoked: true } }
    } finally {
      await door.close()
    }
  },
}

function daysOf(text: string): number {
  const days = Number(/^(\d{1,4})d?$/.exec(text)?.[1])
  if (!(days > 0 && days <= 3650))
    throw new WrongUse(`"${text}" is no number of days.`, 'Write --expires 90 or --expires 90d, up to 3650.')
  return days
}
