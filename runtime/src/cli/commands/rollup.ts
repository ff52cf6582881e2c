// `peyvand rollup …`: are the stored rollups what they should be, and working out anew those that are not.
import { isJsonObject, plainText, type JsonObject } from '@peyvand/core/base/json.ts'
import { textOption, type Call, type Command } from '../command.ts'
import { ask, openDoor, type Door } from '../door.ts'
import { untilDone } from '../job.ts'

const options = {
  entity: { value: 'name', help: 'Only the rollups of this entity; all by default.' },
  field: { value: 'name', help: 'Only this rollup of the entity.' },
} as const

export const rollupCheck: Command = {
  name: 'rollup check',
  summary: 'Compare stored rollups with what they should be; fails when some differ',
  arguments: [],
  options,
  remote: true,
  run: (call) =>
    atTheDoor(call, async (door, meant) => {
      const { rollups, result } = await done(door, call, 'rollup_check', meant)
      const wrong = Number(result['wrong'] ?? 0)
      const told = wrong === 0 ? {} : await ask(door, 'POST', '/api/actions/rollup_differences', meant)
      const differences = isJsonObject(told) && Array.isArray(told['differences']) ? told['differences'] : []
      for (const each of differences.filter(isJsonObject))
        call.output.line(
          `${plainText(each['entity'])}.${plainText(each['field'])} ${plainText(each['id'])}: ${plainText(each['stored'])} should be ${plainText(each['right'])}`,
        )
      if (wrong === 0) call.output.line(`${rollups} rollups are right.`)
      else call.output.note(`${wrong} are wrong. peyvand rollup rebuild mends them.`)
      return { result: { rollups, ...result, differences }, ...(wrong === 0 ? {} : { failed: true }) }
    }),
}

export const rollupRebuild: Command = {
  name: 'rollup rebuild',
  summary: 'Work rollups out anew wherever they are wrong, while people go on working',
  arguments: [],
  options,
  remote: true,
  run: (call) =>
    atTheDoor(call, async (door, meant) => {
      const { rollups, result } = await done(door, call, 'rollup_rebuild', meant)
      call.output.line(
        `${rollups} rollups of ${plainText(result['records'])} records compared; ${plainText(result['wrong'])} were wrong and are mended.`,
      )
      return { result: { rollups, ...result } }
    }),
}

async function atTheDoor<T>(call: Call, work: (door: Door, meant: JsonObject) => Promise<T>): Promise<T> {
  const [entity, field] = [textOption(call, 'entity'), textOption(call, 'field')]
  const door = await openDoor(call)
  try {
    return await work(door, { ...(entity === undefined ? {} : { entity }), ...(field === undefined ? {} : { field }) })
  } finally {
    await door.close()
  }
}

/** Has a job do it and waits for its end. */
async function done(
  door: Door,
  call: Call,
  name: string,
  meant: JsonObject,
): Promise<{ rollups: string; result: JsonObject }> {
  const asked = await ask(door, 'POST', `/api/actions/${name}`, meant)
  const { job, rollups = 0 } = isJsonObject(asked) ? asked : {}
  const result = await untilDone(door, plainText(job), call.output)
  return { rollups: plainText(rollups), result: isJsonObject(result) ? result : {} }
}
