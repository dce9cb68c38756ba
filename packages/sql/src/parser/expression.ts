import type { BinaryOperator, ComparisonOperator, Expression } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseInterval } from './interval.ts';
import { parsePrimary, parseSubquery, refuseInto, startsQuery } from './primary.ts';

/** Operators from loosest to tightest. Source: MySQL Reference Manual, "Operator Precedence", and its grammar. */
const OR = 1;
const XOR = 2;
const AND = 3;
const NOT = 4;
const COMPARISON = 5;
const PREDICATE = 6;
const BIT_OR = 7;
const BIT_AND = 8;
const SHIFT = 9;
const SUM = 10;
const PRODUCT = 11;
const BIT_XOR = 12;
const CONCAT = 13;

const LEVELS: ReadonlyMap<string, number> = new Map([
  ['OR', OR],
  ['XOR', XOR],
  ['AND', AND],
  ['&&', AND],
  ['=', COMPARISON],
  ['<=>', COMPARISON],
  ['<>', COMPARISON],
  ['!=', COMPARISON],
  ['<', COMPARISON],
  ['<=', COMPARISON],
  ['>', COMPARISON],
  ['>=', COMPARISON],
  ['IS', COMPARISON],
  ['IN', PREDICATE],
  ['NOT', PREDICATE],
  ['BETWEEN', PREDICATE],
  ['LIKE', PREDICATE],
  ['REGEXP', PREDICATE],
  ['RLIKE', PREDICATE],
  ['SOUNDS', PREDICATE],
  ['MEMBER', PREDICATE],
  ['|', BIT_OR],
  ['&', BIT_AND],
  ['<<', SHIFT],
  ['>>', SHIFT],
  ['+', SUM],
  ['-', SUM],
  ['*', PRODUCT],
  ['/', PRODUCT],
  ['DIV', PRODUCT],
  ['MOD', PRODUCT],
  ['%', PRODUCT],
  ['^', BIT_XOR],
]);

const OPERATORS: Readonly<Record<string, BinaryOperator>> = {
  '!=': '<>',
  '%': 'MOD',
  '&&': 'AND',
  '||': 'OR',
};

/** Any expression. */
export function parseExpression(cursor: Cursor): Expression {
  return cursor.nested(parseLoosest);
}

function parseLoosest(cursor: Cursor): Expression {
  return parseLevel(cursor, OR);
}

/** One without AND, comparisons and predicates. */
export function parseOperand(cursor: Cursor): Expression {
  return parseLevel(cursor, BIT_OR);
}

/** Precedence climbing: everything whose operators bind at least as tightly as `level`. */
function parseLevel(cursor: Cursor, level: number): Expression {
  const negated = level <= NOT && cursor.is('NOT') && !cursor.mode.highNotPrecedence;
  return continueLevel(cursor, negated ? parseNot(cursor) : parsePrimary(cursor), level);
}

/** The rest of an expression whose first operand has been read. */
export function continueExpression(cursor: Cursor, first: Expression): Expression {
  return continueLevel(cursor, first, OR);
}

function continueLevel(cursor: Cursor, first: Expression, level: number): Expression {
  let left = first;
  // What has been read binds this loosely: a tighter operator can't follow it any more.
  let tightest = CONCAT;
  for (let count = 0; ; count++) {
    const next = levelOf(cursor);
    if (next < level || next > tightest) return left;
    cursor.limitChain(count);
    tightest = next === PREDICATE ? COMPARISON : next;
    if (next === COMPARISON) {
      left = parseComparison(cursor, left);
      // Unlike IS NULL, a truth test can't be compared in its turn.
      if (left.kind === 'is' && left.what !== 'NULL') tightest = NOT;
    } else if (next === PREDICATE) {
      const predicate = parsePredicate(cursor, left);
      if (predicate === undefined) return left;
      left = predicate;
    } else if (next === OR || next === AND) left = parseLogicalChain(cursor, left, next);
    else left = parseBinary(cursor, left, next);
  }
}

/** @returns 0 for what isn't an operator */
function levelOf(cursor: Cursor): number {
  const { word } = cursor.token;
  if (word === '||') return cursor.mode.pipesAsConcat ? CONCAT : OR;
  return LEVELS.get(word) ?? 0;
}

function parseNot(cursor: Cursor): Expression {
  const { start } = cursor.expect('NOT');
  const operand = cursor.nested(parseNotOperand);
  return { kind: 'unary', operator: 'NOT', operand, start, end: cursor.lastEnd };
}

function parseNotOperand(cursor: Cursor): Expression {
  return parseLevel(cursor, NOT);
}

/**
 * `a AND b AND c …`: both are associative, so a long chain becomes a balanced tree. Programs send
 * thousands of terms, and SQLite allows expressions to be a thousand levels deep.
 */
function parseLogicalChain(cursor: Cursor, first: Expression, level: number): Expression {
  const operands = [first];
  while (levelOf(cursor) === level) {
    cursor.advance();
    operands.push(parseLevel(cursor, level + 1));
  }
  return balanced(operands, level === OR ? 'OR' : 'AND');
}

function balanced(operands: readonly Expression[], operator: 'OR' | 'AND'): Expression {
  if (operands.length <= 8) return operands.reduce((left, right) => binary(operator, left, right));
  const middle = operands.length >> 1;
  return binary(
    operator,
    balanced(operands.slice(0, middle), operator),
    balanced(operands.slice(middle), operator),
  );
}

function binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  return { kind: 'binary', operator, left, right, start: left.start, end: right.end };
}

function parseBinary(cursor: Cursor, left: Expression, level: number): Expression {
  const { word } = cursor.advance();
  const operator = level === CONCAT ? 'CONCAT' : (OPERATORS[word] ?? (word as BinaryOperator));
  const right =
    level === SUM && cursor.is('INTERVAL') ? parseInterval(cursor) : parseLevel(cursor, level + 1);
  return { kind: 'binary', operator, left, right, start: left.start, end: cursor.lastEnd };
}

function parseComparison(cursor: Cursor, left: Expression): Expression {
  const { word } = cursor.advance();
  const { start } = left;
  if (word === 'IS') return parseIs(cursor, left);
  const operator = (OPERATORS[word] ?? word) as ComparisonOperator;
  const quantifier = cursor.peek(1).word === '(' ? cursor.acceptOneOf('ANY', 'SOME', 'ALL') : undefined;
  if (quantifier !== undefined) {
    const query = parseSubquery(cursor);
    const kept = quantifier === 'ALL' ? 'ALL' : 'ANY';
    return {
      kind: 'quantified',
      operator,
      quantifier: kept,
      operand: left,
      query,
      start,
      end: cursor.lastEnd,
    };
  }
  const right = parseLevel(cursor, PREDICATE);
  return { kind: 'binary', operator, left, right, start, end: cursor.lastEnd };
}

function parseIs(cursor: Cursor, operand: Expression): Expression {
  const negated = cursor.accept('NOT');
  const what = cursor.expectOneOf('NULL', 'TRUE', 'FALSE', 'UNKNOWN');
  return { kind: 'is', negated, operand, what, start: operand.start, end: cursor.lastEnd };
}

/** @returns undefined if what follows isn't a predicate after all, such as NOT NULL in a column definition */
function parsePredicate(cursor: Cursor, operand: Expression): Expression | undefined {
  const negated = cursor.is('NOT');
  const word = negated ? cursor.peek(1).word : cursor.token.word;
  if (!isPredicateWord(cursor, word, negated)) return undefined;
  if (negated) cursor.advance();
  cursor.advance();
  const { start } = operand;
  switch (word) {
    case 'IN':
      return parseIn(cursor, operand, negated);
    case 'BETWEEN': {
      const low = parseLevel(cursor, BIT_OR);
      cursor.expect('AND');
      // Another BETWEEN may follow in it, and so on.
      const high = cursor.nested((at) => parseLevel(at, PREDICATE));
      return { kind: 'between', negated, operand, low, high, start, end: cursor.lastEnd };
    }
    case 'LIKE': {
      const pattern = parseLevel(cursor, CONCAT);
      const escapeChar = cursor.accept('ESCAPE') ? parseLevel(cursor, CONCAT) : undefined;
      return { kind: 'like', negated, operand, pattern, escape: escapeChar, start, end: cursor.lastEnd };
    }
    case 'SOUNDS': {
      cursor.expect('LIKE');
      const right = parseLevel(cursor, BIT_OR);
      return { kind: 'binary', operator: 'SOUNDS LIKE', left: operand, right, start, end: cursor.lastEnd };
    }
    case 'MEMBER': {
      cursor.accept('OF');
      cursor.expect('(');
      const array = cursor.expression();
      cursor.expect(')');
      return { kind: 'member-of', operand, array, start, end: cursor.lastEnd };
    }
    default: {
      const pattern = parseLevel(cursor, BIT_OR);
      return { kind: 'regexp', negated, operand, pattern, start, end: cursor.lastEnd };
    }
  }
}

function isPredicateWord(cursor: Cursor, word: string, negated: boolean): boolean {
  switch (word) {
    case 'IN':
    case 'BETWEEN':
    case 'LIKE':
    case 'REGEXP':
    case 'RLIKE':
      return true;
    // These two aren't reserved: a column may have them as its alias.
    case 'SOUNDS':
      return !negated && cursor.peek(1).word === 'LIKE';
    case 'MEMBER':
      return !negated && (cursor.peek(1).word === 'OF' || cursor.peek(1).word === '(');
  }
  return false;
}

function parseIn(cursor: Cursor, operand: Expression, negated: boolean): Expression {
  const { start } = operand;
  cursor.expect('(');
  if (startsQuery(cursor)) {
    const query = refuseInto(cursor, cursor.query());
    cursor.expect(')');
    return { kind: 'in-subquery', negated, operand, query, start, end: cursor.lastEnd };
  }
  const items = cursor.list((at) => at.expression());
  const [only] = items;
  if (only?.kind === 'subquery' && items.length === 1 && only.end === cursor.lastEnd) {
    const query = cursor.is(')') ? only.query : cursor.grammar.continueQuery(cursor, only.query);
    cursor.expect(')');
    return { kind: 'in-subquery', negated, operand, query, start, end: cursor.lastEnd };
  }
  cursor.expect(')');
  return { kind: 'in-list', negated, operand, items, start, end: cursor.lastEnd };
}
