// `peyvand solution list`: which solutions are installed, from the lowest layer up.
import { isJsonObject, plainText, type JsonObject } from '@peyvand/core/base/json.ts'
import type { Command } from '../command.ts'
import { ask, openDoor } from '../door.ts'

export const solutionList: Command = {
  name: 'solution list',
  summary: 'List the installed solutions',
  arguments: [],
  options: {},
  remote: true,
  async run(call) {
    const door = await openDoor(call)
    try {
      const answer = await ask(door, 'GET', '/api/solutions')
      const solutions =
        isJsonObject(answer) && Array.isArray(answer['value']) ? answer['value'].filter(isJsonObject) : []
      if (solutions.length === 0) call.output.line('No solution is installed.')
      else
        call.output.table(
          solutions.map((each: JsonObject) => [
            plainText(each['name']),
            plainText(each['version']),
            plainText(each['label']),
          ]),
        )
      return { result: { solutions } }
    } finally {
      await door.close()
    }
  },
}
