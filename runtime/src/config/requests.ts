// How large requests are, how much they change at once, and how many of them one caller may send. What is answered beyond a
// limit stands in limits.ts.
import { integer, setting } from './setting.ts'

/** Settings of requests. */
export const requests = {
  bodyLimit: setting('BODY_LIMIT', 'Largest request body, in bytes.', integer(1_048_576, 1_024, 1_073_741_824)),
  modelLimit: setting(
    'MODEL_LIMIT',
    'Largest plan or apply of a model, in bytes: one plan may bring a thousand entities.',
    integer(16_777_216, 1_024, 1_073_741_824),
  ),
  importLimit: setting(
    'IMPORT_LIMIT',
    'Largest uploaded import file, in bytes.',
    integer(52_428_800, 1_024, 2_147_483_648),
  ),
  bulkBytes: setting('BULK_BYTES', 'Largest body of a `$bulk`, in bytes.', integer(16_777_216, 1_024, 1_073_741_824)),
  bulkLimit: setting('BULK_LIMIT', 'Most records in one `$bulk`.', integer(5_000, 1, 50_000)),
  batchLimit: setting('BATCH_LIMIT', 'Most requests in one `$batch`.', integer(1_000, 1, 10_000)),
  cascadeLimit: setting(
    'CASCADE_LIMIT',
    'Most records that one delete, assignment or merge may change beside the one it is about in one transaction; deletes and assignments that reach more are done by a job when asked with `Prefer: respond-async`.',
    integer(1_000, 1, 100_000),
  ),
  cascadeJobLimit: setting(
    'CASCADE_JOB_LIMIT',
    'Most records that a job deletes or assigns along with one record.',
    integer(200_000, 1, 5_000_000),
  ),
  userRequests: setting(
    'USER_REQUESTS',
    'Most requests of one user that run at the same time, per process; more of them wait for their turn. 0 turns it off.',
    integer(8, 0, 10_000),
  ),
  userQueue: setting(
    'USER_QUEUE',
    'Most requests of one user that wait for their turn; more are refused.',
    integer(120, 0, 100_000),
  ),
  userWait: setting(
    'USER_WAIT',
    'Longest time a request waits for its turn, in milliseconds.',
    integer(5_000, 0, 600_000),
  ),
  rateLimit: setting(
    'RATE_LIMIT',
    'Most requests of one user in five minutes, per process; 0 turns it off.',
    integer(120_000, 0, 1_000_000_000),
  ),
  anonymousLimit: setting(
    'ANONYMOUS_LIMIT',
    'Most requests without credentials from one address in five minutes, per process; 0 turns it off. They are answered at all only where the model has a role "anonymous".',
    integer(3_000, 0, 1_000_000_000),
  ),
  exportLimit: setting(
    'EXPORT_LIMIT',
    'Most exports of one user that run at the same time, per process; 0 turns it off.',
    integer(2, 0, 1_000),
  ),
}
