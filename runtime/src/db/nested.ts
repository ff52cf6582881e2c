// A transaction as a Database: work written for a database of its own takes part in a transaction that is open already. Its
// transactions become savepoints, one inside another; time limits are those of the outer one.
import type { Database, Session } from './database.ts'

/** The database seen from inside one of its transactions. Everything done with it ends with that transaction. */
export function nestedIn(database: Database, session: Session): Database {
  let depth = 0
  return {
    engine: database.engine,
    nested: true,
    query: (statement) => session.query(statement),
    transaction: async (work) => {
      const point = `nested_${++depth}`
      await session.query({ text: `savepoint ${point}` })
      try {
        const result = await work(session)
        await session.query({ text: `release savepoint ${point}` })
        return result
      } catch (error) {
        await session.query({ text: `rollback to savepoint ${point}` })
        throw error
      } finally {
        depth--
      }
    },
    listen: (channel, heard) => database.listen(channel, heard),
    notify: async (channel, payload) =>
      void (await session.query({ text: 'select pg_notify($1, $2)', values: [channel, payload] })),
    close: () => Promise.resolve(),
  }
}
