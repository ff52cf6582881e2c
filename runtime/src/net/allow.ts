// What may be called although it lies inside: hosts and nets an administrator named (OUTGOING_ALLOW), or the one service a
// caller was configured with. Nothing that a user writes gets here.
import { isIP } from 'node:net'
import { familyOf, netsOf, withoutZone } from './nets.ts'

/** Hosts (`mail.internal`, `10.0.0.7`, each with or without `:port`) and nets (`10.1.0.0/16`). */
export type Allowed = readonly string[]

/** Whether a text can stand in the list. */
export function isAllowable(text: string): boolean {
  const net = /^([\d.]+|\[?[0-9a-f:]+\]?)\/(\d{1,3})$/i.exec(text)
  if (net !== null) {
    const family = isIP(bare(net[1]!))
    return family !== 0 && Number(net[2]) <= (family === 4 ? 32 : 128)
  }
  return /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?$/i.test(text)
}

/** Whether a host is named, at this port. */
export function allowsHost(allowed: Allowed, host: string, port: number): boolean {
  const wanted = bare(host)
  return allowed.some((each) => {
    const [, name = '', only] = /^(\[.*\]|[^:/]+)(?::(\d+))?$/.exec(each.toLowerCase()) ?? []
    return bare(name) === wanted && (only === undefined || Number(only) === port)
  })
}

/** Whether an address lies in one of the nets. */
export function allowsAddress(allowed: Allowed, address: string): boolean {
  const nets = allowed.filter((each) => each.includes('/')).map((each) => each.replaceAll(/[[\]]/g, ''))
  const plain = withoutZone(address)
  return nets.length > 0 && netsOf(nets).check(plain, familyOf(plain))
}

function bare(host: string): string {
  return host.replaceAll(/[[\]]/g, '').replace(/\.$/, '').toLowerCase()
}
