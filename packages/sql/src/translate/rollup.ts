import type { SelectQuery } from '../ast.ts';
import type { AliasLookup, ExpressionContext, QueryItem, QuerySql } from './scope.ts';
import type { GroupKey } from './select.ts';
import type { SelectSources } from './sources.ts';
import { notSupported } from './statement.ts';

export interface RollupBody {
  readonly word: string;
  readonly items: readonly QueryItem[];
  readonly list: readonly string[];
  readonly from: string;
  readonly keys: readonly GroupKey[];
  readonly having: string;
  readonly named: boolean;
}

/** WITH ROLLUP isn't there yet. */
export function rollup(
  _body: RollupBody,
  _node: SelectQuery,
  _context: ExpressionContext,
  _find: AliasLookup['find'],
  _sources: SelectSources,
): QuerySql {
  throw notSupported('WITH ROLLUP');
}
