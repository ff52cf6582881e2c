// `peyvand rollup …`: are the stored rollups what they should be, and working them out anew.
import { isJsonObject, plainText, type JsonValue } from '@peyvand/core/base/json.ts'
import { textOption, type Call, type Command } from '../command.ts'
import { ask, openDoor } from '../door.ts'

const entityOption = { entity: { value: 'name', help: 'Only the rollups of this entity; all by default.' } } as const

export const rollupCheck: Command = {
  name: 'rollup check',
  summary: 'Compare stored rollups with what they should be; fails when some differ',
  arguments: [],
  options: entityOption,
  remote: true,
  async run(call) {
    const answer = await order(call, 'rollup_check')
    const differences = isJsonObject(answer) && Array.isArray(answer['differences']) ? answer['differences'] : []
    for (const each of differences.filter(isJsonObject))
      call.output.line(
        `${plainText(each['entity'])}.${plainText(each['field'])} ${plainText(each['id'])}: ${plainText(each['stored'])} should be ${plainText(each['right'])}`,
      )
    if (differences.length === 0) call.output.line(`${count(answer, 'rollups')} rollups are right.`)
    else call.output.note('peyvand rollup rebuild works them out anew.')
    return { result: answer, ...(differences.length === 0 ? {} : { failed: true }) }
  },
}

export const rollupRebuild: Command = {
  name: 'rollup rebuild',
  summary: 'Work rollups out anew for every record, while people go on working',
  arguments: [],
  options: entityOption,
  remote: true,
  async run(call) {
    const answer = await order(call, 'rollup_rebuild')
    call.output.line(
      `${count(answer, 'rollups')} rollups worked out; ${count(answer, 'changed')} records were different.`,
    )
    return { result: answer }
  },
}

async function order(call: Call, name: string): Promise<JsonValue> {
  const entity = textOption(call, 'entity')
  const door = await openDoor(call)
  try {
    return await ask(door, 'POST', `/api/actions/${name}`, entity === undefined ? {} : { entity })
  } finally {
    await door.close()
  }
}

function count(answer: JsonValue, name: string): string {
  return isJsonObject(answer) ? plainText(answer[name]) : '0'
}
