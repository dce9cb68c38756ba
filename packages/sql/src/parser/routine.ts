import type {
  AccountName,
  CreateEventStatement,
  CreateRoutineStatement,
  CreateTriggerStatement,
  Span,
  Statement,
} from '../ast.ts';
import { readRoutineStatement } from './compound.ts';
import type { Cursor } from './cursor.ts';
import { parseIntervalUnit } from './interval.ts';
import { parseTableName } from './name.ts';
import { parseType } from './type.ts';

/** After CREATE [DEFINER = …] TRIGGER. */
export function parseCreateTrigger(
  cursor: Cursor,
  start: number,
  definer: AccountName | undefined,
): CreateTriggerStatement {
  const ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  const trigger = parseTableName(cursor);
  const timing = cursor.expectOneOf('BEFORE', 'AFTER');
  const event = cursor.expectOneOf('INSERT', 'UPDATE', 'DELETE');
  cursor.expect('ON');
  const table = parseTableName(cursor);
  cursor.expectAll('FOR', 'EACH', 'ROW');
  const place = cursor.acceptOneOf('FOLLOWS', 'PRECEDES');
  const order = place === undefined ? undefined : { place, trigger: cursor.name() };
  const body = parseBody(cursor);
  return {
    kind: 'create-trigger',
    definer,
    ifNotExists,
    trigger,
    timing,
    event,
    table,
    order,
    body,
    start,
    end: cursor.lastEnd,
  };
}

/** After CREATE [DEFINER = …] PROCEDURE or FUNCTION. */
export function parseCreateRoutine(
  cursor: Cursor,
  start: number,
  definer: AccountName | undefined,
  type: 'PROCEDURE' | 'FUNCTION',
): CreateRoutineStatement | Statement {
  const ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  const name = parseTableName(cursor);
  if (cursor.is('RETURNS')) return parseLoadableFunction(cursor, start);
  const parameters = parseParameters(cursor, type === 'PROCEDURE');
  if (type === 'FUNCTION') {
    cursor.expect('RETURNS');
    parseType(cursor);
  }
  while (parseCharacteristic(cursor));
  const body = parseBody(cursor);
  return {
    kind: 'create-routine',
    type,
    definer,
    ifNotExists,
    name,
    parameters,
    body,
    start,
    end: cursor.lastEnd,
  };
}

/** CREATE FUNCTION f RETURNS STRING SONAME 'file'. */
function parseLoadableFunction(cursor: Cursor, start: number): Statement {
  cursor.expect('RETURNS');
  cursor.expectOneOf('STRING', 'INTEGER', 'INT', 'REAL', 'DECIMAL', 'DEC', 'FIXED', 'NUMERIC');
  cursor.expect('SONAME');
  cursor.string();
  return { kind: 'unsupported', name: 'CREATE FUNCTION SONAME', start, end: cursor.lastEnd };
}

/** @param modes whether IN, OUT and INOUT may be written: a function has only what goes in */
function parseParameters(cursor: Cursor, modes: boolean): Span {
  const { start } = cursor.expect('(');
  if (!cursor.is(')')) cursor.list((at) => parseParameter(at, modes));
  cursor.expect(')');
  return { start, end: cursor.lastEnd };
}

function parseParameter(cursor: Cursor, modes: boolean): void {
  const mode = modes && (cursor.is('IN') || cursor.is('OUT') || cursor.is('INOUT'));
  if (mode) cursor.advance();
  cursor.name();
  parseType(cursor);
}

function parseCharacteristic(cursor: Cursor): boolean {
  if (cursor.accept('COMMENT')) cursor.string();
  else if (cursor.accept('LANGUAGE')) cursor.nameAfterPoint();
  else if (cursor.accept('NOT')) cursor.expect('DETERMINISTIC');
  else if (cursor.acceptAll('SQL', 'SECURITY')) cursor.expectOneOf('DEFINER', 'INVOKER');
  else if (cursor.acceptAll('READS', 'SQL') || cursor.acceptAll('MODIFIES', 'SQL')) cursor.expect('DATA');
  else if (!cursor.acceptAll('CONTAINS', 'SQL') && !cursor.acceptAll('NO', 'SQL'))
    return cursor.accept('DETERMINISTIC');
  return true;
}

/** After CREATE [DEFINER = …] EVENT. */
export function parseCreateEvent(
  cursor: Cursor,
  start: number,
  definer: AccountName | undefined,
): CreateEventStatement {
  const ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  const name = parseTableName(cursor);
  cursor.expectAll('ON', 'SCHEDULE');
  readSchedule(cursor);
  readEventOptions(cursor);
  cursor.expect('DO');
  const body = parseBody(cursor);
  return { kind: 'create-event', definer, ifNotExists, name, body, start, end: cursor.lastEnd };
}

/** AT time, or EVERY n unit [STARTS time] [ENDS time]. */
export function readSchedule(cursor: Cursor): void {
  if (cursor.accept('AT')) {
    cursor.expression();
    return;
  }
  cursor.expect('EVERY');
  cursor.expression();
  parseIntervalUnit(cursor);
  if (cursor.accept('STARTS')) cursor.expression();
  if (cursor.accept('ENDS')) cursor.expression();
}

/** ON COMPLETION [NOT] PRESERVE, ENABLE, DISABLE [ON SLAVE], COMMENT. */
function readEventOptions(cursor: Cursor): void {
  if (cursor.acceptAll('ON', 'COMPLETION')) {
    cursor.accept('NOT');
    cursor.expect('PRESERVE');
  }
  if (cursor.acceptOneOf('ENABLE', 'DISABLE') === 'DISABLE' && cursor.accept('ON'))
    cursor.expectOneOf('SLAVE', 'REPLICA');
  if (cursor.accept('COMMENT')) cursor.string();
}

/** A routine's statement: its text is kept, and it is read to find its end. */
function parseBody(cursor: Cursor): Span {
  const { start } = cursor.token;
  readRoutineStatement(cursor);
  return { start, end: cursor.lastEnd };
}
