// From the text of an address to where a connection may go: what it is written like, which port, and which addresses its name
// leads to. All of them must be public (or allowed), and they are what is connected to: nobody resolves the name again.
import { lookup as systemLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { allowsAddress, allowsHost, type Allowed } from './allow.ts'
import { OutgoingError } from './error.ts'
import { isPublic } from './nets.ts'

export interface Address {
  readonly address: string
  readonly family: number
}

/** All addresses of a name. throws: when it has none. */
export type Lookup = (host: string) => Promise<readonly Address[]>

/** Where to connect, and nowhere else. */
export interface Target {
  readonly url: URL
  readonly addresses: readonly Address[]
}

/** What the system's resolver says. */
export const resolve: Lookup = (host) => systemLookup(host, { all: true, verbatim: true })

const longest = 2_048
/** Names that are this machine or this network whatever a resolver says. */
const inside =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa|in-addr\.arpa|ip6\.arpa)$/
/** Ports from 1024 up where services listen that take what looks like HTTP for something else. */
const never = new Set([
  1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3659, 4045, 4190, 5060, 5061, 5432, 5433, 6000, 6379, 6432,
  6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9200, 9300, 10080, 10250, 11211, 27017,
])

/** Where an address leads. throws: OutgoingError when nobody may go there, or it leads nowhere. */
export async function targetOf(written: string | URL, allowed: Allowed, lookup: Lookup): Promise<Target> {
  const url = readAddress(written)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const named = allowsHost(allowed, host, port)
  if (!named && !isPort(port)) throw new OutgoingError('refused', `Port ${port} is not for calling others`)
  const family = isIP(host)
  if (family === 0 && !named && isInside(host)) throw new OutgoingError('refused', 'The name is one of this network')
  const addresses = family === 0 ? await addressesOf(host, lookup) : [{ address: host, family }]
  const wrong = addresses.find(({ address }) => !named && !allowsAddress(allowed, address) && !isPublic(address))
  if (wrong !== undefined) throw new OutgoingError('refused', 'The address is not one of the public Internet')
  return { url, addresses }
}

function readAddress(written: string | URL): URL {
  const text = String(written)
  const url = text.length <= longest && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw new OutgoingError('refused', 'This is no address')
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new OutgoingError('refused', 'Only http and https are called')
  if (url.username !== '' || url.password !== '')
    throw new OutgoingError('refused', 'An address may not carry a name or a password')
  return url
}

function isPort(port: number): boolean {
  return port === 80 || port === 443 || (port >= 1_024 && !never.has(port))
}

/** A name without a dot is a machine nearby. */
function isInside(host: string): boolean {
  const name = host.replace(/\.+$/, '').toLowerCase()
  return !name.includes('.') || inside.test(name)
}

async function addressesOf(host: string, lookup: Lookup): Promise<readonly Address[]> {
  let found: readonly Address[]
  try {
    found = await lookup(host)
  } catch {
    throw new OutgoingError('unreachable', 'The name leads nowhere')
  }
  if (found.length === 0) throw new OutgoingError('unreachable', 'The name leads nowhere')
  if (found.some(({ address }) => isIP(address.replace(/%.*$/, '')) === 0))
    throw new OutgoingError('refused', 'The name leads to what is no address')
  return found
}
