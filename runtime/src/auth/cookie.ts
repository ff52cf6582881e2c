// The session cookie's name. Apart from identity.ts, so that reading it does not load the sign-in library.
import { publicUrl, type Config } from '../config.ts'

/** Whether cookies travel over https only. */
export function isSecure(config: Config): boolean {
  return publicUrl(config).startsWith('https:')
}

/** Name of the session cookie. Over https it is bound to the host. */
export function cookieName(config: Config): string {
  return isSecure(config) ? '__Host-sid' : 'sid'
}
