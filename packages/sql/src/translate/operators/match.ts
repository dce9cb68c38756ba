import { ObError } from '@sealane/errors';
import type { MatchExpression } from '../../ast.ts';
import { asText } from '../forms.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import { notSupported } from '../statement.ts';
import { doubleType, type Typed } from '../typed.ts';
import { callOperator } from './call.ts';

/** MATCH (columns) AGAINST (text): reads the rows; the number tells how well one matches, not MySQL's own figure. */
export function matchAgainst(
  node: MatchExpression,
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const { translation } = context;
  if (node.mode === 'natural-expansion' || node.mode === 'expansion')
    throw notSupported('WITH QUERY EXPANSION');
  const columns = node.columns.map((column) => sources.expression(column, context));
  refuseUnindexed(columns, context);
  const search = asText(translation, sources.expression(node.against, context));
  const texts = columns.map((column) => asText(translation, column));
  const isBoolean = node.mode === 'boolean' ? 1n : 0n;
  return callOperator(translation, 'sx_match', [isBoolean, search, ...texts], doubleType, false);
}

/** @throws 1191 unless a FULLTEXT index has just these columns */
function refuseUnindexed(columns: readonly Typed[], { translation }: ExpressionContext): void {
  const [first] = columns;
  const origin = first?.column;
  const table = origin && translation.environment.catalog.relation(origin.database, origin.originalTable);
  if (table?.kind === 'table') {
    const wanted = columns
      .map(({ column }) => column?.originalName.toLowerCase())
      .sort()
      .join();
    const found = table.indexes.some(
      (index) =>
        index.kind === 'fulltext' &&
        index.columns
          .map(({ name }) => name.toLowerCase())
          .sort()
          .join() === wanted,
    );
    if (found) return;
  }
  throw new ObError('ER_FT_MATCHING_KEY_NOT_FOUND');
}
