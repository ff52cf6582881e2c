// How long what was is kept: the audit, what was dropped, changes for delta links.
import { integer, setting } from './setting.ts'

/** Settings of what is kept. */
export const history = {
  auditDays: setting(
    'AUDIT_DAYS',
    'Days the audit is kept, where an entity does not say otherwise; 0 keeps it for ever. Its seals always stay.',
    integer(0, 0, 36_500),
  ),
  binDays: setting('BIN_DAYS', 'Days a dropped column or table stays in the recycle bin.', integer(30, 0, 3_650)),
  deltaDays: setting('DELTA_DAYS', 'Days a delta link of the data service is good for.', integer(7, 1, 365)),
}
