// `peyvand audit verify`: is the audit what it was when it was sealed? Fails when it is not, and names what differs.
import { isJsonObject, plainText, type JsonObject } from '@peyvand/core/base/json.ts'
import { sentence, whatToDo, type Finding } from '../../audit/finding.ts'
import { textOption, WrongUse, type Call, type Command, type Outcome } from '../command.ts'
import { ask, openDoor } from '../door.ts'
import { untilDone } from '../job.ts'

/** Findings that are printed one by one. */
const most = 50

export const auditVerify: Command = {
  name: 'audit verify',
  summary: 'Look whether anything in the audit was changed, removed, put in or moved since it was sealed',
  details: [
    'Goes from seal to seal and holds every row against it. Rows that were not sealed yet (the last seconds) are counted and said.',
    'Keep the last line somewhere else now and then: with --head it shows that nothing was cut off since.',
  ],
  arguments: [],
  options: {
    from: { value: 'number', help: 'The first seal to look at; what is before is believed.' },
    head: {
      value: 'number:hash',
      many: true,
      help: 'A seal that is known from elsewhere: what an earlier run printed.',
    },
  },
  remote: true,
  run: verify,
}

async function verify(call: Call): Promise<Outcome> {
  const from = textOption(call, 'from')
  if (from !== undefined && !/^[1-9]\d{0,17}$/.test(from)) throw new WrongUse('--from is the number of a seal.')
  const heads = call.options['head']
  const anchors = (Array.isArray(heads) ? heads : []).map(anchorOf)
  const door = await openDoor(call)
  try {
    const asked = await ask(door, 'POST', '/api/audit/verify', { ...(from === undefined ? {} : { from }), anchors })
    const result = await untilDone(door, plainText(isJsonObject(asked) ? asked['job'] : null), call.output)
    return isJsonObject(result) ? tell(call, result) : { result: null, failed: true }
  } finally {
    await door.close()
  }
}

function anchorOf(text: string): JsonObject {
  const [, number, hash] = /^(\d{1,18}):([0-9a-f]{64})$/.exec(text) ?? []
  if (number === undefined) throw new WrongUse('--head is a number and a hash: 17:9f86d0…')
  return { number, hash: hash! }
}

function tell({ output }: Call, result: JsonObject): Outcome {
  const count = (name: string): string => Number(result[name] ?? 0).toLocaleString('en')
  const wrong = Number(result['wrong'] ?? 0)
  const findings = Array.isArray(result['findings']) ? result['findings'].filter(isJsonObject) : []
  for (const each of findings.slice(0, most)) output.line(sentence(each as unknown as Finding))
  if (wrong > most) output.line(`… and ${(wrong - most).toLocaleString('en')} more`)
  output.line(
    `${count('rows')} rows under ${count('seals')} seals were looked at; ${count('redacted')} were erased and ${count('removed')} removed, as declared.`,
  )
  const { unsealed, head, guarded } = result
  if (isJsonObject(unsealed) && Number(unsealed['rows']) > 0)
    output.line(
      `${Number(unsealed['rows']).toLocaleString('en')} rows are not sealed yet, the oldest of ${plainText(unsealed['oldest'])}.`,
    )
  if (guarded === false)
    output.note(
      'The database does not refuse changes of the audit: its triggers are gone. Restart the server with a migration, or see docs/audit.md.',
    )
  if (isJsonObject(head))
    output.line(`head ${plainText(head['number'])}:${plainText(head['hash'])} (${plainText(head['sealedAt'])})`)
  if (wrong === 0) output.line('Nothing is wrong.')
  else output.note(`${wrong.toLocaleString('en')} things are wrong. ${whatToDo}`)
  return { result, ...(wrong === 0 ? {} : { failed: true }) }
}
