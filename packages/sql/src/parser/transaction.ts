import type {
  BeginStatement,
  EndTransactionStatement,
  LockTablesStatement,
  SavepointStatement,
  Statement,
  UnlockTablesStatement,
  XaStatement,
} from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseTableName } from './name.ts';
import { parseAlias } from './table-reference.ts';

/** START TRANSACTION and its options. */
export function parseStartTransaction(cursor: Cursor): BeginStatement {
  const { start } = cursor.expect('START');
  cursor.expect('TRANSACTION');
  let readOnly: boolean | undefined;
  let consistentSnapshot = false;
  if (!cursor.atEnd) {
    do {
      if (cursor.acceptAll('WITH', 'CONSISTENT', 'SNAPSHOT')) consistentSnapshot = true;
      else {
        cursor.expect('READ');
        readOnly = cursor.expectOneOf('ONLY', 'WRITE') === 'ONLY';
      }
    } while (cursor.accept(','));
  }
  return { kind: 'begin', readOnly, consistentSnapshot, start, end: cursor.lastEnd };
}

export function parseBegin(cursor: Cursor): BeginStatement {
  const { start } = cursor.expect('BEGIN');
  cursor.accept('WORK');
  return { kind: 'begin', readOnly: undefined, consistentSnapshot: false, start, end: cursor.lastEnd };
}

export function parseCommit(cursor: Cursor): EndTransactionStatement {
  const { start } = cursor.expect('COMMIT');
  cursor.accept('WORK');
  return { kind: 'commit', ...parseCompletion(cursor), start, end: cursor.lastEnd };
}

export function parseRollback(cursor: Cursor): EndTransactionStatement | SavepointStatement {
  const { start } = cursor.expect('ROLLBACK');
  cursor.accept('WORK');
  if (cursor.accept('TO')) {
    cursor.accept('SAVEPOINT');
    return { kind: 'rollback-to', name: cursor.name(), start, end: cursor.lastEnd };
  }
  return { kind: 'rollback', ...parseCompletion(cursor), start, end: cursor.lastEnd };
}

/** AND [NO] CHAIN, [NO] RELEASE. */
function parseCompletion(cursor: Cursor): Pick<EndTransactionStatement, 'chain' | 'release'> {
  let chain: boolean | undefined;
  if (cursor.accept('AND')) {
    chain = !cursor.accept('NO');
    cursor.expect('CHAIN');
  }
  if (cursor.accept('RELEASE')) return { chain, release: true };
  return { chain, release: cursor.acceptAll('NO', 'RELEASE') ? false : undefined };
}

export function parseSavepoint(cursor: Cursor): SavepointStatement {
  const { start } = cursor.expect('SAVEPOINT');
  return { kind: 'savepoint', name: cursor.name(), start, end: cursor.lastEnd };
}

export function parseRelease(cursor: Cursor): SavepointStatement {
  const { start } = cursor.expect('RELEASE');
  cursor.expect('SAVEPOINT');
  return { kind: 'release-savepoint', name: cursor.name(), start, end: cursor.lastEnd };
}

/** XA START xid [JOIN | RESUME] and its kin; the xid is read, not kept. */
export function parseXa(cursor: Cursor): XaStatement {
  const { start } = cursor.expect('XA');
  const word = cursor.expectOneOf('START', 'BEGIN', 'END', 'PREPARE', 'COMMIT', 'ROLLBACK', 'RECOVER');
  const action = word === 'BEGIN' ? 'START' : word;
  if (action === 'RECOVER') cursor.acceptAll('CONVERT', 'XID');
  else parseXid(cursor);
  if (action === 'START') cursor.acceptOneOf('JOIN', 'RESUME');
  if (action === 'END' && cursor.accept('SUSPEND')) cursor.acceptAll('FOR', 'MIGRATE');
  if (action === 'COMMIT') cursor.acceptAll('ONE', 'PHASE');
  return { kind: 'xa', action, start, end: cursor.lastEnd };
}

function parseXid(cursor: Cursor): void {
  parseXidPart(cursor);
  if (!cursor.accept(',')) return;
  parseXidPart(cursor);
  if (cursor.accept(',') && cursor.token.kind !== TokenKind.Hex) cursor.number();
  else if (cursor.token.kind === TokenKind.Hex) cursor.advance();
}

function parseXidPart(cursor: Cursor): void {
  const { kind } = cursor.token;
  if (kind !== TokenKind.String && kind !== TokenKind.Hex && kind !== TokenKind.Bit) cursor.fail();
  cursor.advance();
}

export function parseLock(cursor: Cursor): LockTablesStatement | Statement {
  const { start } = cursor.expect('LOCK');
  if (cursor.acceptAll('INSTANCE', 'FOR', 'BACKUP'))
    return { kind: 'unsupported', name: 'LOCK INSTANCE', start, end: cursor.lastEnd };
  if (cursor.is('TENANT') || cursor.is('USER')) return parseLockOf(cursor, start, 'LOCK');
  cursor.expectOneOf('TABLES', 'TABLE');
  const locks = cursor.list(parseTableLock);
  return { kind: 'lock-tables', locks, start, end: cursor.lastEnd };
}

function parseTableLock(cursor: Cursor): LockTablesStatement['locks'][number] {
  const table = parseTableName(cursor);
  const alias = cursor.is('LOW_PRIORITY') ? undefined : parseAlias(cursor);
  if (cursor.is('IN') || cursor.is('PARTITION')) return { table, alias, mode: parseLockMode(cursor) };
  if (cursor.accept('READ')) return { table, alias, mode: cursor.accept('LOCAL') ? 'READ LOCAL' : 'READ' };
  const low = cursor.accept('LOW_PRIORITY');
  cursor.expect('WRITE');
  return { table, alias, mode: low ? 'LOW_PRIORITY WRITE' : 'WRITE' };
}

/** OceanBase: LOCK TABLE t [PARTITION (p)] IN ROW EXCLUSIVE MODE [NOWAIT | WAIT n]. */
function parseLockMode(cursor: Cursor): 'WRITE' {
  if (cursor.accept('PARTITION')) cursor.names();
  cursor.expect('IN');
  if (cursor.acceptAll('SHARE', 'UPDATE')) cursor.expect('MODE');
  else {
    const row = cursor.accept('ROW');
    const share = cursor.accept('SHARE');
    if (share && !row) cursor.acceptAll('ROW', 'EXCLUSIVE');
    if (!share) cursor.expect('EXCLUSIVE');
    cursor.expect('MODE');
  }
  if (!cursor.accept('NOWAIT') && cursor.accept('WAIT')) cursor.number();
  cursor.lacking = 'LOCK TABLE IN MODE';
  return 'WRITE';
}

/** OceanBase's LOCK and UNLOCK of a TENANT or USER. */
function parseLockOf(cursor: Cursor, start: number, verb: string): Statement {
  const { word } = cursor.advance();
  cursor.list((at) => at.nameOrString());
  return { kind: 'unsupported', name: `${verb} ${word}`, start, end: cursor.lastEnd };
}

export function parseUnlock(cursor: Cursor): UnlockTablesStatement | Statement {
  const { start } = cursor.expect('UNLOCK');
  if (cursor.is('TENANT') || cursor.is('USER')) return parseLockOf(cursor, start, 'UNLOCK');
  if (cursor.accept('INSTANCE'))
    return { kind: 'unsupported', name: 'UNLOCK INSTANCE', start, end: cursor.lastEnd };
  cursor.expectOneOf('TABLES', 'TABLE');
  return { kind: 'unlock-tables', start, end: cursor.lastEnd };
}
