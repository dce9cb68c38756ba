import type { TypeNode } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { acceptCharsetWords, parseCharsetName, parseCollationName } from './name.ts';

/** MySQL's names of types by the words that may stand for them. Source: MySQL Reference Manual, "Data Types". */
const TYPE_BY_WORD: Readonly<Record<string, string>> = {
  BIGINT: 'bigint',
  BINARY: 'binary',
  BIT: 'bit',
  BLOB: 'blob',
  BOOL: 'bool',
  BOOLEAN: 'bool',
  CHAR: 'char',
  CHARACTER: 'char',
  DATE: 'date',
  DATETIME: 'datetime',
  DEC: 'decimal',
  DECIMAL: 'decimal',
  DOUBLE: 'double',
  ENUM: 'enum',
  FIXED: 'decimal',
  FLOAT: 'float',
  FLOAT4: 'float',
  FLOAT8: 'double',
  GEOMCOLLECTION: 'geomcollection',
  GEOMETRY: 'geometry',
  GEOMETRYCOLLECTION: 'geomcollection',
  INT: 'int',
  INT1: 'tinyint',
  INT2: 'smallint',
  INT3: 'mediumint',
  INT4: 'int',
  INT8: 'bigint',
  INTEGER: 'int',
  JSON: 'json',
  LINESTRING: 'linestring',
  LONG: 'mediumtext',
  LONGBLOB: 'longblob',
  LONGTEXT: 'longtext',
  MEDIUMBLOB: 'mediumblob',
  MEDIUMINT: 'mediumint',
  MEDIUMTEXT: 'mediumtext',
  MIDDLEINT: 'mediumint',
  MULTILINESTRING: 'multilinestring',
  MULTIPOINT: 'multipoint',
  MULTIPOLYGON: 'multipolygon',
  NATIONAL: 'char',
  NCHAR: 'char',
  NUMBER: 'decimal',
  NUMERIC: 'decimal',
  NVARCHAR: 'varchar',
  POINT: 'point',
  POLYGON: 'polygon',
  REAL: 'double',
  SERIAL: 'serial',
  SET: 'set',
  SMALLINT: 'smallint',
  TEXT: 'text',
  TIME: 'time',
  TIMESTAMP: 'timestamp',
  TINYBLOB: 'tinyblob',
  TINYINT: 'tinyint',
  TINYTEXT: 'tinytext',
  VARBINARY: 'varbinary',
  VARCHAR: 'varchar',
  VARCHARACTER: 'varchar',
  YEAR: 'year',
  VECTOR: 'vector',
};

const NATIONAL_CHARSET = 'utf8mb3';

/** A column's data type with its attributes; at a word that is no type this is a syntax error. */
export function parseType(cursor: Cursor): TypeNode {
  const { start, kind, word } = cursor.token;
  const name = kind === TokenKind.Word ? TYPE_BY_WORD[word] : undefined;
  if (name === undefined) return parseCollectionType(cursor);
  cursor.advance();
  const type = finishType(cursor, start, ...readSynonym(cursor, word, name));
  while (cursor.accept('[')) {
    if (!cursor.is(']')) cursor.number();
    cursor.expect(']');
    cursor.lacking = 'ARRAY';
  }
  return type;
}

/** OceanBase's ARRAY(type), MAP(type, type), SPARSEVECTOR, ROARINGBITMAP and STRING. */
function parseCollectionType(cursor: Cursor): TypeNode {
  const { start, word } = cursor.token;
  if (!COLLECTIONS.has(word) && !PLAIN_TYPES.has(word)) return cursor.fail();
  cursor.lacking = cursor.advance().word;
  if (COLLECTIONS.has(word)) cursor.nested((at) => at.parenthesized(parseType));
  return { ...finishType(cursor, start, 'blob', undefined), end: cursor.lastEnd };
}

const COLLECTIONS = new Set(['ARRAY', 'MAP']);
const PLAIN_TYPES = new Set(['SPARSEVECTOR', 'ROARINGBITMAP', 'STRING']);

/** The second word of types that have two. @returns the type's name, and its charset if the words say so */
function readSynonym(
  cursor: Cursor,
  word: string,
  name: string,
): [name: string, charset: string | undefined] {
  switch (word) {
    case 'DOUBLE':
      cursor.accept('PRECISION');
      return [name, undefined];
    case 'CHAR':
    case 'CHARACTER':
      return [cursor.accept('VARYING') ? 'varchar' : name, undefined];
    case 'NCHAR':
      if (cursor.acceptOneOf('VARYING', 'VARCHAR', 'VARCHARACTER') === undefined)
        return [name, NATIONAL_CHARSET];
      return ['varchar', NATIONAL_CHARSET];
    case 'NVARCHAR':
      return [name, NATIONAL_CHARSET];
    case 'NATIONAL': {
      const base = cursor.expectOneOf('CHAR', 'CHARACTER', 'VARCHAR', 'VARCHARACTER');
      return [base.startsWith('VAR') || cursor.accept('VARYING') ? 'varchar' : 'char', NATIONAL_CHARSET];
    }
    case 'LONG':
      if (cursor.accept('VARBINARY')) return ['mediumblob', undefined];
      if (!cursor.accept('VARCHAR') && cursor.acceptOneOf('CHAR', 'CHARACTER') !== undefined)
        cursor.expect('VARYING');
      return [name, undefined];
  }
  return [name, undefined];
}

function finishType(
  cursor: Cursor,
  start: number,
  name: string,
  nationalCharset: string | undefined,
): TypeNode {
  const bool = name === 'bool';
  let length = bool ? 1 : undefined;
  let decimals: number | undefined;
  let members: string[] | undefined;
  if (name === 'enum' || name === 'set') members = cursor.parenthesized(parseMember);
  else if (!bool && cursor.is('(')) [length, decimals] = parseLength(cursor);
  // These have no length of their own, and CAST has no types of these names.
  if (length === undefined && (name === 'varchar' || name === 'varbinary')) cursor.fail();
  const attributes = parseAttributes(cursor, nationalCharset);
  return {
    name: bool ? 'tinyint' : name,
    length,
    decimals,
    ...attributes,
    members,
    start,
    end: cursor.lastEnd,
  };
}

function parseMember(cursor: Cursor): string {
  const { kind, value } = cursor.token;
  if (kind === TokenKind.Hex) {
    cursor.advance();
    return Buffer.from(value, 'hex').toString('utf8');
  }
  return cursor.string();
}

function parseLength(cursor: Cursor): [length: number, decimals: number | undefined] {
  cursor.expect('(');
  const length = cursor.number();
  const decimals = cursor.accept(',') ? cursor.number() : undefined;
  cursor.expect(')');
  return [length, decimals];
}

interface TypeAttributes {
  unsigned: boolean;
  zerofill: boolean;
  binary: boolean;
  charset: string | undefined;
  collation: string | undefined;
}

function parseAttributes(cursor: Cursor, charset: string | undefined): TypeAttributes {
  const attributes: TypeAttributes = {
    unsigned: false,
    zerofill: false,
    binary: false,
    charset,
    collation: undefined,
  };
  while (parseAttribute(cursor, attributes));
  return attributes;
}

function parseAttribute(cursor: Cursor, attributes: TypeAttributes): boolean {
  switch (cursor.token.word) {
    case 'UNSIGNED':
      attributes.unsigned = true;
      break;
    case 'SIGNED':
      break;
    case 'ZEROFILL':
      attributes.zerofill = attributes.unsigned = true;
      break;
    case 'BINARY':
    case 'BYTE':
      attributes.binary = true;
      break;
    case 'ASCII':
      attributes.charset = 'latin1';
      break;
    case 'UNICODE':
      attributes.charset = 'ucs2';
      break;
    case 'COLLATE':
      cursor.advance();
      attributes.collation = parseCollationName(cursor);
      return true;
    default:
      if (!acceptCharsetWords(cursor)) return false;
      attributes.charset = cursor.accept('DEFAULT') ? undefined : parseCharsetName(cursor);
      return true;
  }
  cursor.advance();
  return true;
}

const CAST_WORDS: Readonly<Record<string, string>> = {
  BINARY: 'binary',
  CHAR: 'char',
  CHARACTER: 'char',
  DATE: 'date',
  DATETIME: 'datetime',
  DEC: 'decimal',
  DECIMAL: 'decimal',
  DOUBLE: 'double',
  FLOAT: 'float',
  INT: 'signed',
  INTEGER: 'signed',
  JSON: 'json',
  NCHAR: 'char',
  REAL: 'double',
  TIME: 'time',
  TIMESTAMP: 'timestamp',
  VARBINARY: 'binary',
  VARCHAR: 'char',
  YEAR: 'year',
  BIGINT: 'signed',
  NUMERIC: 'decimal',
  POINT: 'point',
  LINESTRING: 'linestring',
  POLYGON: 'polygon',
  MULTIPOINT: 'multipoint',
  MULTILINESTRING: 'multilinestring',
  MULTIPOLYGON: 'multipolygon',
  GEOMETRYCOLLECTION: 'geomcollection',
  GEOMCOLLECTION: 'geomcollection',
};

/** What CAST may convert to. */
export function parseCastType(cursor: Cursor): TypeNode {
  const { start, word } = cursor.token;
  const sign = cursor.acceptOneOf('SIGNED', 'UNSIGNED');
  if (sign !== undefined) {
    cursor.acceptOneOf('INT', 'INTEGER');
    return finishType(cursor, start, sign.toLowerCase(), undefined);
  }
  const national = cursor.is('NCHAR') || (cursor.is('NATIONAL') && cursor.advance().word === 'NATIONAL');
  const name = CAST_WORDS[cursor.token.word];
  if (name === undefined || (word === 'NATIONAL' && name !== 'char')) return cursor.fail();
  cursor.advance();
  if (word === 'DOUBLE') cursor.accept('PRECISION');
  return finishType(cursor, start, name, national ? NATIONAL_CHARSET : undefined);
}
