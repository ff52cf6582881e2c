// CPU time of a process and all its children, from /proc. On a machine without /proc the figures are left out.
import { readdirSync, readFileSync } from 'node:fs'

interface Stat {
  readonly parent: number
  readonly ticks: number
}

/** unit: seconds of CPU (user and system) that the process and its living and ended children have used; NaN without /proc. */
export function cpuSeconds(root: number): number {
  const stats = new Map<number, Stat>()
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return NaN
  }
  for (const name of names) {
    const stat = /^\d+$/.test(name) ? readStat(name) : undefined
    if (stat) stats.set(Number(name), stat)
  }
  const ids = [root]
  for (let i = 0; i < ids.length; i++) for (const [id, { parent }] of stats) if (parent === ids[i]) ids.push(id)
  return ids.reduce((sum, id) => sum + (stats.get(id)?.ticks ?? 0), 0) / 100
}

function readStat(id: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8')
    const parts = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    return { parent: parts[1]!, ticks: parts[11]! + parts[12]! + parts[13]! + parts[14]! }
  } catch {
    return undefined
  }
}
