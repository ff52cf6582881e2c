// Every setting of the product in one table: name, environment variable, default, how it is read, what it means.
// Decides how settings are read and refused; `docs/settings.md` is generated from it (runtime/gen.ts). Reads no file.
import { calendars, type Reckoning } from '@peyvand/core/base/calendar.ts'
import { queryLimits } from '@peyvand/core/base/limits.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { isAllowable } from './net/allow.ts'
import { isOrigin } from './net/origin.ts'

export interface Setting<T> {
  readonly env: string
  /** What stands in the documentation as the default. */
  readonly default: string
  readonly doc: string
  /** The value from the text; undefined text means that nothing was set. Gives a sentence when the text is wrong. */
  readonly read: (text: string | undefined) => T | Refusal
}

class Refusal {
  readonly sentence: string
  constructor(sentence: string) {
    this.sentence = sentence
  }
}

function setting<T>(env: string, shown: string, doc: string, read: Setting<T>['read']): Setting<T> {
  return { env, default: shown, doc, read }
}

function text(fallback: string): Setting<string>['read'] {
  return (written) => written ?? fallback
}

const optional: Setting<string | undefined>['read'] = (written) => written

function integer(fallback: number, least: number, most: number): Setting<number>['read'] {
  return (written) => {
    if (written === undefined) return fallback
    const number = /^\d{1,15}$/.test(written) ? Number(written) : NaN
    if (number >= least && number <= most) return number
    return new Refusal(`must be a whole number from ${least} to ${most}`)
  }
}

function oneOf<const T extends string>(fallback: T, values: readonly T[]): Setting<T>['read'] {
  return (written) => {
    const found = values.find((value) => value === (written ?? fallback))
    return found ?? new Refusal(`must be one of ${values.join(', ')}`)
  }
}

const switches: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  on: true,
  '0': false,
  false: false,
  off: false,
}

function flag<T extends boolean | undefined>(fallback: T): Setting<boolean | T>['read'] {
  return (written) => {
    if (written === undefined) return fallback
    return switches[written.toLowerCase()] ?? new Refusal('must be 1 or 0')
  }
}

function url(...protocols: readonly string[]): Setting<string | undefined>['read'] {
  return (written) => {
    if (written === undefined) return undefined
    const parsed = URL.canParse(written) ? new URL(written) : undefined
    if (parsed !== undefined && protocols.includes(parsed.protocol)) return written.replace(/\/+$/, '')
    return new Refusal(
      `must be an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    )
  }
}

/** `persian-01`: the month of a calendar in which the fiscal year begins. */
const fiscalYear: Setting<Reckoning['fiscal']>['read'] = (written = 'gregory-01') => {
  const match = /^(\w+)-(0?[1-9]|1[0-2])$/.exec(written)
  const calendar = calendars.find((each) => each === match?.[1])
  if (calendar !== undefined) return { calendar, month: Number(match![2]) }
  return new Refusal('must be a calendar and a month, such as gregory-04 or persian-01')
}

const names: Setting<readonly string[] | undefined>['read'] = (written) => {
  if (written === undefined) return undefined
  const list = written
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'none')
  const wrong = list.find((name) => !/^[a-z][a-z0-9_-]{0,47}$/.test(name))
  return wrong === undefined ? list : new Refusal(`names "${wrong}", which cannot be a solution's name`)
}

function list(fits: (text: string) => boolean, what: string): Setting<readonly string[]>['read'] {
  return (written = '') => {
    const found = written.split(',').flatMap((each) => each.trim() || [])
    const wrong = found.find((each) => !fits(each))
    return wrong === undefined ? found : new Refusal(`names "${wrong}", which is no ${what}`)
  }
}

const database = url('postgres:', 'postgresql:')

/** The table of all settings. The key is the name in `Config`. */
export const settings = {
  port: setting('PORT', '3000', 'Port it listens on; 0 takes any free one.', integer(3000, 0, 65_535)),
  host: setting('HOST', '127.0.0.1', 'Address it listens on.', text('127.0.0.1')),
  publicUrl: setting(
    'PUBLIC_URL',
    'from host and port',
    'The only base for links in mails and redirects. With https, cookies are Secure.',
    url('http:', 'https:'),
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    '–',
    'PostgreSQL 15 or newer; absent: the embedded database in `DATA_DIR`.',
    database,
  ),
  databaseDirectUrl: setting(
    'DATABASE_DIRECT_URL',
    '`DATABASE_URL`',
    'Unpooled connection for LISTEN and migrations; needed behind a connection pooler.',
    database,
  ),
  dataDir: setting('DATA_DIR', '.data', 'Folder of the embedded database, the files and the secret.', text('.data')),
  adminEmail: setting(
    'ADMIN_EMAIL',
    '–',
    'Creates or keeps the first administrator; absent: a one-time link is printed on first start.',
    optional,
  ),
  adminPassword: setting(
    'ADMIN_PASSWORD',
    '–',
    'Password of the first administrator, at least 8 characters.',
    optional,
  ),
  solutions: setting(
    'SOLUTIONS',
    '`crm` on first start',
    'Comma list of solutions to install; `none` for an empty platform. `base` is always there.',
    names,
  ),
  demo: setting(
    'DEMO',
    '`1` on an empty embedded database, else `0`',
    "Load the solutions' demo data.",
    flag(undefined),
  ),
  demoSize: setting(
    'DEMO_SIZE',
    'small',
    'How much demo data: `small` or `large`.',
    oneOf('small', ['small', 'large']),
  ),
  fiscalYear: setting(
    'FISCAL_YEAR',
    'gregory-01',
    'Where the fiscal year begins: calendar (`gregory`, `persian`, `buddhist`) and month.',
    fiscalYear,
  ),
  secret: setting(
    'SECRET',
    'made and kept in `DATA_DIR`',
    'Signing and encryption key, at least 32 characters. Give it when several processes share a database.',
    secretText,
  ),
  secretFile: setting(
    'SECRET_FILE',
    '–',
    'File that holds the key, for secrets that are mounted; used when `SECRET` is absent.',
    optional,
  ),
  secretPrevious: setting(
    'SECRET_PREVIOUS',
    '–',
    'The key before, while `peyvand secret rotate` has not run yet.',
    secretText,
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    'Least severity that is logged: `error`, `warn`, `info`, `debug`.',
    oneOf('info', ['error', 'warn', 'info', 'debug']),
  ),
  logFormat: setting(
    'LOG_FORMAT',
    '`pretty` on a terminal, else `json`',
    'How log lines look.',
    oneOf(process.stdout.isTTY ? 'pretty' : 'json', ['json', 'pretty']),
  ),
  prepared: setting(
    'PREPARED',
    '1',
    'Named prepared statements. Turn off behind pgbouncer below 1.21; the statement limit and `jit` (best off) are then the role’s own.',
    flag(true),
  ),
  poolSize: setting('POOL_SIZE', '10', 'Most connections for transactions.', integer(10, 1, 500)),
  pipelines: setting(
    'PIPELINES',
    '4',
    'Connections that carry single statements back to back, and twice as many for lists; 0 sends them through the pool.',
    integer(4, 0, 64),
  ),
  statementTimeout: setting(
    'STATEMENT_TIMEOUT',
    '15000',
    'Longest time of one statement, in milliseconds.',
    integer(15_000, 50, 3_600_000),
  ),
  lockTimeout: setting(
    'LOCK_TIMEOUT',
    '150',
    'How long a model change waits for a table lock before it tries again, in milliseconds; readers never wait longer for it.',
    integer(150, 10, 60_000),
  ),
  nodeTimeout: setting(
    'NODE_TIMEOUT',
    '2000',
    'How long a model change waits for the other processes to follow, in milliseconds.',
    integer(2_000, 0, 60_000),
  ),
  stopTimeout: setting(
    'STOP_TIMEOUT',
    '10000',
    'How long a stopping server lets requests finish, in milliseconds.',
    integer(10_000, 0, 600_000),
  ),
  requestTimeout: setting(
    'REQUEST_TIMEOUT',
    '60000',
    'Longest time a client may take to send a request, in milliseconds.',
    integer(60_000, 1_000, 3_600_000),
  ),
  bodyLimit: setting(
    'BODY_LIMIT',
    '1048576',
    'Largest request body, in bytes.',
    integer(1_048_576, 1_024, 1_073_741_824),
  ),
  cascadeLimit: setting(
    'CASCADE_LIMIT',
    '1000',
    'Most records that one delete, assignment or merge may change beside the one it is about in one transaction; deletes and assignments that reach more are done by a job when asked with `Prefer: respond-async`.',
    integer(1_000, 1, 100_000),
  ),
  cascadeJobLimit: setting(
    'CASCADE_JOB_LIMIT',
    '200000',
    'Most records that a job deletes or assigns along with one record.',
    integer(200_000, 1, 5_000_000),
  ),
  modelLimit: setting(
    'MODEL_LIMIT',
    '16777216',
    'Largest plan or apply of a model, in bytes: one plan may bring a thousand entities.',
    integer(16_777_216, 1_024, 1_073_741_824),
  ),
  importLimit: setting(
    'IMPORT_LIMIT',
    '52428800',
    'Largest uploaded import file, in bytes.',
    integer(52_428_800, 1_024, 2_147_483_648),
  ),
  fileLimit: setting(
    'FILE_LIMIT',
    '104857600',
    'Largest uploaded file, in bytes. A field can ask for less. `REQUEST_TIMEOUT` must leave time to send it.',
    integer(104_857_600, 1_024, 5_368_709_120),
  ),
  fileDays: setting(
    'FILE_DAYS',
    '30',
    'Days a file is kept that no record holds any more (replaced, or its record deleted), so that it can come back.',
    integer(30, 0, 3_650),
  ),
  picturePixels: setting(
    'PICTURE_PIXELS',
    '50000000',
    'Most pixels (all frames together) of a picture that is read; larger ones are refused.',
    integer(50_000_000, 10_000, 1_000_000_000),
  ),
  s3Endpoint: setting(
    'S3_ENDPOINT',
    '–',
    'Address of an S3-compatible service that keeps the files; absent: the folder `files` in `DATA_DIR`.',
    url('http:', 'https:'),
  ),
  s3Bucket: setting('S3_BUCKET', 'peyvand', 'Bucket the files are in; it must be there.', text('peyvand')),
  s3Region: setting('S3_REGION', 'us-east-1', 'Region of the bucket.', text('us-east-1')),
  s3AccessKey: setting('S3_ACCESS_KEY', '–', 'Access key of the S3 service.', optional),
  s3SecretKey: setting('S3_SECRET_KEY', '–', 'Secret key of the S3 service.', optional),
  bulkBytes: setting(
    'BULK_BYTES',
    '16777216',
    'Largest body of a `$bulk`, in bytes.',
    integer(16_777_216, 1_024, 1_073_741_824),
  ),
  bulkLimit: setting('BULK_LIMIT', '5000', 'Most records in one `$bulk`.', integer(5_000, 1, 50_000)),
  batchLimit: setting('BATCH_LIMIT', '1000', 'Most requests in one `$batch`.', integer(1_000, 1, 10_000)),
  queryLength: setting(
    'QUERY_LENGTH',
    '8192',
    'Longest address and longest query option, in characters.',
    integer(queryLimits.length, 256, 65_536),
  ),
  filterNodes: setting(
    'FILTER_NODES',
    '200',
    'Most parts (operators, functions, names, values) in one expression of a query.',
    integer(queryLimits.nodes, 10, 2_000),
  ),
  filterDepth: setting(
    'FILTER_DEPTH',
    '10',
    'Most levels of brackets and functions in one query option.',
    integer(queryLimits.depth, 2, 40),
  ),
  expandDepth: setting(
    'EXPAND_DEPTH',
    '5',
    'Most levels of `$expand` and of `$levels`.',
    integer(queryLimits.expandDepth, 1, 10),
  ),
  expandLimit: setting(
    'EXPAND_LIMIT',
    '25',
    'Most relationships in one `$expand`.',
    integer(queryLimits.expands, 1, 100),
  ),
  aliasLimit: setting(
    'ALIAS_LIMIT',
    '50',
    'Most parameter aliases in one query.',
    integer(queryLimits.aliases, 0, 1_000),
  ),
  queryCost: setting(
    'QUERY_COST',
    '100000000',
    'Most records the database may have to look at for one query, estimated before it runs; 0 turns it off.',
    integer(queryLimits.cost, 0, 1_000_000_000_000),
  ),
  userRequests: setting(
    'USER_REQUESTS',
    '8',
    'Most requests of one user that run at the same time, per process; more of them wait for their turn. 0 turns it off.',
    integer(8, 0, 10_000),
  ),
  userQueue: setting(
    'USER_QUEUE',
    '120',
    'Most requests of one user that wait for their turn; more are refused.',
    integer(120, 0, 100_000),
  ),
  userWait: setting(
    'USER_WAIT',
    '5000',
    'Longest time a request waits for its turn, in milliseconds.',
    integer(5_000, 0, 600_000),
  ),
  rateLimit: setting(
    'RATE_LIMIT',
    '120000',
    'Most requests of one user in five minutes, per process; 0 turns it off.',
    integer(120_000, 0, 1_000_000_000),
  ),
  corsOrigins: setting(
    'CORS_ORIGINS',
    '–',
    'Comma list of origins (`https://app.example.com`) whose pages may call the API with a key; `*` for all. Never with cookies.',
    list(isOrigin, 'origin'),
  ),
  outgoingAllow: setting(
    'OUTGOING_ALLOW',
    '–',
    'Comma list of hosts (`mail.internal`, `10.0.0.7:8080`) and nets (`10.1.0.0/16`) that the server may call although they are not public.',
    list(isAllowable, 'host and no net'),
  ),
  anonymousLimit: setting(
    'ANONYMOUS_LIMIT',
    '3000',
    'Most requests without credentials from one address in five minutes, per process; 0 turns it off. They are answered at all only where the model has a role "anonymous".',
    integer(3_000, 0, 1_000_000_000),
  ),
  signInLimit: setting(
    'SIGN_IN_LIMIT',
    '5',
    'Most failed sign-ins of one account in a minute (four times as many per address), in all processes together; whoever goes on waits twice as long each time. 0 turns it off.',
    integer(5, 0, 1_000_000),
  ),
  resetLimit: setting(
    'RESET_LIMIT',
    '3',
    'Most links for a new password that one account is sent in an hour; 0 turns the limit off.',
    integer(3, 0, 1_000_000),
  ),
  metrics: setting(
    'METRICS',
    'local',
    'Who may read `/metrics`: `local` (processes of this machine, as long as `PUBLIC_URL` names nothing but this machine; and administrators), `open` (everybody) or `closed` (administrators).',
    oneOf('local', ['local', 'open', 'closed']),
  ),
  metricsToken: setting(
    'METRICS_TOKEN',
    '–',
    'A bearer token of at least 32 characters with which a collector may read `/metrics`, and nothing else.',
    secretText,
  ),
  secondFactor: setting(
    'SECOND_FACTOR',
    'optional',
    'Who must sign in with a second factor: `optional` (those whose role says so) or `everyone`.',
    oneOf('optional', ['optional', 'everyone']),
  ),
  passwordBreachList: setting(
    'PASSWORD_BREACH_LIST',
    '–',
    'Passwords nobody may choose: a file of SHA-1 hashes in ascending order (`HASH:count`) or of plain passwords, or the https address of a k-anonymity service (`…/range`), which is told the first five characters of a hash.',
    optional,
  ),
  oidcProviders: setting(
    'OIDC_PROVIDERS',
    '–',
    'OpenID Connect providers people sign in with: JSON, or the path of a file with it (docs/identity.md).',
    optional,
  ),
  mailUrl: setting(
    'MAIL_URL',
    'printed to the log',
    'How mails leave: `smtp://` or `smtps://user:password@host:port`; absent: they are printed to the log.',
    url('smtp:', 'smtps:'),
  ),
  mailFrom: setting('MAIL_FROM', 'no-reply at the host of `PUBLIC_URL`', 'Sender of the mails.', optional),
  exportLimit: setting(
    'EXPORT_LIMIT',
    '2',
    'Most exports of one user that run at the same time, per process; 0 turns it off.',
    integer(2, 0, 1_000),
  ),
  trustProxy: setting(
    'TRUST_PROXY',
    '0',
    'Take the caller’s address from `X-Forwarded-For`. Only behind a proxy that sets it.',
    flag(false),
  ),
  sessionDays: setting('SESSION_DAYS', '7', 'Days until a session that is not used ends.', integer(7, 1, 365)),
  sessionMaxDays: setting(
    'SESSION_MAX_DAYS',
    '30',
    'Days after which a session ends however much it is used.',
    integer(30, 1, 365),
  ),
  jobs: setting(
    'JOBS',
    '2',
    'Most jobs this process runs at the same time; 0 leaves them to other processes.',
    integer(2, 0, 64),
  ),
  jobRows: setting(
    'JOB_ROWS',
    '20000',
    'Rows of a table above which a model change leaves what touches every row (index, backfill, check, conversion) to a job.',
    integer(20_000, 0, 1_000_000_000),
  ),
  binDays: setting('BIN_DAYS', '30', 'Days a dropped column or table stays in the recycle bin.', integer(30, 0, 3_650)),
  auditDays: setting(
    'AUDIT_DAYS',
    '0',
    'Days the audit is kept, where an entity does not say otherwise; 0 keeps it for ever. Its seals always stay.',
    integer(0, 0, 36_500),
  ),
  webhooks: setting(
    'WEBHOOKS',
    '1',
    'Whether this process tells webhooks what happened; 0 leaves it to other processes.',
    flag(true),
  ),
  webhookTimeout: setting(
    'WEBHOOK_TIMEOUT',
    '10000',
    'Longest time a webhook’s target takes to begin its answer, in milliseconds.',
    integer(10_000, 50, 120_000),
  ),
  webhookPause: setting(
    'WEBHOOK_PAUSE',
    '5000',
    'Pause before the second try of a webhook’s delivery, in milliseconds; each further one is twice as long.',
    integer(5_000, 10, 3_600_000),
  ),
  webhookHours: setting(
    'WEBHOOK_HOURS',
    '24',
    'Hours in which a webhook’s delivery is tried before it is dead.',
    integer(24, 1, 24),
  ),
  webhookDays: setting(
    'WEBHOOK_DAYS',
    '7',
    'Days that deliveries of webhooks are kept which were made; dead ones are kept for 30.',
    integer(7, 1, 90),
  ),
  deltaDays: setting('DELTA_DAYS', '7', 'Days a delta link of the data service is good for.', integer(7, 1, 365)),
} as const satisfies Record<string, Setting<unknown>>

function secretText(written: string | undefined): string | undefined | Refusal {
  if (written === undefined || written.length >= 32) return written
  return new Refusal('must have at least 32 characters')
}

/** The settings of one process, read and checked. */
export type Config = {
  readonly [K in keyof typeof settings]: Exclude<ReturnType<(typeof settings)[K]['read']>, Refusal>
}

/** Reads the settings from the environment. An empty variable counts as absent. throws: Problem that names every bad setting. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const problems: Problem[] = []
  const entries = Object.entries(settings).map(([name, { env: variable, read }]) => {
    const value: unknown = read(env[variable]?.trim() || undefined)
    if (value instanceof Refusal)
      problems.push(new Problem('check.invalid', { target: variable, detail: `${variable} ${value.sentence}` }))
    return [name, value]
  })
  if ((env['ADMIN_EMAIL'] || undefined) !== undefined && (env['ADMIN_PASSWORD'] ?? '').length < 8) {
    problems.push(
      new Problem('check.invalid', {
        target: 'ADMIN_PASSWORD',
        detail: 'ADMIN_PASSWORD must have at least 8 characters',
      }),
    )
  }
  if (problems.length > 0)
    throw gather('check.invalid', problems, problems.map((problem) => problem.message).join('; '))
  return Object.freeze(Object.fromEntries(entries)) as Config
}

/** The base of every link: PUBLIC_URL, or the address it listens on. */
export function publicUrl(config: Config, port = config.port): string {
  if (config.publicUrl !== undefined) return config.publicUrl
  const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The settings table as Markdown, for `docs/settings.md`. */
export function settingsPage(): string {
  const rows = Object.values(settings).map(({ env, default: shown, doc }) => `| \`${env}\` | ${shown} | ${doc} |`)
  const head = [
    '# Settings',
    '',
    'Generated from `runtime/src/config.ts` by `pnpm gen`. An empty variable counts as absent.',
    '',
  ]
  return [...head, '| name | default | meaning |', '|---|---|---|', ...rows, ''].join('\n')
}
