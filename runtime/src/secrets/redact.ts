// What must never stand in a log line, whatever message carried it there: the secrets among the settings, and the passwords
// inside addresses of databases and mail servers. Nothing logs them on purpose; an error of a library may.
import type { Config } from '../config.ts'

/** Shorter ones would blot out words that are no secrets. */
const shortest = 6

/** Takes the installation's secrets out of a text. */
export function redactor(config: Config, secret?: string): (text: string) => string {
  const addresses = [config.databaseUrl, config.databaseDirectUrl, config.mailUrl].map(passwordIn)
  const values = [
    config.secret,
    config.secretPrevious,
    config.adminPassword,
    config.s3SecretKey,
    config.metricsToken,
    secret,
    ...addresses,
  ]
  const hidden = [...new Set(values.flatMap(spellings))].sort((a, b) => b.length - a.length)
  if (hidden.length === 0) return (text) => text
  const pattern = new RegExp(hidden.map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
  return (text) => text.replaceAll(pattern, '•••••')
}

/** As it is, as it stands in an address, and as it stands in JSON. */
function spellings(value: string | undefined): string[] {
  if (value === undefined || value.length < shortest) return []
  return [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]
}

function passwordIn(address: string | undefined): string | undefined {
  const password = address === undefined ? '' : new URL(address).password
  return password === '' ? undefined : decoded(password)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
