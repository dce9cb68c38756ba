import type { UnsupportedStatement } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseAccountName, parseTableName } from './name.ts';
import { skipToEnd } from './rest.ts';

/** INSTALL PLUGIN p SONAME 's', INSTALL COMPONENT 'a', 'b' [SET …]. */
export function parseInstall(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('INSTALL');
  const what = cursor.expectOneOf('PLUGIN', 'COMPONENT');
  if (what === 'PLUGIN') {
    cursor.name();
    cursor.expect('SONAME');
    cursor.string();
  } else {
    cursor.list((at) => at.string());
    if (cursor.accept('SET')) skipToEnd(cursor);
  }
  return unsupported(cursor, `INSTALL ${what}`, start);
}

export function parseUninstall(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('UNINSTALL');
  const what = cursor.expectOneOf('PLUGIN', 'COMPONENT');
  if (what === 'PLUGIN') cursor.name();
  else cursor.list((at) => at.string());
  return unsupported(cursor, `UNINSTALL ${what}`, start);
}

/** CLONE LOCAL DATA DIRECTORY = 'd', CLONE INSTANCE FROM u@h:port IDENTIFIED BY 'p'. */
export function parseClone(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('CLONE');
  if (cursor.acceptAll('LOCAL', 'DATA', 'DIRECTORY')) {
    cursor.accept('=');
    cursor.string();
  } else {
    cursor.expectAll('INSTANCE', 'FROM');
    parseAccountName(cursor);
    cursor.expect(':');
    cursor.number();
    cursor.expectAll('IDENTIFIED', 'BY');
    cursor.string();
    skipToEnd(cursor);
  }
  return unsupported(cursor, 'CLONE', start);
}

/** RESTART and SHUTDOWN have nothing after them. */
export function parseAlone(cursor: Cursor): UnsupportedStatement {
  const { start, word } = cursor.advance();
  return unsupported(cursor, word, start);
}

export function parseHelp(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('HELP');
  if (cursor.token.kind === TokenKind.String) cursor.string();
  else cursor.nameAfterPoint();
  return unsupported(cursor, 'HELP', start);
}

export function parseBinlog(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('BINLOG');
  cursor.list((at) => (at.token.kind === TokenKind.UserVariable ? at.advance().value : at.string()));
  return unsupported(cursor, 'BINLOG', start);
}

export function parseImport(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('IMPORT');
  cursor.expectAll('TABLE', 'FROM');
  cursor.list((at) => at.string());
  return unsupported(cursor, 'IMPORT TABLE', start);
}

/** CACHE INDEX t [PARTITION (p)] [INDEX (i)], … IN cache: MyISAM's. */
export function parseCacheIndex(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('CACHE');
  cursor.expect('INDEX');
  cursor.list(parseCachedTable);
  cursor.expect('IN');
  if (!cursor.accept('DEFAULT')) cursor.name();
  return unsupported(cursor, 'CACHE INDEX', start);
}

/** LOAD INDEX INTO CACHE t [PARTITION (p)] [INDEX (i)] [IGNORE LEAVES], …. */
export function parseLoadIndex(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('LOAD');
  cursor.expectAll('INDEX', 'INTO', 'CACHE');
  cursor.list((at) => {
    parseCachedTable(at);
    at.acceptAll('IGNORE', 'LEAVES');
  });
  return unsupported(cursor, 'LOAD INDEX', start);
}

function parseCachedTable(cursor: Cursor): void {
  parseTableName(cursor);
  if (cursor.accept('PARTITION')) cursor.parenthesized((at) => at.accept('ALL') || at.name());
  if (cursor.acceptOneOf('INDEX', 'KEY') === undefined) return;
  cursor.expect('(');
  if (!cursor.is(')')) cursor.list((at) => at.accept('PRIMARY') || at.name());
  cursor.expect(')');
}

/** FLASHBACK TABLE | DATABASE | TENANT name TO …. */
export function parseFlashback(cursor: Cursor): UnsupportedStatement {
  const { start } = cursor.expect('FLASHBACK');
  cursor.expectOneOf('TABLE', 'DATABASE', 'SCHEMA', 'TENANT');
  cursor.list(parseTableName);
  cursor.expect('TO');
  switch (cursor.expectOneOf('BEFORE', 'SCN', 'TIMESTAMP', 'SNAPSHOT')) {
    case 'BEFORE':
      cursor.expect('DROP');
      if (cursor.acceptAll('RENAME', 'TO')) parseTableName(cursor);
      break;
    default:
      cursor.expression();
  }
  return unsupported(cursor, 'FLASHBACK', start);
}

function unsupported(cursor: Cursor, name: string, start: number): UnsupportedStatement {
  return { kind: 'unsupported', name, start, end: cursor.lastEnd };
}
