import type { Expression } from '../ast.ts';
import { parseStatement } from '../parser/script.ts';
import { notSupported } from './statement.ts';

const parsed = new Map<string, Expression>();

/** Reads an expression that the catalog keeps as MySQL text: a default, a generated column, a CHECK. */
export function parseExpressionText(text: string): Expression {
  let expression = parsed.get(text);
  if (expression === undefined) {
    const { statement } = parseStatement(`SELECT ${text}`);
    const item = statement.kind === 'select' ? statement.items[0] : undefined;
    if (item === undefined) throw notSupported('this expression');
    expression = item.expression;
    if (parsed.size > 2000) parsed.clear();
    parsed.set(text, expression);
  }
  return expression;
}
