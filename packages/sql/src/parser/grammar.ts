import type { Grammar } from './cursor.ts';
import { continueExpression, parseExpression, parseOperand } from './expression.ts';
import { parsePrimary } from './primary.ts';
import { continueQuery, parseQuery } from './select.ts';
import { parseAnyStatement } from './statement.ts';

/** The rules that files of the grammar reach through their cursor. */
export const grammar: Grammar = {
  expression: parseExpression,
  continueExpression,
  primary: parsePrimary,
  operand: parseOperand,
  query: parseQuery,
  continueQuery,
  statement: parseAnyStatement,
};
