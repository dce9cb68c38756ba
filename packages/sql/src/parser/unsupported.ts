import type { UnsupportedStatement } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { skipToEnd } from './rest.ts';

/** Objects that MySQL or OceanBase can create, alter and drop, and we can't, by their first words. */
const OBJECTS = [
  'AI MODEL',
  'CONTEXT',
  'DATABASE LINK',
  'DBLINK',
  'DIRECTORY',
  'DISKGROUP',
  'FORMAT OUTLINE',
  'JSON DUALITY VIEW',
  'JSON RELATIONAL DUALITY VIEW',
  'LOCATION',
  'RULE',
  'SENSITIVE RULE',
  'INDEX',
  'SESSION',
  'EVENT',
  'FUNCTION',
  'INSTANCE',
  'LIBRARY',
  'LOGFILE GROUP',
  'MATERIALIZED VIEW',
  'OUTLINE',
  'PACKAGE',
  'PROCEDURE',
  'RESOURCE GROUP',
  'RESTORE POINT',
  'SEQUENCE',
  'SERVER',
  'SPATIAL REFERENCE SYSTEM',
  'SYNONYM',
  'TABLEGROUP',
  'TABLESPACE',
  'TRIGGER',
  'TYPE',
  'UNDO TABLESPACE',
  'KEYSTORE',
  'CATALOG',
  'EXTERNAL TABLE',
  'SCHEDULE',
  'RECYCLEBIN',
  'PLAN',
  'PUBLIC SYNONYM',
] as const;

/** CREATE, ALTER or DROP of such an object; anything else is a syntax error. */
export function unsupportedObject(cursor: Cursor, start: number, verb: string): UnsupportedStatement {
  const object = OBJECTS.find((words) => cursor.areNext(...words.split(' '))) ?? cursor.fail();
  for (let count = object.split(' ').length; count > 0; count--) cursor.advance();
  if (cursor.atEnd && !ALONE.has(object)) cursor.fail();
  if (verb === 'ALTER' && !isRoutine(object)) {
    if (!cursor.acceptAll('IF', 'EXISTS')) cursor.advance();
    if (cursor.atEnd) cursor.fail();
  }
  skipToEnd(cursor);
  return { kind: 'unsupported', name: `${verb} ${object}`, start, end: cursor.lastEnd };
}

const ALONE = new Set<string>(['KEYSTORE']);

/** ALTER PROCEDURE p alone changes nothing, but may be written. */
function isRoutine(object: string): boolean {
  return object === 'PROCEDURE' || object === 'FUNCTION';
}

/** Whole statements, by their first words. */
const STATEMENTS = [
  'AUDIT',
  'BACKUP',
  'COMMENT ON',
  'DUMP CHUNK',
  'DUMP ENTITY',
  'DUMP MEMORY',
  'DIFF TABLE',
  'FORK DATABASE',
  'FORK TABLE',
  'MERGE',
  'NOAUDIT',
] as const;

/** A statement known by its first words, or a syntax error. */
export function unsupportedStatement(cursor: Cursor): UnsupportedStatement {
  const { start, kind } = cursor.token;
  if (kind !== TokenKind.Word) cursor.fail();
  const name = STATEMENTS.find((words) => cursor.areNext(...words.split(' '))) ?? cursor.fail();
  skipToEnd(cursor);
  return { kind: 'unsupported', name, start, end: cursor.lastEnd };
}
