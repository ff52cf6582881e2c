// `peyvand apply <folder>`: makes the definitions of a folder part of the model. What loses data is done only with --yes.
import { isJsonObject, plainText } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { hasOption, textOption, type Command } from '../command.ts'
import { ask, openDoor } from '../door.ts'
import { isBlocked, makePlan, readChanges, showPlan, stepsOf } from './plan.ts'

export const apply: Command = {
  name: 'apply',
  summary: 'Apply the definitions of a folder',
  details: [
    'Shows the plan and applies it. A plan with a lossy step is applied only with --yes.',
    'With --plan it is applied only if it is still the plan that was reviewed.',
  ],
  arguments: [{ name: 'folder', help: 'Folder with definitions as JSON files.' }],
  options: {
    yes: { help: 'Apply steps that lose data, too.' },
    plan: { value: 'hash', help: 'The plan that was reviewed; another one is refused.' },
  },
  remote: true,
  async run(call) {
    const changes = await readChanges(call.arguments[0]!)
    const door = await openDoor(call)
    try {
      const planned = await makePlan(door, changes)
      showPlan(planned, call.output)
      const reviewed = textOption(call, 'plan')
      if (reviewed !== undefined && reviewed !== planned['plan']) {
        throw new Problem('plan.changed', {
          detail: `The plan is now ${plainText(planned['plan'])}, not ${reviewed}.`,
          hint: 'Review it again with peyvand plan.',
        })
      }
      if (isBlocked(planned)) throw new Problem('plan.blocked', { hint: 'See the steps above.' })
      const lossy = stepsOf(planned).filter((step) => step['risk'] === 'lossy')
      if (lossy.length > 0 && !hasOption(call, 'yes')) {
        throw new Problem('plan.confirm', {
          detail: `${lossy.length} of the steps would lose data.`,
          hint: `Apply it with --yes --plan ${plainText(planned['plan'])}`,
        })
      }
      const applied = await ask(door, 'POST', '/api/model/apply', { changes, plan: planned['plan']! })
      const result = isJsonObject(applied) ? applied : {}
      call.output.line(
        `Applied: revision ${plainText(result['revision'])}${result['undo'] ? `, undo ${plainText(result['undo'])}` : ''}`,
      )
      return { result: { ...result, steps: stepsOf(planned) } }
    } finally {
      await door.close()
    }
  },
}
