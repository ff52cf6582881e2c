// What an origin looks like: scheme, host and port, as browsers send it.

/** Whether a text is an origin as browsers send it, or all of them. */
export function isOrigin(text: string): boolean {
  if (text === '*') return true
  return (
    /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '') &&
    new URL(text).origin === text &&
    !text.includes('*')
  )
}
