// The table of all commands, in the order of the help. A command that is not here does not exist.
import type { Command } from './command.ts'
import { apply } from './commands/apply.ts'
import { auditVerify } from './commands/audit.ts'
import { binList, binRestore } from './commands/bin.ts'
import { doctor } from './commands/doctor.ts'
import { exportCommand } from './commands/export.ts'
import { importCommand } from './commands/import.ts'
import { keyCreate, keyRevoke } from './commands/key.ts'
import { plan } from './commands/plan.ts'
import { privacyFind, privacyList, privacyReplay } from './commands/privacy.ts'
import { rollupCheck, rollupRebuild } from './commands/rollup.ts'
import { secretList, secretRemove, secretRotate, secretSet } from './commands/secret.ts'
import { serve } from './commands/serve.ts'
import { solutionList } from './commands/solution.ts'
import { userAdd, userReset, userRole } from './commands/user.ts'

export const commands: readonly Command[] = [
  serve,
  plan,
  apply,
  importCommand,
  exportCommand,
  userAdd,
  userRole,
  userReset,
  keyCreate,
  keyRevoke,
  secretList,
  secretSet,
  secretRemove,
  secretRotate,
  privacyFind,
  privacyList,
  privacyReplay,
  solutionList,
  rollupCheck,
  rollupRebuild,
  auditVerify,
  binList,
  binRestore,
  doctor,
]
