import type { CheckNode, ForeignKeyNode, IndexNode, IndexOptions, IndexPart } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import { acceptConstraintName, parseCheck, parseReferences } from './column.ts';
import type { Cursor } from './cursor.ts';
import { parsePartitionBy } from './partition.ts';
import { parseColumnGroups } from './table-option.ts';

export type TableConstraint =
  | { readonly kind: 'index'; readonly index: IndexNode }
  | { readonly kind: 'foreign-key'; readonly foreignKey: ForeignKeyNode }
  | { readonly kind: 'check'; readonly check: CheckNode };

const CONSTRAINT_STARTS = new Set([
  'CONSTRAINT',
  'PRIMARY',
  'UNIQUE',
  'INDEX',
  'KEY',
  'FULLTEXT',
  'SPATIAL',
  'FOREIGN',
  'CHECK',
]);

export function startsConstraint(cursor: Cursor): boolean {
  if (cursor.is('VECTOR')) return cursor.peek(1).word === 'INDEX' || cursor.peek(1).word === 'KEY';
  return cursor.token.kind === TokenKind.Word && cursor.isOneOf(CONSTRAINT_STARTS);
}

/** An index, a foreign key or a check, as it stands among the columns of a table. */
export function parseConstraint(cursor: Cursor): TableConstraint {
  const { start } = cursor.token;
  const name = acceptConstraintName(cursor);
  if (cursor.accept('VECTOR')) cursor.lacking = 'VECTOR INDEX';
  if (cursor.is('FOREIGN')) return { kind: 'foreign-key', foreignKey: parseForeignKey(cursor, start, name) };
  if (cursor.is('CHECK')) return { kind: 'check', check: parseCheck(cursor, name) };
  const type = parseIndexType(cursor);
  return { kind: 'index', index: finishIndex(cursor, start, type, name) };
}

/** PRIMARY KEY, UNIQUE [KEY | INDEX], FULLTEXT …, KEY, INDEX. */
function parseIndexType(cursor: Cursor): IndexNode['type'] {
  const word = cursor.expectOneOf('PRIMARY', 'UNIQUE', 'FULLTEXT', 'SPATIAL', 'INDEX', 'KEY');
  switch (word) {
    case 'PRIMARY':
      cursor.expect('KEY');
      return 'primary';
    case 'INDEX':
    case 'KEY':
      return 'index';
  }
  cursor.acceptOneOf('INDEX', 'KEY');
  return word.toLowerCase() as 'unique' | 'fulltext' | 'spatial';
}

function finishIndex(
  cursor: Cursor,
  start: number,
  type: IndexNode['type'],
  constraintName: string | undefined,
): IndexNode {
  acceptIfNotExists(cursor);
  const ownName = cursor.isName() && !startsUsing(cursor) ? cursor.name() : undefined;
  const using = acceptUsing(cursor);
  const parts = parseIndexParts(cursor);
  const options = parseIndexOptions(cursor, using);
  // OceanBase's global index has partitions of its own.
  if (cursor.is('PARTITION') && cursor.peek(1).word === 'BY') parsePartitionBy(cursor);
  if (cursor.is('WITH')) acceptLayout(cursor);
  return { type, name: ownName ?? constraintName, parts, options, start, end: cursor.lastEnd };
}

function acceptIfNotExists(cursor: Cursor): void {
  cursor.acceptAll('IF', 'NOT', 'EXISTS');
}

/** `(a, b(10) DESC, (a + b))`. */
export function parseIndexParts(cursor: Cursor): IndexPart[] {
  return cursor.parenthesized(parseIndexPart);
}

function parseIndexPart(cursor: Cursor): IndexPart {
  const { start } = cursor.token;
  let column: string | undefined;
  let expression: IndexPart['expression'];
  let prefixLength: number | undefined;
  if (cursor.accept('(')) {
    expression = cursor.expression();
    cursor.expect(')');
  } else {
    column = cursor.name();
    if (cursor.accept('(')) {
      prefixLength = cursor.number();
      cursor.expect(')');
    }
  }
  const direction = cursor.acceptOneOf('ASC', 'DESC');
  return { column, expression, prefixLength, direction, start, end: cursor.lastEnd };
}

function startsUsing(cursor: Cursor): boolean {
  return cursor.is('TYPE') && cursor.peek(1).word !== '(' && cursor.peek(1).word !== 'USING';
}

export function acceptUsing(cursor: Cursor): string | undefined {
  if (!cursor.is('USING') && !startsUsing(cursor)) return undefined;
  cursor.advance();
  return cursor.expectOneOf('BTREE', 'HASH', 'RTREE');
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** @param using what was written before the columns */
export function parseIndexOptions(cursor: Cursor, using: string | undefined): IndexOptions {
  const options: Mutable<IndexOptions> = {
    using,
    comment: undefined,
    invisible: undefined,
    parser: undefined,
    keyBlockSize: undefined,
    scope: undefined,
  };
  while (parseIndexOption(cursor, options));
  return options;
}

function parseIndexOption(cursor: Cursor, options: Mutable<IndexOptions>): boolean {
  const using = acceptUsing(cursor);
  if (using !== undefined) options.using = using;
  else if (cursor.accept('COMMENT')) options.comment = cursor.string();
  else if (cursor.is('VISIBLE') || cursor.is('INVISIBLE'))
    options.invisible = cursor.advance().word === 'INVISIBLE';
  else if (cursor.acceptAll('WITH', 'PARSER')) {
    options.parser = cursor.name();
  } else if (cursor.accept('PARSER_PROPERTIES')) parseProperties(cursor);
  else if (cursor.accept('KEY_BLOCK_SIZE')) {
    cursor.accept('=');
    options.keyBlockSize = cursor.number();
  } else if (cursor.is('LOCAL') || cursor.is('GLOBAL')) options.scope = cursor.expectOneOf('LOCAL', 'GLOBAL');
  else if (cursor.is('ENGINE_ATTRIBUTE') || cursor.is('SECONDARY_ENGINE_ATTRIBUTE')) {
    cursor.advance();
    cursor.accept('=');
    cursor.string();
  } else if (cursor.is('STORING')) {
    cursor.advance();
    cursor.names();
  } else if (cursor.isOneOf(NUMBER_OPTIONS)) {
    cursor.advance();
    cursor.accept('=');
    cursor.number();
  } else return acceptLayout(cursor);
  return true;
}

const NUMBER_OPTIONS = new Set([
  'BLOCK_SIZE',
  'DATA_TABLE_ID',
  'INDEX_TABLE_ID',
  'MAX_USED_PART_ID',
  'PARALLEL',
]);

/** What says how an index is stored: its column groups, a vector index's parameters; nothing of it is kept. */
function acceptLayout(cursor: Cursor): boolean {
  if (cursor.is('NOPARALLEL') || cursor.is('REVERSE')) cursor.advance();
  else if (cursor.areNext('WITH', 'COLUMN', 'GROUP')) parseColumnGroups(cursor);
  else if (cursor.areNext('WITH', '(')) {
    cursor.advance();
    parseProperties(cursor);
  } else return false;
  return true;
}

/** [=] (name = value, …). */
function parseProperties(cursor: Cursor): void {
  cursor.accept('=');
  cursor.parenthesized((at) => {
    at.name();
    at.expect('=');
    if (at.token.kind === TokenKind.Integer || at.token.kind === TokenKind.Decimal) at.advance();
    else at.nameOrString();
  });
}

function parseForeignKey(cursor: Cursor, start: number, name: string | undefined): ForeignKeyNode {
  cursor.expectAll('FOREIGN', 'KEY');
  acceptIfNotExists(cursor);
  const indexName = cursor.isName() ? cursor.name() : undefined;
  const columns = parseIndexParts(cursor);
  const references = parseReferences(cursor);
  return { name, indexName, columns, references, start, end: cursor.lastEnd };
}
