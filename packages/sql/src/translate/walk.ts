import type { Expression } from '../ast.ts';

/** Calls `visit` on each expression below a node, the node included, without entering subqueries; false stops there. */
export function walkExpression(node: unknown, visit: (expression: Expression) => boolean): void {
  if (Array.isArray(node)) {
    for (const item of node) walkExpression(item, visit);
    return;
  }
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return;
  const { kind } = node as { kind?: unknown };
  if (typeof kind === 'string' && !visit(node as Expression)) return;
  for (const [name, value] of Object.entries(node)) {
    if (name !== 'query' && typeof value === 'object') walkExpression(value, visit);
  }
}

/** An aggregate of this very query; a window's isn't one. */
export function containsAggregate(node: Expression): boolean {
  if (node.kind === 'column' || node.kind === 'integer' || node.kind === 'string') return false;
  let found = false;
  walkExpression(node, (expression) => {
    if (expression.kind === 'aggregate') found = true;
    if (expression.kind === 'window') {
      const { call, over } = expression;
      found ||= call.args.some(containsAggregate);
      if (typeof over !== 'string') {
        found ||=
          over.partitionBy.some(containsAggregate) ||
          over.orderBy.some((item) => containsAggregate(item.expression));
      }
      return false;
    }
    return !found;
  });
  return found;
}

/** User variables that the statement assigns anywhere, in lower case. */
export function assignedVariables(statement: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  collect(statement, names);
  return names;
}

function collect(node: unknown, names: Set<string>): void {
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return;
  if (Array.isArray(node)) {
    for (const item of node) if (typeof item === 'object') collect(item, names);
    return;
  }
  const { kind, name } = node as { kind?: unknown; name?: unknown };
  if (kind === 'user-variable-assignment' && typeof name === 'string') names.add(name.toLowerCase());
  for (const key in node) {
    const value = (node as Record<string, unknown>)[key];
    if (typeof value === 'object' && value !== null) collect(value, names);
  }
}
