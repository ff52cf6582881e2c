// Which tests run together: everything by folder, real processes and browsers alone so that they do not fight for cores.
import { defineConfig } from 'vitest/config'

const include = (...folders: string[]) => folders.map((folder) => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    // What waits, waits for a condition: these only end what hangs, however busy the machine is.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    globalSetup: 'test/support/template.ts',
    projects: [
      { extends: true, test: { name: 'core', include: include('core', 'laws', 'conformance') } },
      {
        extends: true,
        test: {
          name: 'server',
          include: include('db', 'api', 'chaos', 'security', 'oracle'),
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
      { extends: true, test: { name: 'e2e', include: include('e2e'), fileParallelism: false } },
    ],
  },
})
