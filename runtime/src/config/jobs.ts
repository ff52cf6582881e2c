// What a process does in the background: jobs, and deliveries of webhooks.
import { flag, integer, setting } from './setting.ts'

/** Settings of jobs and webhooks. */
export const jobs = {
  jobs: setting(
    'JOBS',
    'Most jobs this process runs at the same time; 0 leaves them to other processes.',
    integer(2, 0, 64),
  ),
  jobRows: setting(
    'JOB_ROWS',
    'Rows of a table above which a model change leaves what touches every row (index, backfill, check, conversion) to a job.',
    integer(20_000, 0, 1_000_000_000),
  ),
  webhooks: setting(
    'WEBHOOKS',
    'Whether this process tells webhooks what happened; 0 leaves it to other processes.',
    flag(true),
  ),
  webhookTimeout: setting(
    'WEBHOOK_TIMEOUT',
    'Longest time a webhook’s target takes to begin its answer, in milliseconds.',
    integer(10_000, 50, 120_000),
  ),
  webhookPause: setting(
    'WEBHOOK_PAUSE',
    'Pause before the second try of a webhook’s delivery, in milliseconds; each further one is twice as long.',
    integer(5_000, 10, 3_600_000),
  ),
  webhookHours: setting(
    'WEBHOOK_HOURS',
    'Hours in which a webhook’s delivery is tried before it is dead.',
    integer(24, 1, 24),
  ),
  webhookDays: setting(
    'WEBHOOK_DAYS',
    'Days that deliveries of webhooks are kept which were made; dead ones are kept for 30.',
    integer(7, 1, 90),
  ),
}
