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

/** How large one GraphQL document may be, and what it may ask for. */
export const graphqlLimits = {
  /** unit: characters */
  length: 100_000,
  tokens: 3_000,
  /** Operations and fragments. */
  definitions: 50,
  /** Levels of braces; a list takes two (`accounts { nodes { … } }`). Introspection has a limit of its own. */
  depth: 16,
  /** Brackets of all kinds in one another. The parser walks down into them. */
  brackets: 64,
  /** Fields, as often as fragments repeat them. */
  fields: 1_000,
  /** Fields with arguments or fields of their own: those of one name are compared with one another. */
  compared: 150,
  aliases: 50,
  directives: 50,
  /** Fields of the query or mutation itself. */
  roots: 20,
  /** Types of the schema that is made for one document: what it speaks of. */
  types: 200,
  /** Records of one page. */
  page: 1_000,
  /** Records of all pages together, with those in records. */
  records: 20_000,
} as const

/** How much webhooks send and keep. */
export const webhookLimits = {
  /** Largest body. An event beyond it goes without its values. unit: bytes */
  body: 1_000_000,
  /** Deliveries of one webhook that wait; while there are more, the log is not read on for it. */
  waiting: 10_000,
  /** Requests to one target at the same time, per process; one while it fails. */
  atOnce: 4,
  /** How much of an answer is kept. unit: bytes */
  answer: 2_000,
  /** How long more of an answer is waited for once its status is there. unit: milliseconds */
  answerTime: 1_000,
  /** Deliveries in one list. */
  page: 200,
} as const

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
  strangers: {
    what: 'Requests without credentials from one address in five minutes',
    most: 'anonymousLimit',
    answer: 'limit.rate',
  },
  graphqlLength: { what: 'GraphQL document, in characters', most: graphqlLimits.length, answer: 'limit.size' },
  graphqlTokens: { what: 'Words and signs in a GraphQL document', most: graphqlLimits.tokens, answer: 'limit.size' },
  graphqlDefinitions: {
    what: 'Operations and fragments in a GraphQL document',
    most: graphqlLimits.definitions,
    answer: 'limit.size',
  },
  graphqlDepth: {
    what: 'Levels of fields in a GraphQL query',
    most: graphqlLimits.depth,
    answer: 'limit.depth',
    note: 'A list takes two: `accounts { nodes { … } }`. Relationships are followed as deep as in `$expand`.',
  },
  graphqlBrackets: {
    what: 'Levels of brackets in a GraphQL document',
    most: graphqlLimits.brackets,
    answer: 'limit.depth',
  },
  graphqlFields: {
    what: 'Fields of a GraphQL query, as often as fragments repeat them',
    most: graphqlLimits.fields,
    answer: 'limit.size',
  },
  graphqlCompared: {
    what: 'Fields of a GraphQL query that have arguments or fields of their own',
    most: graphqlLimits.compared,
    answer: 'limit.size',
  },
  graphqlAliases: { what: 'Aliases in a GraphQL query', most: graphqlLimits.aliases, answer: 'limit.size' },
  graphqlDirectives: { what: 'Directives in a GraphQL query', most: graphqlLimits.directives, answer: 'limit.size' },
  graphqlRoots: { what: 'Fields of a GraphQL query itself', most: graphqlLimits.roots, answer: 'limit.size' },
  graphqlRecords: {
    what: 'Records that a GraphQL query may answer, with those in records',
    most: graphqlLimits.records,
    answer: 'limit.size',
    note: '`first` times `first`, whether there are so many or not. One page has at most 1,000.',
  },
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

const webhookPage = `
## Webhooks

Webhooks ([webhooks](webhooks.md)) have limits of their own, which nobody is refused for: a body has at most
${webhookLimits.body} bytes (an event beyond it goes without its values, marked \`cut\`); at most ${webhookLimits.waiting}
deliveries of one webhook wait, and the log keeps the rest; each process asks one target at most ${webhookLimits.atOnce} times
at once, once while it fails; of an answer ${webhookLimits.answer} bytes are kept. \`WEBHOOK_TIMEOUT\` bounds an answer,
\`WEBHOOK_HOURS\` how long a delivery is tried.
`

/** The table as Markdown, for `docs/limits.md`. */
export function limitsPage(): string {
  const rows = Object.values<Limit>(limits).map(({ what, most, answer, note }) => {
    const [amount, setting] =
      typeof most === 'number' ? [String(most), '–'] : [settings[most].shown, `\`${settings[most].env}\``]
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
    webhookPage.trimStart(),
  ].join('\n')
}
