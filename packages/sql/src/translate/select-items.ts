import { ObError } from '@sealane/errors';
import type { SelectItem, StarExpression } from '../ast.ts';
import { type ExpressionContext, type QueryItem, readColumn, type ScopeColumn } from './scope.ts';
import type { SelectSources } from './sources.ts';

/** Stars expanded, each item with its title: alias, column's name as written, or the source text. */
export function translateItems(
  items: readonly SelectItem[],
  context: ExpressionContext,
  sources: SelectSources,
): QueryItem[] {
  const result: QueryItem[] = [];
  for (const item of items) {
    const { expression } = item;
    if (expression.kind === 'star') {
      for (const column of starColumns(expression, context)) {
        if (column.use !== undefined) column.use.starred = true;
        result.push({ name: column.name, typed: readColumn(column) });
      }
    } else {
      const typed = sources.expression(expression, context);
      result.push({ name: itemTitle(item, context.translation.text), typed });
    }
  }
  return result;
}

/** MySQL cuts no title of a text; a string literal's title is its text. */
function itemTitle({ expression, alias, start, end }: SelectItem, text: string): string {
  if (alias !== undefined) return alias;
  if (expression.kind === 'column') return expression.name;
  if (expression.kind === 'string') return expression.value;
  return text.slice(start, end);
}

function starColumns(node: StarExpression, context: ExpressionContext): readonly ScopeColumn[] {
  const { scope } = context;
  const shown = (columns: readonly ScopeColumn[]): ScopeColumn[] =>
    columns.filter((column) => column.hidden !== true);
  if (node.table === undefined) {
    if (scope.visible.length === 0) throw new ObError('OB_ERR_NO_TABLES_USED');
    return shown(scope.visible);
  }
  const table = node.table.toLowerCase();
  const database = node.database?.toLowerCase();
  const found = scope.relations.find(
    (relation) =>
      relation.alias.toLowerCase() === table && (database === undefined || relation.database === database),
  );
  if (found === undefined) throw new ObError('OB_ERR_BAD_TABLE', [node.table]);
  return shown(found.columns);
}
