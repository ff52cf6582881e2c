// Where the server is reached, whom it reaches, and how long it waits for a client.
import { isAllowable } from '../net/allow.ts'
import { isOrigin } from '../net/origin.ts'
import { flag, integer, list, setting, text, url } from './setting.ts'

/** Settings of the address and the network. */
export const network = {
  port: setting('PORT', 'Port it listens on; 0 takes any free one.', integer(3000, 0, 65_535)),
  host: setting('HOST', 'Address it listens on.', text('127.0.0.1')),
  publicUrl: setting(
    'PUBLIC_URL',
    'The only base for links in mails and redirects. With https, cookies are Secure.',
    url('http:', 'https:'),
    'from host and port',
  ),
  trustProxy: setting(
    'TRUST_PROXY',
    'Take the caller’s address from `X-Forwarded-For`. Only behind a proxy that sets it.',
    flag(false),
  ),
  corsOrigins: setting(
    'CORS_ORIGINS',
    'Comma list of origins (`https://app.example.com`) whose pages may call the API with a key; `*` for all. Never with cookies.',
    list(isOrigin, 'origin'),
  ),
  outgoingAllow: setting(
    'OUTGOING_ALLOW',
    'Comma list of hosts (`mail.internal`, `10.0.0.7:8080`) and nets (`10.1.0.0/16`) that the server may call although they are not public.',
    list(isAllowable, 'host and no net'),
  ),
  requestTimeout: setting(
    'REQUEST_TIMEOUT',
    'Longest time a client may take to send a request, in milliseconds.',
    integer(60_000, 1_000, 3_600_000),
  ),
  stopTimeout: setting(
    'STOP_TIMEOUT',
    'How long a stopping server lets requests finish, in milliseconds.',
    integer(10_000, 0, 600_000),
  ),
}
