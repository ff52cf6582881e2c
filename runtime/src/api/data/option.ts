// Query options where there are none: they are refused by name, as everywhere, in place of being passed over.
import { Problem } from '@peyvand/core/base/problem.ts'
import { readOptionName, targetOf, unknownOption } from '@peyvand/core/query/option.ts'

/** Refuses the options of an address that knows none but some; aliases are values and stay. throws: Problem. */
export function refuseOptions(query: string, where: string, known: readonly string[] = []): void {
  for (const [written] of new URLSearchParams(query)) {
    const name = written.toLowerCase().replace(/^\$/, '')
    if (known.includes(name) || written.startsWith('@')) continue
    const option = readOptionName(written)
    if (option === undefined) throw unknownOption(written)
    throw new Problem('request.malformed', {
      detail: `"${targetOf(option)}" cannot be used with ${where}`,
      target: targetOf(option),
    })
  }
}
