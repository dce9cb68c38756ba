import type { Statement } from '../ast.ts';
import { parseAlterUser, parseDropUser, parseRenameUser, parseRole } from './account.ts';
import { parseAlterTable } from './alter-table.ts';
import { parseDefinedHead } from './create.ts';
import type { Cursor } from './cursor.ts';
import { parseAlterInstance } from './instance.ts';
import { parseResource } from './resource.ts';
import { skipToEnd } from './rest.ts';
import {
  parseAlterDatabase,
  parseDropDatabase,
  parseDropIndex,
  parseDropObject,
  parseDropTable,
  parseDropView,
  parseRenameTable,
  parseView,
} from './schema.ts';
import { parseDeallocate } from './session.ts';
import { parseAlterSystem } from './system.ts';
import { unsupportedObject } from './unsupported.ts';

/** ALTER of anything. */
export function parseAlter(cursor: Cursor): Statement {
  const { start } = cursor.expect('ALTER');
  switch (cursor.token.word) {
    case 'TABLE':
    case 'IGNORE': {
      const ignore = cursor.accept('IGNORE');
      cursor.expect('TABLE');
      return parseAlterTable(cursor, start, ignore);
    }
    case 'ONLINE':
    case 'OFFLINE':
      cursor.advance();
      cursor.expect('TABLE');
      return parseAlterTable(cursor, start, false);
    case 'DATABASE':
    case 'SCHEMA':
      if (isLink(cursor)) break;
      cursor.advance();
      return parseAlterDatabase(cursor, start);
    case 'USER':
      cursor.advance();
      return parseAlterUser(cursor, start);
    case 'SYSTEM':
      cursor.advance();
      return parseAlterSystem(cursor, start);
    case 'INSTANCE':
      if (cursor.peek(1).word !== 'RELOAD' || cursor.peek(2).word !== 'TLS') break;
      return parseAlterInstance(cursor, start);
    case 'ALGORITHM':
    case 'DEFINER':
    case 'SQL':
    case 'VIEW': {
      const head = parseDefinedHead(cursor);
      if (cursor.is('EVENT')) return unsupportedObject(cursor, start, 'ALTER');
      cursor.expect('VIEW');
      return parseView(cursor, start, { ...head, orReplace: false, alter: true });
    }
  }
  return parseResource(cursor, start, 'alter') ?? unsupportedObject(cursor, start, 'ALTER');
}

/** DROP of anything. */
export function parseDrop(cursor: Cursor): Statement {
  if (cursor.peek(1).word === 'PREPARE') return parseDeallocate(cursor);
  const { start } = cursor.expect('DROP');
  switch (cursor.token.word) {
    case 'TABLE':
    case 'TABLES':
      cursor.advance();
      return parseDropTable(cursor, start, false);
    case 'TEMPORARY':
      cursor.advance();
      cursor.expectOneOf('TABLE', 'TABLES');
      return parseDropTable(cursor, start, true);
    case 'DATABASE':
    case 'SCHEMA':
      if (isLink(cursor)) break;
      cursor.advance();
      return parseDropDatabase(cursor, start);
    case 'VIEW':
      cursor.advance();
      return parseDropView(cursor, start);
    case 'ONLINE':
    case 'OFFLINE':
      cursor.advance();
      cursor.expect('INDEX');
      return parseDropIndex(cursor, start);
    case 'INDEX':
      cursor.advance();
      return parseDropIndex(cursor, start);
    case 'USER':
      cursor.advance();
      return parseDropUser(cursor, start);
    case 'ROLE':
      cursor.advance();
      return parseRole(cursor, start, 'drop-role');
  }
  const type = cursor.acceptOneOf('TRIGGER', 'PROCEDURE', 'FUNCTION', 'EVENT');
  if (type !== undefined) return parseDropObject(cursor, start, type);
  return parseResource(cursor, start, 'drop') ?? unsupportedObject(cursor, start, 'DROP');
}

function isLink(cursor: Cursor): boolean {
  return cursor.peek(1).word === 'LINK' && cursor.isName(cursor.peek(2));
}

export function parseRename(cursor: Cursor): Statement {
  const { start } = cursor.expect('RENAME');
  if (cursor.accept('USER')) return parseRenameUser(cursor, start);
  if (cursor.accept('TENANT')) {
    skipToEnd(cursor);
    return { kind: 'unsupported', name: 'RENAME TENANT', start, end: cursor.lastEnd };
  }
  cursor.expectOneOf('TABLE', 'TABLES');
  return parseRenameTable(cursor, start);
}
