import { isObError } from '@sealane/errors';
import type { Query, SelectItem, SelectQuery } from '../ast.ts';
import { sourceOf } from '../expression-source.ts';
import { quoteName } from '../types/type-text.ts';
import type { TextEdit } from './text-edit.ts';

/**
 * The edits that put the columns of now in the place of each `*` and `t.*` of a view's SELECT: columns that
 * its tables get later aren't the view's.
 * @param columnsOf names of the columns that a query's text answers
 */
export function expandStars(
  query: Query,
  text: string,
  columnsOf: (query: string) => readonly string[],
): readonly TextEdit[] {
  switch (query.kind) {
    case 'select':
      return query.items.flatMap((item) => expandItem(item, query, text, columnsOf));
    case 'set-operation':
      return [...expandStars(query.left, text, columnsOf), ...expandStars(query.right, text, columnsOf)];
    case 'parenthesized':
      return expandStars(query.query, text, columnsOf);
    default:
      return [];
  }
}

function expandItem(
  item: SelectItem,
  query: SelectQuery,
  text: string,
  columnsOf: (query: string) => readonly string[],
): readonly TextEdit[] {
  const { expression } = item;
  const [first] = query.from;
  const last = query.from.at(-1);
  if (expression.kind !== 'star' || first === undefined || last === undefined) return [];
  const common = query.with === undefined ? '' : `${sourceOf(query.with, text)} `;
  const from = sourceOf({ start: first.start, end: last.end }, text);
  const alone = `${common}SELECT ${text.slice(item.start, item.end)} FROM ${from}`;
  const { database, table } = expression;
  const prefix = [database, table]
    .flatMap((name) => (name === undefined ? [] : [`${quoteName(name)}.`]))
    .join('');
  try {
    const names = columnsOf(alone).map((name) => prefix + quoteName(name));
    return [{ start: item.start, end: item.end, text: names.join(', ') }];
  } catch (error) {
    // Alone it may mean nothing: a WITH outside of this part. Then the star stays.
    if (isObError(error)) return [];
    throw error;
  }
}
