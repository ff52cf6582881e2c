// How far the log of changes was read, as PostgreSQL's own snapshot: which transactions were visible. A cursor of this kind never
// misses a transaction that began earlier and ended later than others. A backlog is read a part at a time: what was seen then
// are the transactions up to one of them.

/** The snapshot `now` (`12:20:14,17`: all below 20 but 14 and 17) cut off behind a transaction: all up to it that is visible. */
export function seenUpTo(now: string, last: string): string {
  const [, , list = ''] = now.split(':')
  const end = BigInt(last)
  const running = list === '' ? [] : list.split(',').map(BigInt)
  const open = running.filter((id) => id <= end).sort((a, b) => (a < b ? -1 : 1))
  return `${open[0] ?? end + 1n}:${end + 1n}:${open.join(',')}`
}
