// What a process tells of itself, and whom.
import { oneOf, secretText, setting } from './setting.ts'

/** Settings of the log and the metrics. */
export const observe = {
  logLevel: setting(
    'LOG_LEVEL',
    'Least severity that is logged: `error`, `warn`, `info`, `debug`.',
    oneOf('info', ['error', 'warn', 'info', 'debug']),
  ),
  logFormat: setting(
    'LOG_FORMAT',
    'How log lines look.',
    oneOf(process.stdout.isTTY ? 'pretty' : 'json', ['json', 'pretty']),
    '`pretty` on a terminal, else `json`',
  ),
  metrics: setting(
    'METRICS',
    'Who may read `/metrics`: `local` (processes of this machine, as long as `PUBLIC_URL` names nothing but this machine; and administrators), `open` (everybody) or `closed` (administrators).',
    oneOf('local', ['local', 'open', 'closed']),
  ),
  metricsToken: setting(
    'METRICS_TOKEN',
    'A bearer token of at least 32 characters with which a collector may read `/metrics`, and nothing else.',
    secretText,
  ),
}
