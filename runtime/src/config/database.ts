// Which database, over how many connections, and how long it is waited for.
import { flag, integer, setting, text, url } from './setting.ts'

const postgres = url('postgres:', 'postgresql:')

/** Settings of the database. */
export const database = {
  databaseUrl: setting(
    'DATABASE_URL',
    'PostgreSQL 15 or newer; absent: the embedded database in `DATA_DIR`.',
    postgres,
  ),
  databaseDirectUrl: setting(
    'DATABASE_DIRECT_URL',
    'Unpooled connection for LISTEN and migrations; needed behind a connection pooler.',
    postgres,
    '`DATABASE_URL`',
  ),
  dataDir: setting('DATA_DIR', 'Folder of the embedded database, the files and the secret.', text('.data')),
  prepared: setting(
    'PREPARED',
    'Named prepared statements. Turn off behind pgbouncer below 1.21; the statement limit and `jit` (best off) are then the role’s own.',
    flag(true),
  ),
  poolSize: setting('POOL_SIZE', 'Most connections for transactions.', integer(10, 1, 500)),
  pipelines: setting(
    'PIPELINES',
    'Connections that carry single statements back to back, and twice as many for lists; 0 sends them through the pool.',
    integer(4, 0, 64),
  ),
  statementTimeout: setting(
    'STATEMENT_TIMEOUT',
    'Longest time of one statement, in milliseconds.',
    integer(15_000, 50, 3_600_000),
  ),
  lockTimeout: setting(
    'LOCK_TIMEOUT',
    'How long a model change waits for a table lock before it tries again, in milliseconds; readers never wait longer for it.',
    integer(150, 10, 60_000),
  ),
  nodeTimeout: setting(
    'NODE_TIMEOUT',
    'How long a model change waits for the other processes to follow, in milliseconds.',
    integer(2_000, 0, 60_000),
  ),
}
