// The names of the cookies. Apart from identity.ts, so that reading them does not load the sign-in library.
import { publicUrl, type Config } from '../config.ts'

/** Whether cookies travel over https only. */
export function isSecure(config: Config): boolean {
  return publicUrl(config).startsWith('https:')
}

/** Name of a cookie. Over https it is bound to the host. */
export function cookieName(config: Config, name = 'sid'): string {
  return isSecure(config) ? `__Host-${name}` : name
}
