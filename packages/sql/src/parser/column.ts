import type { CheckNode, ColumnNode, Expression, ReferenceOption, ReferencesNode } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseTableName } from './name.ts';
import { parseType } from './type.ts';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
type Column = Mutable<ColumnNode> & { checks: CheckNode[] };

/** `name type attributes`. */
export function parseColumnDefinition(cursor: Cursor): ColumnNode {
  const { start } = cursor.token;
  const name = cursor.name();
  return parseColumnBody(cursor, name, start);
}

/** What follows a column's name. */
export function parseColumnBody(cursor: Cursor, name: string, start: number): ColumnNode {
  const type = parseType(cursor);
  const column: Column = {
    name,
    type,
    nullable: undefined,
    defaultValue: undefined,
    onUpdate: undefined,
    autoIncrement: false,
    primaryKey: false,
    unique: false,
    comment: undefined,
    generated: undefined,
    checks: [],
    references: undefined,
    invisible: false,
    srid: undefined,
    start,
    end: cursor.lastEnd,
  };
  while (parseAttribute(cursor, column));
  return { ...column, end: cursor.lastEnd };
}

function parseAttribute(cursor: Cursor, column: Column): boolean {
  switch (cursor.token.word) {
    case 'NOT':
      cursor.advance();
      if (cursor.accept('SECONDARY')) return true;
      cursor.expect('NULL');
      column.nullable = false;
      return true;
    case 'NULL':
      cursor.advance();
      column.nullable = true;
      return true;
    case 'DEFAULT':
      cursor.advance();
      parseColumnDefault(cursor, column);
      return true;
    case 'ON':
      cursor.advance();
      cursor.expect('UPDATE');
      column.onUpdate = cursor.grammar.primary(cursor);
      return true;
    case 'AUTO_INCREMENT':
      cursor.advance();
      column.autoIncrement = true;
      return true;
    case 'UNIQUE':
      cursor.advance();
      cursor.accept('KEY');
      column.unique = true;
      return true;
    case 'PRIMARY':
    case 'KEY':
      cursor.accept('PRIMARY');
      cursor.expect('KEY');
      column.primaryKey = true;
      return true;
    case 'COMMENT':
      cursor.advance();
      column.comment = cursor.string();
      return true;
    case 'COLLATE':
      cursor.advance();
      column.type = {
        ...column.type,
        collation: cursor.accept('BINARY') ? 'binary' : cursor.nameOrString().toLowerCase(),
      };
      return true;
    case 'GENERATED':
    case 'AS':
      column.generated = parseGenerated(cursor);
      return true;
    case 'CONSTRAINT':
    case 'CHECK':
      column.checks.push(parseCheck(cursor, acceptConstraintName(cursor)));
      return true;
    case 'REFERENCES':
      column.references = parseReferences(cursor);
      return true;
  }
  return parseRareAttribute(cursor, column);
}

function parseRareAttribute(cursor: Cursor, column: Column): boolean {
  switch (cursor.token.word) {
    case 'ID':
      // OceanBase: the column's number, which it gives itself.
      cursor.advance();
      cursor.number();
      return true;
    case 'ORIG_DEFAULT':
      cursor.advance();
      parseDefault(cursor);
      return true;
    case 'LOB_INROW_THRESHOLD':
      cursor.advance();
      cursor.accept('=');
      cursor.number();
      return true;
    case 'SKIP_INDEX':
      cursor.advance();
      cursor.expect('(');
      if (!cursor.is(')')) cursor.list((at) => at.name());
      cursor.expect(')');
      return true;
    case 'INVISIBLE':
    case 'VISIBLE':
      column.invisible = cursor.advance().word === 'INVISIBLE';
      return true;
    case 'COLUMN_FORMAT':
    case 'STORAGE':
      cursor.advance();
      cursor.expectOneOf('FIXED', 'DYNAMIC', 'DEFAULT', 'DISK', 'MEMORY');
      return true;
    case 'SRID':
      cursor.advance();
      column.srid = cursor.number();
      return true;
    case 'ENGINE_ATTRIBUTE':
    case 'SECONDARY_ENGINE_ATTRIBUTE':
      cursor.advance();
      cursor.accept('=');
      cursor.string();
      return true;
    case 'SERIAL':
      cursor.expectAll('SERIAL', 'DEFAULT', 'VALUE');
      column.nullable = false;
      column.autoIncrement = column.unique = true;
      return true;
  }
  return false;
}

/** A COLLATE after the value is the column's. */
function parseColumnDefault(cursor: Cursor, column: Column): void {
  let value = parseDefault(cursor);
  while (value.kind === 'collate') {
    column.type = { ...column.type, collation: value.collation };
    value = value.operand;
  }
  column.defaultValue = value;
}

/** A signed literal, NOW() and its synonyms, or an expression in parentheses. */
export function parseDefault(cursor: Cursor): Expression {
  const { token } = cursor;
  const value = cursor.grammar.primary(cursor);
  if (value.kind === 'column' && token.word !== '(') cursor.fail(token);
  return value;
}

function parseGenerated(cursor: Cursor): NonNullable<ColumnNode['generated']> {
  if (cursor.accept('GENERATED')) cursor.expect('ALWAYS');
  cursor.expectAll('AS', '(');
  const expression = cursor.expression();
  cursor.expect(')');
  const stored = cursor.acceptOneOf('VIRTUAL', 'STORED', 'PERSISTENT');
  return { expression, stored: stored !== undefined && stored !== 'VIRTUAL' };
}

/** CONSTRAINT [name]: undefined without a name, or without the word. */
export function acceptConstraintName(cursor: Cursor): string | undefined {
  return cursor.accept('CONSTRAINT') && cursor.isName() ? cursor.name() : undefined;
}

/** CHECK (condition) [[NOT] ENFORCED]. */
export function parseCheck(cursor: Cursor, name: string | undefined): CheckNode {
  const { start } = cursor.expect('CHECK');
  cursor.expect('(');
  const condition = cursor.expression();
  cursor.expect(')');
  const disabled = cursor.acceptAll('NOT', 'ENFORCED');
  if (!disabled) cursor.accept('ENFORCED');
  return { name, condition, enforced: !disabled, start, end: cursor.lastEnd };
}

/** REFERENCES t (a, b) [MATCH …] [ON DELETE …] [ON UPDATE …]. */
export function parseReferences(cursor: Cursor): ReferencesNode {
  const { start } = cursor.expect('REFERENCES');
  const table = parseTableName(cursor);
  const columns = cursor.is('(') ? cursor.names() : [];
  const match = cursor.accept('MATCH') ? cursor.expectOneOf('FULL', 'PARTIAL', 'SIMPLE') : undefined;
  let onDelete: ReferenceOption | undefined;
  let onUpdate: ReferenceOption | undefined;
  for (;;) {
    if (cursor.acceptAll('ON', 'DELETE')) onDelete = parseReferenceOption(cursor);
    else if (cursor.is('ON') && cursor.peek(1).word === 'UPDATE' && isReferenceOption(cursor)) {
      cursor.expectAll('ON', 'UPDATE');
      onUpdate = parseReferenceOption(cursor);
    } else return { table, columns, match, onDelete, onUpdate, start, end: cursor.lastEnd };
  }
}

/** ON UPDATE after a column's REFERENCES may be that of the column: ON UPDATE NOW(). */
function isReferenceOption(cursor: Cursor): boolean {
  const { word, kind } = cursor.peek(2);
  return (
    kind === TokenKind.Word && (word === 'RESTRICT' || word === 'CASCADE' || word === 'SET' || word === 'NO')
  );
}

function parseReferenceOption(cursor: Cursor): ReferenceOption {
  const word = cursor.expectOneOf('RESTRICT', 'CASCADE', 'SET', 'NO');
  if (word === 'SET') return `SET ${cursor.expectOneOf('NULL', 'DEFAULT')}`;
  if (word !== 'NO') return word;
  cursor.expect('ACTION');
  return 'NO ACTION';
}
