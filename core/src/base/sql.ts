// Quoting for SQL text that cannot take parameters (names everywhere, constants in DDL). The only place that quotes.

/** A name as an SQL identifier. throws: TypeError for names PostgreSQL would cut or refuse. */
export function quoteName(name: string): string {
  if (name === '' || name.includes('\u0000') || byteLength(name) > 63)
    throw new TypeError(`not a name: ${JSON.stringify(name)}`)
  return `"${name.replaceAll('"', '""')}"`
}

/** A text constant. throws: TypeError for text with a NUL, which PostgreSQL cannot hold. */
export function quoteText(text: string): string {
  if (text.includes('\u0000')) throw new TypeError('text with a NUL')
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

/** unit: bytes in UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}
