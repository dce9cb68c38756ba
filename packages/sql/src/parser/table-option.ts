import type { TableOption } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { acceptCharsetWords, parseCharsetName, parseTableName } from './name.ts';

/** Options whose value is a word, a string or a number. Sources: the manuals of MySQL and OceanBase, "CREATE TABLE". */
const PLAIN = new Set(
  `AUTOEXTEND_SIZE AUTO_INCREMENT AVG_ROW_LENGTH BLOCK_SIZE CHECKSUM COMMENT COMPRESSION CONNECTION DELAY_KEY_WRITE ENCRYPTION
  ENGINE ENGINE_ATTRIBUTE EXPIRE_INFO INSERT_METHOD KEY_BLOCK_SIZE MAX_ROWS MIN_ROWS PACK_KEYS PASSWORD PCTFREE
  PRIMARY_ZONE PROGRESSIVE_MERGE_NUM REPLICA_NUM ROW_FORMAT SECONDARY_ENGINE SECONDARY_ENGINE_ATTRIBUTE STATS_AUTO_RECALC
  STATS_PERSISTENT STATS_SAMPLE_PAGES TABLEGROUP TABLET_SIZE TABLE_CHECKSUM TABLE_ID TYPE USE_BLOOM_FILTER LOCALITY DUPLICATE_SCOPE
  TABLE_MODE STORAGE_FORMAT_VERSION START_TRANSACTION NODEGROUP`.split(/\s+/),
);

/** One option of a table, a partition or a database; undefined if none begins here. */
export function parseTableOption(cursor: Cursor): TableOption | undefined {
  const { start, word } = cursor.token;
  if (cursor.is('DEFAULT') && startsCharset(cursor, 1)) cursor.advance();
  if (acceptCharsetWords(cursor)) return option(cursor, start, 'CHARACTER SET', parseCharsetName);
  if (cursor.accept('COLLATE')) return option(cursor, start, 'COLLATE', parseCharsetName);
  if (cursor.acceptAll('DATA', 'DIRECTORY')) return option(cursor, start, 'DATA DIRECTORY', parseValue);
  if (cursor.acceptAll('INDEX', 'DIRECTORY')) return option(cursor, start, 'INDEX DIRECTORY', parseValue);
  if (cursor.accept('TABLESPACE')) return option(cursor, start, 'TABLESPACE', parseTablespace);
  if (cursor.is('UNION') && (cursor.peek(1).word === '(' || cursor.peek(1).word === '=')) {
    cursor.advance();
    return option(cursor, start, 'UNION', parseUnion);
  }
  if (cursor.token.kind !== TokenKind.Word || !PLAIN.has(word)) return undefined;
  cursor.advance();
  return option(cursor, start, word, parseValue);
}

function startsCharset(cursor: Cursor, at: number): boolean {
  const { word } = cursor.peek(at);
  return (
    word === 'CHARACTER' ||
    word === 'CHARSET' ||
    word === 'CHAR' ||
    word === 'COLLATE' ||
    word === 'ENCRYPTION' ||
    word === 'TABLEGROUP'
  );
}

function option(cursor: Cursor, start: number, name: string, rule: (cursor: Cursor) => string): TableOption {
  cursor.accept('=');
  const value = rule(cursor);
  return { name, value, start, end: cursor.lastEnd };
}

function parseValue(cursor: Cursor): string {
  switch (cursor.token.kind) {
    case TokenKind.String:
      return cursor.string();
    case TokenKind.Integer:
    case TokenKind.Decimal:
    case TokenKind.Word:
    case TokenKind.QuotedName:
      return cursor.advance().value;
  }
  return cursor.fail();
}

function parseTablespace(cursor: Cursor): string {
  const name = cursor.nameOrString();
  if (cursor.accept('STORAGE')) cursor.expectOneOf('DISK', 'MEMORY', 'DEFAULT');
  return name;
}

function parseUnion(cursor: Cursor): string {
  cursor.expect('(');
  const tables = cursor.is(')') ? [] : cursor.list(parseTableName);
  cursor.expect(')');
  return tables
    .map(({ database, name }) => (database === undefined ? name : `${database}.${name}`))
    .join(',');
}

/** A run of options, with or without commas between. */
export function parseTableOptions(cursor: Cursor): TableOption[] {
  const options: TableOption[] = [];
  for (;;) {
    const next = parseTableOption(cursor);
    if (next === undefined) return options;
    options.push(next);
    cursor.accept(',');
  }
}
