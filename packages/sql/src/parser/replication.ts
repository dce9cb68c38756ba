import type { UnsupportedStatement } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';

/** CHANGE MASTER TO, CHANGE REPLICATION SOURCE TO and CHANGE REPLICATION FILTER: MySQL's replication, which isn't ours. */
export function parseChange(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('CHANGE');
  let name = 'CHANGE MASTER';
  if (cursor.accept('REPLICATION')) {
    name = `CHANGE REPLICATION ${cursor.expectOneOf('SOURCE', 'FILTER')}`;
    if (name.endsWith('SOURCE')) cursor.expect('TO');
  } else cursor.expectAll('MASTER', 'TO');
  cursor.list(parseOption);
  acceptChannel(cursor);
  return { kind: 'unsupported', name, start, end: cursor.lastEnd };
}

/** NAME = value, or NAME = (…). */
function parseOption(cursor: Cursor): void {
  if (cursor.token.kind !== TokenKind.Word) cursor.fail();
  cursor.advance();
  cursor.expect('=');
  parseOptionValue(cursor);
}

function parseOptionValue(cursor: Cursor): void {
  if (cursor.accept('(')) {
    if (!cursor.is(')')) cursor.list((at) => at.nested(parseOptionValue));
    cursor.expect(')');
  } else if (cursor.isName()) {
    cursor.name();
    if (cursor.accept('.')) cursor.nameAfterPoint();
  } else cursor.grammar.primary(cursor);
}

function acceptChannel(cursor: Cursor): void {
  if (cursor.acceptAll('FOR', 'CHANNEL')) cursor.nameOrString();
}

const THREADS = ['IO_THREAD', 'SQL_THREAD', 'RELAY_THREAD'] as const;

/** START or STOP of SLAVE, REPLICA or GROUP_REPLICATION. */
export function parseStartStop(cursor: Cursor): UnsupportedStatement {
  const { start, word } = cursor.advance();
  const what = cursor.expectOneOf('SLAVE', 'REPLICA', 'GROUP_REPLICATION');
  if (what !== 'GROUP_REPLICATION' && cursor.acceptOneOf(...THREADS) !== undefined)
    while (cursor.accept(',')) cursor.expectOneOf(...THREADS);
  if (word === 'START') parseStartOptions(cursor);
  if (what !== 'GROUP_REPLICATION') acceptChannel(cursor);
  return { kind: 'unsupported', name: `${word} ${what}`, start, end: cursor.lastEnd };
}

/** UNTIL a place, and who connects: USER = …, PASSWORD = …. */
function parseStartOptions(cursor: Cursor): void {
  if (cursor.accept('UNTIL') && !cursor.accept('SQL_AFTER_MTS_GAPS')) cursor.list(parseOption);
  while (cursor.is('USER') || cursor.is('PASSWORD') || cursor.is('DEFAULT_AUTH') || cursor.is('PLUGIN_DIR')) {
    parseOption(cursor);
    cursor.accept(',');
  }
}

/** PURGE BINARY LOGS TO a file or BEFORE a time, and OceanBase's PURGE of what is in its recycle bin. */
export function parsePurge(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('PURGE');
  const what = cursor.expectOneOf('BINARY', 'MASTER', 'TABLE', 'INDEX', 'DATABASE', 'TENANT', 'RECYCLEBIN');
  if (what === 'BINARY' || what === 'MASTER') {
    cursor.expect('LOGS');
    if (cursor.expectOneOf('TO', 'BEFORE') === 'TO') cursor.string();
    else cursor.expression();
  } else if (what !== 'RECYCLEBIN') {
    cursor.name();
    if (cursor.accept('.')) cursor.nameAfterPoint();
  }
  return { kind: 'unsupported', name: 'PURGE', start, end: cursor.lastEnd };
}
