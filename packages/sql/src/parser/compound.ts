import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseType } from './type.ts';

/**
 * A statement of a routine, read to find its end and its errors; nothing of it is kept. Source:
 * MySQL Reference Manual, "Compound Statement Syntax".
 */
export function readRoutineStatement(cursor: Cursor): void {
  cursor.nested(readStatement);
}

function readStatement(cursor: Cursor): void {
  const label = acceptLabel(cursor);
  const rule = LABELLED[cursor.token.word] ?? (label === undefined ? RULES[cursor.token.word] : undefined);
  if (rule !== undefined && cursor.token.kind === TokenKind.Word) rule(cursor);
  else if (label !== undefined) cursor.fail();
  else cursor.grammar.statement(cursor);
}

const LABELLED: Readonly<Record<string, (cursor: Cursor) => void>> = {
  BEGIN: readBlock,
  LOOP: readLoop,
  REPEAT: readRepeat,
  WHILE: readWhile,
};

const RULES: Readonly<Record<string, (cursor: Cursor) => void>> = {
  IF: readIf,
  CASE: readCase,
  RETURN: readReturn,
  LEAVE: readJump,
  ITERATE: readJump,
  OPEN: readJump,
  CLOSE: readJump,
  FETCH: readFetch,
};

/** `name:` before a block or a loop. */
function acceptLabel(cursor: Cursor): string | undefined {
  if (cursor.peek(1).word !== ':' || !cursor.isName()) return undefined;
  const label = cursor.name();
  cursor.expect(':');
  return label;
}

function readBlock(cursor: Cursor): void {
  cursor.expect('BEGIN');
  while (cursor.is('DECLARE')) {
    readDeclaration(cursor);
    expectSemicolon(cursor);
  }
  readStatements(cursor, ['END']);
  cursor.expect('END');
  acceptEndLabel(cursor);
}

function acceptEndLabel(cursor: Cursor): void {
  if (cursor.isName()) cursor.name();
}

/** Statements with a semicolon after each, up to one of the words. */
function readStatements(cursor: Cursor, ends: readonly string[]): void {
  while (!ends.some((word) => cursor.is(word))) {
    if (cursor.token.kind === TokenKind.End) cursor.fail();
    readRoutineStatement(cursor);
    expectSemicolon(cursor);
  }
}

function expectSemicolon(cursor: Cursor): void {
  if (cursor.token.kind !== TokenKind.Semicolon) cursor.fail();
  cursor.advance();
}

/** Of variables, conditions, cursors and handlers. */
function readDeclaration(cursor: Cursor): void {
  cursor.expect('DECLARE');
  if (cursor.acceptOneOf('CONTINUE', 'EXIT', 'UNDO') !== undefined) {
    cursor.expectAll('HANDLER', 'FOR');
    cursor.list(readCondition);
    readRoutineStatement(cursor);
    return;
  }
  cursor.list((at) => at.name());
  if (cursor.accept('CONDITION')) {
    cursor.expect('FOR');
    readCondition(cursor);
  } else if (cursor.accept('CURSOR')) {
    cursor.expect('FOR');
    cursor.query();
  } else {
    parseType(cursor);
    if (cursor.accept('DEFAULT')) cursor.expression();
  }
}

function readCondition(cursor: Cursor): void {
  if (cursor.accept('SQLSTATE')) {
    cursor.accept('VALUE');
    cursor.string();
  } else if (cursor.token.kind === TokenKind.Integer) cursor.number();
  else if (cursor.accept('NOT')) cursor.expect('FOUND');
  else if (cursor.acceptOneOf('SQLWARNING', 'SQLEXCEPTION') === undefined) cursor.name();
}

function readIf(cursor: Cursor): void {
  cursor.expect('IF');
  do {
    cursor.expression();
    cursor.expect('THEN');
    readStatements(cursor, ['ELSEIF', 'ELSE', 'END']);
  } while (cursor.accept('ELSEIF'));
  if (cursor.accept('ELSE')) readStatements(cursor, ['END']);
  cursor.expectAll('END', 'IF');
}

function readCase(cursor: Cursor): void {
  cursor.expect('CASE');
  if (!cursor.is('WHEN')) cursor.expression();
  do {
    cursor.expect('WHEN');
    cursor.expression();
    cursor.expect('THEN');
    readStatements(cursor, ['WHEN', 'ELSE', 'END']);
  } while (cursor.is('WHEN'));
  if (cursor.accept('ELSE')) readStatements(cursor, ['END']);
  cursor.expectAll('END', 'CASE');
}

function readLoop(cursor: Cursor): void {
  cursor.expect('LOOP');
  readStatements(cursor, ['END']);
  cursor.expectAll('END', 'LOOP');
  acceptEndLabel(cursor);
}

function readRepeat(cursor: Cursor): void {
  cursor.expect('REPEAT');
  readStatements(cursor, ['UNTIL']);
  cursor.expect('UNTIL');
  cursor.expression();
  cursor.expectAll('END', 'REPEAT');
  acceptEndLabel(cursor);
}

function readWhile(cursor: Cursor): void {
  cursor.expect('WHILE');
  cursor.expression();
  cursor.expect('DO');
  readStatements(cursor, ['END']);
  cursor.expectAll('END', 'WHILE');
  acceptEndLabel(cursor);
}

function readReturn(cursor: Cursor): void {
  cursor.expect('RETURN');
  cursor.expression();
}

/** LEAVE label, ITERATE label, OPEN cursor, CLOSE cursor. */
function readJump(cursor: Cursor): void {
  cursor.advance();
  cursor.name();
}

function readFetch(cursor: Cursor): void {
  cursor.expect('FETCH');
  const hasNext = cursor.is('NEXT') && cursor.peek(1).word === 'FROM';
  if (hasNext) cursor.advance();
  cursor.accept('FROM');
  cursor.name();
  cursor.expect('INTO');
  cursor.list((at) => at.name());
}
