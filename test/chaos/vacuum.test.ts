// Does a model change come about while PostgreSQL vacuums the table by itself? It holds a lock all the while that every change of
// the table waits for, and here it goes on for minutes; who waits only as long as readers may queue would never get the table.
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { hasPostgres, startCluster } from '../support/postgres.ts'
import { call, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

if (!hasPostgres()) console.log('SKIPPED: automatic vacuum (no PostgreSQL)')

const crate = {
  kind: 'entity',
  name: 'crate',
  primaryField: 'name',
  fields: [
    { name: 'name', type: 'text' },
    { name: 'weight', type: 'integer' },
  ],
}
const put = (definition: object) => ({ changes: [{ op: 'put', definition }] })
const more = { ...crate, fields: [...crate.fields, { name: 'remark', type: 'text' }] }

describe.skipIf(!hasPostgres())('on PostgreSQL', () => {
  it('a change of a table ends its automatic vacuum, and so does taking it back', async () => {
    // A worker that has not started within this time is given up, on a busy machine too.
    const cluster = await startCluster({ autovacuum_naptime: '3s' })
    const server = await startServer({ engine: 'postgres', own: true, env: { DATABASE_URL: cluster.url } })
    const database = new pg.Client({ connectionString: cluster.url })
    await database.connect()
    /**
     * Waits until a vacuum of the table is under way that will not end by itself in good time. An analysis that ends after an update
     * lets it be forgotten, so there is more to clean up until the vacuum comes.
     */
    const vacuuming = async () => {
      await database.query('update t_default.crate set version = version')
      await until(async () => {
        await database.query('update t_default.crate set version = version where weight < 100')
        const { rowCount } = await database.query(
          `select from pg_locks l join pg_stat_activity a on a.pid = l.pid and a.backend_type = 'autovacuum worker'
            where l.relation = 't_default.crate'::regclass and l.mode = 'ShareUpdateExclusiveLock' and l.granted
              and a.query like '%VACUUM%'`,
        )
        return rowCount === 0 ? undefined : true
      })
    }
    try {
      expect((await call(server, 'POST', '/api/model/apply', put(crate))).status).toBe(200)
      const create = Array.from({ length: 1_000 }, (_, i) => ({ name: `Crate ${i}`, weight: i }))
      for (let i = 0; i < 5; i++)
        expect((await call(server, 'POST', '/api/data/v1/crates/$bulk', { create })).status).toBe(200)
      await database.query(`alter table t_default.crate set (autovacuum_vacuum_threshold = 10,
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)`)
      await vacuuming()
      const changed = await call(server, 'POST', '/api/model/apply', put(more))
      expect([changed.status, changed.text]).toEqual([200, expect.any(String)])
      await vacuuming()
      const back = await call(server, 'POST', `/api/model/undo/${(changed.json as { undo: string }).undo}`)
      expect([back.status, back.text]).toEqual([200, expect.any(String)])
      const { rows } = await database.query('select count(weight)::int as kept from t_default.crate')
      expect(rows).toEqual([{ kept: 5_000 }])
    } finally {
      await database.end()
      await server.stop()
      await cluster.stop()
    }
  })
})
