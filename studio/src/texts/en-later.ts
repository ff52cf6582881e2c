// English words of parts that are loaded when they are first needed (the delete dialog, the page of jobs), so that they are not
// in the first load. The other languages have all their texts in one file each.
export const enLater = {
  'delete.looking': 'Looking at what depends on it…',
  'delete.alone': 'Nothing else changes with it.',
  'delete.also': 'Goes too',
  'delete.unlinks': 'Loses its link',
  'delete.blocks': 'Stands in the way',
  'delete.blocked': 'It cannot be deleted while these refer to it. Delete or change them first.',
  'delete.others': 'Records that you cannot see are affected too.',
  'delete.least': 'There are more; these numbers are the least.',
  'delete.long': 'That is a lot, so it goes on in the background while you work.',
  'deleting.title': 'Deleting {name}',
  'deleting.checking': 'Looking at everything and checking it…',
  'deleting.begun': 'It has begun and goes on to its end.',
  'deleting.stop': 'Do not delete',
  'deleting.behind': 'Go on working',
  'deleting.goes-on': '{name} is being deleted in the background',
  'deleting.many': {
    one: '{count} record takes longer and is being deleted in the background',
    other: '{count} records take longer and are being deleted in the background',
  },
  'deleting.stopped': 'Nothing was deleted',
  'assigning.ask': 'Give everything below it away too?',
  'assigning.text':
    'Its new owner gets many records along with it. That goes on in the background; your other changes are saved now.',
  'assigning.yes': 'Assign in the background',
  'assigning.goes-on': 'Records are being assigned in the background',
  'job.delete': 'Deleting a record and what depends on it',
  'job.assign': 'Assigning a record and what depends on it',
  'job.recompute': 'Working out amounts anew',
  'job.audit_verify': 'Verify the audit',
  'job.audit_retention': 'Remove old audit rows',
  'job.rollup_check': 'Comparing rollups',
  'job.rollup_rebuild': 'Working out rollups anew',
  'job.bin': 'Emptying the recycle bin',
} as const satisfies Readonly<
  Record<string, string | (Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string })>
>
