// Every limit on what one caller may ask for, in one table: what is limited, how much, by which setting, and what is answered
// beyond it. `docs/limits.md` is generated from it, and a test asks for one more than each. Where a limit is kept stands with
// the part that keeps it.
import { jsonDepth, queryLimits, type QueryLimits } from '@peyvand/core/base/limits.ts'
import { problemCodes, type ProblemCode } from '@peyvand/core/base/problem.ts'
import { settings, type Config } from './config.ts'
import { maxPageSize } from './records/read.ts'

/** One limit. */
export interface Limit {
  /** What is limited, with its unit. */
  readonly what: string
  /** The setting that says how much; a number where it is fixed. */
  readonly most: keyof Config | number
  /** What is answered beyond it; `cut`: less is answered, with a link to the rest. */
  readonly answer: ProblemCode | 'cut'
  readonly note?: string
}

/** The table of limits. The key is the name a test knows it by. */
export const limits = {
  body: { what: 'Body of a request, in bytes', most: 'bodyLimit', answer: 'limit.size' },
  modelBody: { what: 'Body of a plan or apply of a model, in bytes', most: 'modelLimit', answer: 'limit.size' },
  importFile: { what: 'File of an import, in bytes', most: 'importLimit', answer: 'limit.size' },
  file: { what: 'Uploaded file, in bytes', most: 'fileLimit', answer: 'limit.size' },
  bulkBody: { what: 'Body of a `$bulk`, in bytes', most: 'bulkBytes', answer: 'limit.size' },
  bulkRows: { what: 'Records in one `$bulk`', most: 'bulkLimit', answer: 'limit.size' },
  batch: { what: 'Requests in one `$batch`', most: 'batchLimit', answer: 'limit.size' },
  jsonDepth: { what: 'Levels of objects and lists in a JSON body', most: jsonDepth, answer: 'limit.depth' },
  length: { what: 'Address, or one query option, in characters', most: 'queryLength', answer: 'limit.size' },
  nodes: { what: 'Parts of one expression', most: 'filterNodes', answer: 'limit.depth' },
  depth: { what: 'Levels of brackets and functions in one option', most: 'filterDepth', answer: 'limit.depth' },
  cascade: {
    what: 'Records that one delete, assignment or merge changes beside the one it is about',
    most: 'cascadeLimit',
    answer: 'limit.size',
    note: 'With `Prefer: respond-async` a job does it, up to `CASCADE_JOB_LIMIT`.',
  },
  expandDepth: { what: 'Levels of `$expand` and `$levels`', most: 'expandDepth', answer: 'limit.depth' },
  expands: { what: 'Relationships in one `$expand`', most: 'expandLimit', answer: 'limit.size' },
  expandsInAll: {
    what: 'Relationships followed by all `$expand` of a query together',
    most: queryLimits.expandsInAll,
    answer: 'limit.size',
  },
  aliases: { what: 'Parameter aliases in one query', most: 'aliasLimit', answer: 'limit.size' },
  page: {
    what: 'Records in one page',
    most: maxPageSize,
    answer: 'cut',
    note: '50 unless `odata.maxpagesize` is sent.',
  },
  cost: {
    what: 'Records the database may have to look at for one query, estimated',
    most: 'queryCost',
    answer: 'limit.cost',
    note: 'The answer names the dearest part and what to do about it.',
  },
  time: { what: 'Time of one statement, in milliseconds', most: 'statementTimeout', answer: 'limit.time' },
  atOnce: {
    what: 'Requests of one user at the same time',
    most: 'userRequests',
    answer: 'limit.rate',
    note: 'More wait: up to `USER_QUEUE` of them, for up to `USER_WAIT` milliseconds. Only then are they refused.',
  },
  rate: { what: 'Requests of one user in five minutes', most: 'rateLimit', answer: 'limit.rate' },
  exports: { what: 'Exports of one user at the same time', most: 'exportLimit', answer: 'limit.rate' },
  signIns: { what: 'Failed sign-ins of one account in a minute', most: 'signInLimit', answer: 'limit.rate' },
} as const satisfies Record<string, Limit>

/** What the settings say about queries. */
export function queryLimitsOf(config: Config): QueryLimits {
  return {
    length: config.queryLength,
    nodes: config.filterNodes,
    depth: config.filterDepth,
    expandDepth: config.expandDepth,
    expands: config.expandLimit,
    expandsInAll: queryLimits.expandsInAll,
    aliases: config.aliasLimit,
    cost: config.queryCost,
  }
}

/** The table as it stands in this process, for administrators. */
export function limitsNow(config: Config): { name: string; what: string; most: number; setting?: string }[] {
  return Object.entries<Limit>(limits).map(([name, { what, most }]) =>
    typeof most === 'number'
      ? { name, what, most }
      : { name, what, most: Number(config[most]), setting: settings[most].env },
  )
}

const introduction = `# Limits

Generated from \`runtime/src/limits.ts\` by \`pnpm gen\`. All limits are on from the start. What goes beyond one is refused with a
problem that says which limit it was, where, and what to do; \`429\` comes with \`Retry-After\`.

Every answer to a signed-in caller says how much is left: \`RateLimit-Limit\`, \`RateLimit-Remaining\` and \`RateLimit-Reset\`
(seconds). Administrators see the numbers in force with \`peyvand doctor\` and at \`/api/me/limits\`.
`

const costPage = `
## The cost of a query

Before a query runs, \`core/src/query/cost.ts\` estimates how many records the database has to look at: every record where no
index answers a condition (a lookup, a key, a field marked as indexed), more where texts are read (\`contains\`), where related
records are asked about (\`any\`, \`all\`, \`$count\`) or sorted, and page × relationship for each \`$expand\`. It knows how many
records there are from the database's own statistics, at most a minute old. The estimate costs a fraction of a millisecond and
is kept per shape of query. Row rules are not weighed, as nobody can write a query without them; the time of a statement stands
behind it: PostgreSQL ends the statement, and on the embedded database a watchdog does.
`

/** The table as Markdown, for `docs/limits.md`. */
export function limitsPage(): string {
  const rows = Object.values<Limit>(limits).map(({ what, most, answer, note }) => {
    const [amount, setting] =
      typeof most === 'number' ? [String(most), '–'] : [settings[most].default, `\`${settings[most].env}\``]
    const said =
      answer === 'cut' ? 'a shorter page with `@odata.nextLink`' : `${problemCodes[answer].status} \`${answer}\``
    return `| ${what}${note === undefined ? '' : `. ${note}`} | ${amount} | ${setting} | ${said} |`
  })
  return [
    introduction,
    '| limit | default | setting | answered beyond it |',
    '|---|---|---|---|',
    ...rows,
    costPage,
  ].join('\n')
}
