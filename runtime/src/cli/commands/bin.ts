// `peyvand bin …`: what was taken away and can still be had again, and bringing it back.
import { isJsonObject, plainText, type JsonObject } from '@peyvand/core/base/json.ts'
import { textOption, type Command } from '../command.ts'
import { ask, openDoor } from '../door.ts'

export const binList: Command = {
  name: 'bin list',
  summary: 'List dropped entities, fields and keys that can be restored',
  arguments: [],
  options: {},
  remote: true,
  async run(call) {
    const door = await openDoor(call)
    try {
      const answer = await ask(door, 'GET', '/api/model/bin')
      const items = isJsonObject(answer) && Array.isArray(answer['value']) ? answer['value'].filter(isJsonObject) : []
      if (items.length === 0) call.output.line('The recycle bin is empty.')
      else call.output.table(items.map(rowOf))
      return { result: items }
    } finally {
      await door.close()
    }
  },
}

function rowOf(item: JsonObject): string[] {
  const place = item['kind'] === 'entity' ? '' : `${plainText(item['entity'])}.`
  const day = (member: string): string => plainText(item[member]).slice(0, 10)
  return [
    plainText(item['id']),
    plainText(item['kind']),
    place + plainText(item['name']),
    plainText(item['actor']),
    day('at'),
    `until ${day('expires')}`,
  ]
}

export const binRestore: Command = {
  name: 'bin restore',
  summary: 'Bring a dropped entity, field or key back with its values',
  arguments: [{ name: 'id', help: 'Its id, as `bin list` shows it.' }],
  options: { name: { value: 'name', help: 'Another name, when its own was taken meanwhile.' } },
  remote: true,
  async run(call) {
    const name = textOption(call, 'name')
    const door = await openDoor(call)
    try {
      const path = `/api/model/bin/${encodeURIComponent(call.arguments[0]!)}`
      const result = await ask(door, 'POST', `${path}/restore`, name === undefined ? {} : { name })
      call.output.line(`Restored in revision ${isJsonObject(result) ? plainText(result['revision']) : ''}.`)
      return { result }
    } finally {
      await door.close()
    }
  },
}
