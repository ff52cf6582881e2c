// The chain of managers from somebody up to one who stands above them.
import type { Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'

/** Managers in a chain that are told. */
const most = 50

/** Those between a person and one above them, the nearest first, with the one above as the last; nothing where there is no way. */
export async function managersBetween(
  { database, schema }: Pick<Context, 'database' | 'schema'>,
  below: Id,
  above: Id,
): Promise<readonly Id[]> {
  const users = `"${schema}"."user"`
  const { rows } = await database.query<{ id: Id }>({
    text: `with recursive up (id, n) as (
        select u.manager_id, 1 from ${users} u where u.id = $1::uuid and u.manager_id is not null
        union all select u.manager_id, p.n + 1 from up p join ${users} u on u.id = p.id
          where u.manager_id is not null and p.id <> $2::uuid and p.n < ${most})
      select p.id from up p order by p.n`,
    values: [below, above],
  })
  const chain = rows.map(({ id }) => id)
  const end = chain.indexOf(above)
  return end < 0 ? [] : chain.slice(0, end + 1)
}
