// What follows a try that failed: how long to wait, when to give up, and when a target is left alone. Pure.

export interface Trying {
  /** Tries so far, this one too. */
  readonly attempts: number
  /** Since the delivery was made. unit: milliseconds */
  readonly age: number
  /** What the target asked for by `Retry-After`. unit: milliseconds */
  readonly after?: number
}

export interface Patience {
  /** The first pause. unit: milliseconds */
  readonly pause: number
  /** How long a delivery is tried. unit: milliseconds */
  readonly longest: number
}

/** A pause never grows beyond this. unit: milliseconds */
const longestPause = 6 * 3_600_000
/** So many failures in a row, and a target is left alone for a while. */
export const mostFailures = 5

/** How long until the next try, or `dead`. `random`: 0 to 1. unit: milliseconds */
export function nextTry({ attempts, age, after = 0 }: Trying, patience: Patience, random: number): number | 'dead' {
  const grown = Math.min(longestPause, patience.pause * 2 ** Math.min(attempts - 1, 30))
  const pause = Math.max(grown * (0.75 + random / 2), after)
  return age + pause > patience.longest ? 'dead' : Math.round(pause)
}

/** How long a target is left alone after so many failures in a row; 0: not at all. unit: milliseconds */
export function closedFor(failures: number, { pause, longest }: Patience, after = 0): number {
  const grown = failures < mostFailures ? 0 : Math.min(900_000, pause * 2 ** Math.min(failures - mostFailures, 30))
  return Math.min(longest, Math.max(grown, after))
}

/** What `Retry-After` says: seconds or a date. unit: milliseconds; undefined when it says nothing. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
