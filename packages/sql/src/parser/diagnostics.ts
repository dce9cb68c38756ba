import type { Expression, UnsupportedStatement } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';

/** What SIGNAL sets and GET DIAGNOSTICS gets. Source: MySQL Reference Manual, "Condition Handling". */
const SIGNAL_ITEMS =
  `CLASS_ORIGIN SUBCLASS_ORIGIN CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME CATALOG_NAME
  SCHEMA_NAME TABLE_NAME COLUMN_NAME CURSOR_NAME MESSAGE_TEXT MYSQL_ERRNO`.split(/\s+/);

const CONDITION_ITEMS = [...SIGNAL_ITEMS, 'RETURNED_SQLSTATE'];
const STATEMENT_ITEMS = ['NUMBER', 'ROW_COUNT'];

/** SIGNAL condition [SET item = value, …]; RESIGNAL may leave out everything. */
export function parseSignal(cursor: Cursor): UnsupportedStatement {
  const { start, word: name } = cursor.advance();
  if (name === 'SIGNAL' || cursor.is('SQLSTATE') || cursor.isName()) parseCondition(cursor);
  if (cursor.accept('SET')) cursor.list(parseSignalItem);
  return { kind: 'unsupported', name, start, end: cursor.lastEnd };
}

function parseCondition(cursor: Cursor): void {
  if (cursor.accept('SQLSTATE')) {
    cursor.accept('VALUE');
    cursor.string();
  } else cursor.name();
}

function parseSignalItem(cursor: Cursor): void {
  cursor.expectOneOf(...SIGNAL_ITEMS);
  cursor.expect('=');
  readSimpleValue(cursor);
}

const SIMPLE = new Set<Expression['kind']>([
  'string',
  'integer',
  'decimal',
  'float',
  'null',
  'boolean',
  'hex',
  'bit',
  'temporal',
  'user-variable',
  'system-variable',
  'column',
]);

/** A literal, a variable or a name; nothing that would have to be computed. */
function readSimpleValue(cursor: Cursor): void {
  const { token } = cursor;
  const value = cursor.grammar.primary(cursor);
  if (!SIMPLE.has(value.kind) || token.word === '(') cursor.fail(token);
}

/** GET [CURRENT | STACKED] DIAGNOSTICS target = item, …, or of a CONDITION. */
export function parseGetDiagnostics(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('GET');
  const area = cursor.acceptOneOf('CURRENT', 'STACKED');
  cursor.expect('DIAGNOSTICS');
  const ofCondition = cursor.accept('CONDITION');
  if (ofCondition) readSimpleValue(cursor);
  const items = ofCondition ? CONDITION_ITEMS : STATEMENT_ITEMS;
  cursor.list((at) => {
    if (at.token.kind === TokenKind.UserVariable) at.advance();
    else at.name();
    at.expect('=');
    at.expectOneOf(...items);
  });
  const name = area === 'STACKED' ? 'GET STACKED DIAGNOSTICS' : 'GET DIAGNOSTICS';
  return { kind: 'unsupported', name, start, end: cursor.lastEnd };
}
