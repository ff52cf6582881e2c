// `peyvand user …`: people who can sign in. Passwords come from standard input and are never words of the command line.
import { isJsonObject, plainText, type JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { hasOption, textOption, textOptions, WrongUse, type Call, type Command } from '../command.ts'
import { ask, openDoor, type Door } from '../door.ts'

const email = { name: 'email', help: 'The e-mail address the person signs in with.' }
const passwordStdin = { help: 'Read the password from standard input.' }

export const userAdd: Command = {
  name: 'user add',
  summary: 'Add a person who can sign in',
  details: ['A person who exists already gets the roles and the password that are given here.'],
  arguments: [email],
  options: {
    name: { value: 'name', help: 'Name of the person; by default the part before the @.' },
    'password-stdin': passwordStdin,
    role: { value: 'role', many: true, help: 'A role; may be given several times.' },
    unit: { value: 'name', help: 'Business unit; by default the root.' },
  },
  remote: true,
  async run(call) {
    const body: JsonObject = { email: call.arguments[0]! }
    for (const name of ['name', 'unit']) if (textOption(call, name) !== undefined) body[name] = textOption(call, name)!
    if (textOptions(call, 'role').length > 0) body['roles'] = [...textOptions(call, 'role')]
    if (hasOption(call, 'password-stdin')) body['password'] = await readPassword()
    return withDoor(call, async (door) => {
      const done = objectOf(await ask(door, 'POST', '/api/users', body))
      call.output.line(
        `${done['created'] === true ? 'Added' : 'Updated'} ${call.arguments[0]!}${body['password'] === undefined && done['created'] === true ? ' (without a password: peyvand user reset makes one)' : ''}`,
      )
      return { result: done }
    })
  },
}

export const userRole: Command = {
  name: 'user role',
  summary: 'Show, add and remove the roles of a person',
  arguments: [email],
  options: {
    add: { value: 'role', many: true, help: 'A role to add; may be given several times.' },
    remove: { value: 'role', many: true, help: 'A role to take away; may be given several times.' },
  },
  remote: true,
  async run(call) {
    const [address] = call.arguments
    return withDoor(call, async (door) => {
      const user = await findUser(door, address!)
      if (textOptions(call, 'add').length > 0)
        await ask(door, 'POST', '/api/users', { email: address!, roles: [...textOptions(call, 'add')] })
      const had = await assignments(door, user)
      for (const role of textOptions(call, 'remove')) {
        const gone = had.filter((each) => each['role'] === role)
        if (gone.length === 0)
          throw new Problem('missing.record', { detail: `${address} does not have the role "${role}".` })
        for (const { id } of gone) await ask(door, 'DELETE', `/api/data/v1/role_assignments(${plainText(id)})`)
      }
      const roles = [...new Set((await assignments(door, user)).map(({ role }) => plainText(role)))].sort()
      call.output.line(roles.length === 0 ? `${address} has no role.` : `${address}: ${roles.join(', ')}`)
      return { result: { email: address!, roles } }
    })
  },
}

export const userReset: Command = {
  name: 'user reset',
  summary: 'Give a person a new password',
  details: ['Ends every session of the person. Without --password-stdin a password is made and printed once.'],
  arguments: [email],
  options: { 'password-stdin': passwordStdin },
  remote: true,
  async run(call) {
    const body: JsonObject = { email: call.arguments[0]! }
    if (hasOption(call, 'password-stdin')) body['password'] = await readPassword()
    return withDoor(call, async (door) => {
      const done = objectOf(await ask(door, 'POST', '/api/users/password', body))
      call.output.line(
        typeof done['password'] === 'string'
          ? `New password of ${call.arguments[0]!}: ${done['password']}`
          : `${call.arguments[0]!} has a new password.`,
      )
      return { result: done }
    })
  },
}

async function withDoor<T>(call: Call, work: (door: Door) => Promise<T>): Promise<T> {
  const door = await openDoor(call)
  try {
    return await work(door)
  } finally {
    await door.close()
  }
}

/** Id of the user with an address. throws: Problem when there is none. */
async function findUser(door: Door, address: string): Promise<string> {
  const filter = encodeURIComponent(`tolower(email) eq '${address.toLowerCase().replaceAll("'", "''")}'`)
  const found = listOf(await ask(door, 'GET', `/api/data/v1/users?$select=id&$filter=${filter}`))
  if (found.length === 0)
    throw new Problem('missing.record', { detail: `There is no user with the e-mail address "${address}".` })
  return plainText(found[0]!['id'])
}

async function assignments(door: Door, user: string): Promise<JsonObject[]> {
  return listOf(
    await ask(
      door,
      'GET',
      `/api/data/v1/role_assignments?$select=id,role&$filter=${encodeURIComponent(`user_id eq ${user}`)}&$top=1000`,
    ),
  )
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}

function listOf(value: unknown): JsonObject[] {
  const list = objectOf(value)['value']
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

/** The first line of standard input. */
async function readPassword(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.includes('\n') || text.length > 10_000) break
  }
  const password = text.split(/\r?\n/)[0]!
  if (password === '')
    throw new WrongUse(
      'There is no password on standard input.',
      'For example: printf \'%s\' "$PASSWORD" | peyvand user add … --password-stdin',
    )
  return password
}
