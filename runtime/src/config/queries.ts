// How much one query may ask for. What is answered beyond a limit stands in limits.ts.
import { queryLimits } from '@peyvand/core/base/limits.ts'
import { integer, setting } from './setting.ts'

/** Settings of queries. */
export const queries = {
  queryLength: setting(
    'QUERY_LENGTH',
    'Longest address and longest query option, in characters.',
    integer(queryLimits.length, 256, 65_536),
  ),
  filterNodes: setting(
    'FILTER_NODES',
    'Most parts (operators, functions, names, values) in one expression of a query.',
    integer(queryLimits.nodes, 10, 2_000),
  ),
  filterDepth: setting(
    'FILTER_DEPTH',
    'Most levels of brackets and functions in one query option.',
    integer(queryLimits.depth, 2, 40),
  ),
  expandDepth: setting(
    'EXPAND_DEPTH',
    'Most levels of `$expand` and of `$levels`.',
    integer(queryLimits.expandDepth, 1, 10),
  ),
  expandLimit: setting('EXPAND_LIMIT', 'Most relationships in one `$expand`.', integer(queryLimits.expands, 1, 100)),
  aliasLimit: setting('ALIAS_LIMIT', 'Most parameter aliases in one query.', integer(queryLimits.aliases, 0, 1_000)),
  queryCost: setting(
    'QUERY_COST',
    'Most records the database may have to look at for one query, estimated before it runs; 0 turns it off.',
    integer(queryLimits.cost, 0, 1_000_000_000_000),
  ),
}
