// Which addresses of the Internet Protocol lead out into the public, and which to this machine, this network or nowhere.
// Everything that is not plainly public counts as inside: a range nobody thought of is refused.
// source: IANA special-purpose address registries (RFC 6890 and its updates)
import { BlockList, isIP } from 'node:net'

/** Ranges of IPv4 that are not public. */
const inside4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]

/** What is public of IPv6. Mapped, translated (NAT64), local and link-local addresses lie outside of it. */
const public6 = '2000::/3'
/** Ranges inside of it that are not public, or carry an address of IPv4 in themselves (Teredo, 6to4). */
const inside6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

/** The addresses of some nets, each written as `10.0.0.0/8`. */
export function netsOf(nets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const net of nets) {
    const [address = '', bits] = net.split('/')
    list.addSubnet(address, Number(bits), familyOf(address))
  }
  return list
}

const [blocked4, open6, blocked6] = [netsOf(inside4), netsOf([public6]), netsOf(inside6)]

/** Whether an address is one of the public Internet. */
export function isPublic(address: string): boolean {
  const plain = withoutZone(address)
  if (isIP(plain) === 4) return !blocked4.check(plain, 'ipv4')
  return isIP(plain) === 6 && open6.check(plain, 'ipv6') && !blocked6.check(plain, 'ipv6')
}

/** The address without the name of a network interface (`fe80::1%eth0`). */
export function withoutZone(address: string): string {
  return address.replace(/%.*$/, '')
}

/** The family of an address, as Node names it. */
export function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}
