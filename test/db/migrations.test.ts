// Are the migrations of our own tables numbered one after the other? Two with one number would run one of them only.
import { expect, it } from 'vitest'
import { platformMigrations, tenantMigrations } from '@peyvand/runtime/db/migrations.ts'

it.each([
  ['platform', platformMigrations],
  ['tenant', tenantMigrations],
])('of the %s schema', (_, migrations) => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_each, i) => i + 1))
})
