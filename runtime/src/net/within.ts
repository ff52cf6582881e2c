// Networks a key may be used from: addresses and ranges (CIDR) of IPv4 and IPv6. An IPv4 address that is written as an IPv6 one
// (`::ffff:10.0.0.1`, as Node tells it on a socket of both kinds) is the IPv4 address.
import { BlockList, isIP } from 'node:net'

/** Whether a text is an address or a range. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || address.includes('%') || more.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}

/** Whether an address lies in one of the networks. What is no address lies in none. */
export function isWithin(address: string | undefined, networks: readonly string[]): boolean {
  const plain = plainAddress(address)
  if (plain === undefined) return false
  return listOf(networks).check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6')
}

const lists = new WeakMap<readonly string[], BlockList>()

function listOf(networks: readonly string[]): BlockList {
  let list = lists.get(networks)
  if (list !== undefined) return list
  list = new BlockList()
  for (const network of networks) {
    const [written, prefix] = network.split('/') as [string, string | undefined]
    const address = plainAddress(written)!
    const isFour = isIP(address) === 4
    // A range of mapped addresses counts its bits from the IPv6 side.
    const shift = isFour && isIP(written) === 6 ? 96 : 0
    const bits = prefix === undefined ? (isFour ? 32 : 128) : Math.max(0, Number(prefix) - shift)
    list.addSubnet(address, bits, isFour ? 'ipv4' : 'ipv6')
  }
  lists.set(networks, list)
  return list
}

/** The address without a zone, an IPv4 one as such. */
function plainAddress(text: string | undefined): string | undefined {
  const address = text?.split('%', 1)[0] ?? ''
  if (isIP(address) === 0) return undefined
  const mapped = /^(?:0{0,4}:){1,5}(?::|)ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const hex = /^(?:0{0,4}:){1,5}(?::|)ffff:([\da-f]{1,4}):([\da-f]{1,4})$/i.exec(address)
  if (hex === null) return address
  const [high, low] = [parseInt(hex[1]!, 16), parseInt(hex[2]!, 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
