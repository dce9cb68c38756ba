import type { AccountName, CreateViewStatement, Statement } from '../ast.ts';
import { parseCreateUser, parseRole } from './account.ts';
import { parseCreateTable } from './create-table.ts';
import type { Cursor } from './cursor.ts';
import { parseAccountName } from './name.ts';
import { parseResource } from './resource.ts';
import { parseCreateEvent, parseCreateRoutine, parseCreateTrigger } from './routine.ts';
import { parseCreateDatabase, parseCreateIndex, parseView } from './schema.ts';
import { unsupportedObject } from './unsupported.ts';

/** CREATE of anything. */
export function parseCreate(cursor: Cursor): Statement {
  const { start } = cursor.expect('CREATE');
  switch (cursor.token.word) {
    case 'DATABASE':
    case 'SCHEMA':
      if (cursor.peek(1).word === 'LINK' && cursor.isName(cursor.peek(2))) break;
      cursor.advance();
      return parseCreateDatabase(cursor, start);
    case 'TABLE':
      cursor.advance();
      return parseCreateTable(cursor, start, false);
    case 'TEMPORARY':
      cursor.advance();
      cursor.expect('TABLE');
      return parseCreateTable(cursor, start, true);
    case 'ONLINE':
    case 'OFFLINE':
      // MySQL 5.1 and NDB: how the index is made, not what it is.
      cursor.advance();
      return parseCreateAnyIndex(cursor, start);
    case 'VECTOR':
      cursor.advance();
      cursor.lacking = 'VECTOR INDEX';
      cursor.expect('INDEX');
      return parseCreateIndex(cursor, start, 'index');
    case 'UNIQUE':
    case 'FULLTEXT':
    case 'SPATIAL': {
      if (cursor.peek(1).word === 'REFERENCE') return unsupportedObject(cursor, start, 'CREATE');
      return parseCreateAnyIndex(cursor, start);
    }
    case 'INDEX':
      return parseCreateAnyIndex(cursor, start);
    case 'USER':
      cursor.advance();
      return parseCreateUser(cursor, start);
    case 'ROLE':
      cursor.advance();
      return parseRole(cursor, start, 'create-role');
    case 'OR':
    case 'ALGORITHM':
    case 'DEFINER':
    case 'SQL':
    case 'VIEW':
    case 'TRIGGER':
    case 'PROCEDURE':
    case 'FUNCTION':
    case 'EVENT':
    case 'AGGREGATE':
    case 'FORCE':
    case 'NOFORCE':
    case 'NO':
      return parseDefined(cursor, start);
  }
  return parseResource(cursor, start, 'create') ?? unsupportedObject(cursor, start, 'CREATE');
}

function parseCreateAnyIndex(cursor: Cursor, start: number): Statement {
  const word = cursor.acceptOneOf('UNIQUE', 'FULLTEXT', 'SPATIAL');
  cursor.expect('INDEX');
  const type = word === undefined ? 'index' : (word.toLowerCase() as 'unique' | 'fulltext' | 'spatial');
  return parseCreateIndex(cursor, start, type);
}

/** Views, triggers, routines and events, which may have a definer. */
function parseDefined(cursor: Cursor, start: number): Statement {
  const orReplace = cursor.acceptAll('OR', 'REPLACE');
  if (cursor.is('FORCE') || cursor.is('NOFORCE') || cursor.areNext('NO', 'FORCE')) acceptForce(cursor);
  const { algorithm, definer, security } = parseDefinedHead(cursor);
  if (cursor.accept('VIEW'))
    return parseView(cursor, start, { orReplace, alter: false, algorithm, definer, security });
  if (algorithm !== undefined || security !== undefined) cursor.fail();
  if (orReplace && !cursor.isOneOf(ROUTINES)) return unsupportedObject(cursor, start, 'CREATE OR REPLACE');
  if (orReplace) cursor.lacking = 'CREATE OR REPLACE';
  cursor.accept('AGGREGATE');
  switch (cursor.expectOneOf('TRIGGER', 'PROCEDURE', 'FUNCTION', 'EVENT')) {
    case 'TRIGGER':
      return parseCreateTrigger(cursor, start, definer);
    case 'EVENT':
      return parseCreateEvent(cursor, start, definer);
    case 'PROCEDURE':
      return parseCreateRoutine(cursor, start, definer, 'PROCEDURE');
    case 'FUNCTION':
      return parseCreateRoutine(cursor, start, definer, 'FUNCTION');
  }
}

const ROUTINES = new Set(['TRIGGER', 'PROCEDURE', 'FUNCTION', 'EVENT']);

/** OceanBase's CREATE FORCE VIEW: one whose tables need not exist. */
function acceptForce(cursor: Cursor): void {
  cursor.accept('NO');
  if (cursor.advance().word === 'FORCE') cursor.lacking = 'CREATE FORCE VIEW';
  if (!cursor.is('VIEW')) cursor.fail();
}

export interface DefinedHead {
  readonly algorithm: CreateViewStatement['algorithm'];
  readonly definer: AccountName | undefined;
  readonly security: CreateViewStatement['security'];
}

/** [ALGORITHM = …] [DEFINER = user] [SQL SECURITY …]. */
export function parseDefinedHead(cursor: Cursor): DefinedHead {
  let algorithm: DefinedHead['algorithm'];
  if (cursor.accept('ALGORITHM')) {
    cursor.expect('=');
    algorithm = cursor.expectOneOf('UNDEFINED', 'MERGE', 'TEMPTABLE');
  }
  let definer: AccountName | undefined;
  if (cursor.accept('DEFINER')) {
    cursor.expect('=');
    definer = parseAccountName(cursor);
  }
  const security = cursor.acceptAll('SQL', 'SECURITY') ? cursor.expectOneOf('DEFINER', 'INVOKER') : undefined;
  return { algorithm, definer, security };
}
