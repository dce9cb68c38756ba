import type { Expression, ResourceOption, ResourceStatement } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { acceptCharsetWords } from './name.ts';
import { parseVariableValue } from './set.ts';
import { parseWordOrString } from './system-value.ts';

/** After CREATE, ALTER or DROP: TENANT, RESOURCE UNIT or RESOURCE POOL with its options; undefined if it is none of them. */
export function parseResource(
  cursor: Cursor,
  start: number,
  operation: ResourceStatement['operation'],
): ResourceStatement | undefined {
  const type = acceptResourceType(cursor);
  if (type === undefined) return undefined;
  const ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  const ifExists = cursor.acceptAll('IF', 'EXISTS');
  if (type === 'RESOURCE POOL' && cursor.areNext('MERGE', '(')) return parseMerge(cursor, start);
  const name = parseWordOrString(cursor);
  if (operation === 'drop') cursor.acceptOneOf('FORCE', 'PURGE');
  const options: ResourceOption[] = [];
  while (!cursor.atEnd && !startsVariables(cursor)) {
    options.push(parseOption(cursor));
    cursor.accept(',');
  }
  const variables = startsVariables(cursor) ? parseVariables(cursor) : [];
  while (!cursor.atEnd) {
    options.push(parseOption(cursor));
    cursor.accept(',');
  }
  return {
    kind: 'resource',
    operation,
    type,
    name,
    ifNotExists,
    ifExists,
    options,
    variables,
    start,
    end: cursor.lastEnd,
  };
}

/** ALTER RESOURCE POOL MERGE (…) INTO (…). */
function parseMerge(cursor: Cursor, start: number): ResourceStatement {
  cursor.expect('MERGE');
  cursor.parenthesized(parseWordOrString);
  cursor.expect('INTO');
  const [name = ''] = cursor.parenthesized(parseWordOrString);
  cursor.lacking = 'ALTER RESOURCE POOL MERGE';
  return {
    kind: 'resource',
    operation: 'alter',
    type: 'RESOURCE POOL',
    name,
    ifNotExists: false,
    ifExists: false,
    options: [],
    variables: [],
    start,
    end: cursor.lastEnd,
  };
}

function acceptResourceType(cursor: Cursor): ResourceStatement['type'] | undefined {
  if (cursor.acceptAll('RESOURCE', 'UNIT')) return 'RESOURCE UNIT';
  if (cursor.acceptAll('RESOURCE', 'POOL')) return 'RESOURCE POOL';
  if (cursor.is('TENANT') || cursor.areNext('STANDBY', 'TENANT')) {
    cursor.accept('STANDBY');
    cursor.advance();
    return 'TENANT';
  }
  return undefined;
}

/** SET VARIABLES a = 1, or CREATE TENANT … SET a = 1. */
function startsVariables(cursor: Cursor): boolean {
  return cursor.is('SET') || cursor.is('VARIABLES');
}

function parseVariables(cursor: Cursor): { name: string; value: Expression }[] {
  cursor.accept('SET');
  cursor.accept('VARIABLES');
  return cursor.list((at) => {
    if (at.accept('@@')) at.acceptAll('GLOBAL', '.');
    else at.accept('GLOBAL');
    const name = at.nameAfterPoint();
    at.expectOneOf('=', ':=');
    return { name, value: parseVariableValue(at) };
  });
}

function parseOption(cursor: Cursor): ResourceOption {
  const { start, kind } = cursor.token;
  if (cursor.accept('READ')) {
    const value = cursor.expectOneOf('ONLY', 'WRITE');
    return { name: 'READ', values: [value], start, end: cursor.lastEnd };
  }
  if (cursor.is('LOCK') || cursor.is('UNLOCK') || cursor.is('FORCE'))
    return { name: cursor.advance().word, values: [], start, end: cursor.lastEnd };
  const split = parseSplit(cursor, start);
  if (split !== undefined) return split;
  if (kind !== TokenKind.Word) cursor.fail();
  cursor.accept('DEFAULT');
  const name = acceptCharsetWords(cursor) ? 'CHARSET' : cursor.advance().word;
  cursor.accept('=');
  const values = cursor.is('(') ? cursor.parenthesized(parseOptionValue) : [parseOptionValue(cursor)];
  return { name, values, start, end: cursor.lastEnd };
}

/** ALTER RESOURCE POOL: SPLIT INTO (…) ON (…), DELETE UNIT [=] (…). */
function parseSplit(cursor: Cursor, start: number): ResourceOption | undefined {
  let name: string;
  let values: string[];
  if (cursor.acceptAll('SPLIT', 'INTO')) {
    name = 'SPLIT';
    values = cursor.parenthesized(parseWordOrString);
    cursor.expect('ON');
    values.push(...cursor.parenthesized(parseWordOrString));
  } else if (cursor.is('DELETE')) {
    cursor.advance();
    name = `DELETE ${cursor.expectOneOf('UNIT', 'UNIT_GROUP')}`;
    cursor.accept('=');
    values = cursor.parenthesized(parseWordOrString);
  } else return undefined;
  cursor.lacking = name;
  return { name, values, start, end: cursor.lastEnd };
}

function parseOptionValue(cursor: Cursor): string {
  const { kind } = cursor.token;
  if (kind === TokenKind.Decimal || kind === TokenKind.Float) return cursor.advance().value;
  return parseWordOrString(cursor);
}
