import type { Query, Statement } from '../ast.ts';

export function isQuery(statement: Statement): statement is Query {
  switch (statement.kind) {
    case 'select':
    case 'values':
    case 'table-query':
    case 'set-operation':
    case 'parenthesized':
      return true;
    default:
      return false;
  }
}
