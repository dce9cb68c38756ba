import type { FileFormat } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { acceptCharsetWords, parseBytesOrString, parseCharsetName } from './name.ts';

/** CHARACTER SET, FIELDS (or COLUMNS) and LINES of LOAD DATA and SELECT … INTO OUTFILE. */
export function parseFileFormat(cursor: Cursor): FileFormat {
  const format: { -readonly [Key in keyof FileFormat]: FileFormat[Key] } = {
    charset: acceptCharsetWords(cursor) ? parseCharsetName(cursor) : undefined,
    fieldsTerminatedBy: undefined,
    fieldsEnclosedBy: undefined,
    optionallyEnclosed: false,
    fieldsEscapedBy: undefined,
    linesStartingBy: undefined,
    linesTerminatedBy: undefined,
  };
  if (cursor.acceptOneOf('FIELDS', 'COLUMNS') !== undefined) parseFields(cursor, format);
  if (cursor.is('LINES') && (cursor.peek(1).word === 'STARTING' || cursor.peek(1).word === 'TERMINATED')) {
    cursor.advance();
    parseLines(cursor, format);
  }
  return format;
}

type Mutable = { -readonly [Key in keyof FileFormat]: FileFormat[Key] };

function parseFields(cursor: Cursor, format: Mutable): void {
  let count = 0;
  for (; ; count++) {
    if (cursor.acceptAll('TERMINATED', 'BY')) format.fieldsTerminatedBy = parseBytesOrString(cursor);
    else if (cursor.acceptAll('OPTIONALLY', 'ENCLOSED', 'BY')) {
      format.optionallyEnclosed = true;
      format.fieldsEnclosedBy = parseBytesOrString(cursor);
    } else if (cursor.acceptAll('ENCLOSED', 'BY')) format.fieldsEnclosedBy = parseBytesOrString(cursor);
    else if (cursor.acceptAll('ESCAPED', 'BY')) format.fieldsEscapedBy = parseBytesOrString(cursor);
    else break;
  }
  if (count === 0) cursor.fail();
}

function parseLines(cursor: Cursor, format: Mutable): void {
  for (;;) {
    if (cursor.acceptAll('STARTING', 'BY')) format.linesStartingBy = parseBytesOrString(cursor);
    else if (cursor.acceptAll('TERMINATED', 'BY')) format.linesTerminatedBy = parseBytesOrString(cursor);
    else return;
  }
}
