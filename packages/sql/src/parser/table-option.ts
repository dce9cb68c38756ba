import type { TableOption } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { acceptCharsetWords, parseCharsetName, parseTableName } from './name.ts';

/** Options whose value is a word, a string or a number. Sources: the manuals of MySQL and OceanBase, "CREATE TABLE". */
const PLAIN = new Set(
  `AUTOEXTEND_SIZE AUTO_INCREMENT AVG_ROW_LENGTH BLOCK_SIZE CHECKSUM COMMENT COMPRESSION CONNECTION DELAY_KEY_WRITE ENCRYPTION
  ENGINE ENGINE_ATTRIBUTE INSERT_METHOD KEY_BLOCK_SIZE MAX_ROWS MIN_ROWS PACK_KEYS PASSWORD PCTFREE
  PRIMARY_ZONE PROGRESSIVE_MERGE_NUM REPLICA_NUM ROW_FORMAT SECONDARY_ENGINE SECONDARY_ENGINE_ATTRIBUTE STATS_AUTO_RECALC
  STATS_PERSISTENT STATS_SAMPLE_PAGES TABLEGROUP TABLET_SIZE TABLE_CHECKSUM TABLE_ID TYPE USE_BLOOM_FILTER LOCALITY DUPLICATE_SCOPE
  TABLE_MODE STORAGE_FORMAT_VERSION NODEGROUP PARALLEL LOB_INROW_THRESHOLD ENABLE_EXTENDED_ROWID ORGANIZATION KV_ATTRIBUTES
  AUTO_INCREMENT_MODE AUTO_INCREMENT_CACHE_SIZE MICRO_BLOCK_FORMAT_VERSION SEMISTRUCT_ENCODING_TYPE MERGE_ENGINE DELTA_FORMAT
  SKIP_INDEX_LEVEL MICRO_INDEX_CLUSTERED LOCATION PATTERN MAX_USED_PART_ID ENABLE_MACRO_BLOCK_BLOOM_FILTER`.split(
    /\s+/,
  ),
);

/** One option of a table, a partition or a database; undefined if none begins here. */
export function parseTableOption(cursor: Cursor): TableOption | undefined {
  const { start } = cursor.token;
  if (cursor.is('DEFAULT') && startsCharset(cursor, 1)) cursor.advance();
  const { word } = cursor.token;
  if (acceptCharsetWords(cursor)) return option(cursor, start, 'CHARACTER SET', parseCharset);
  if (cursor.accept('COLLATE')) return option(cursor, start, 'COLLATE', parseCharset);
  if (cursor.acceptAll('DATA', 'DIRECTORY')) return option(cursor, start, 'DATA DIRECTORY', parseValue);
  if (cursor.acceptAll('INDEX', 'DIRECTORY')) return option(cursor, start, 'INDEX DIRECTORY', parseValue);
  if (cursor.accept('TABLESPACE')) return option(cursor, start, 'TABLESPACE', parseTablespace);
  if (cursor.is('UNION') && (cursor.peek(1).word === '(' || cursor.peek(1).word === '=')) {
    cursor.advance();
    return option(cursor, start, 'UNION', parseUnion);
  }
  if (cursor.token.kind !== TokenKind.Word) return undefined;
  if (!PLAIN.has(word)) return parseWordsOption(cursor, start);
  cursor.advance();
  return option(cursor, start, word, parseValue);
}

/** Options of words alone, or with something in parentheses. */
function parseWordsOption(cursor: Cursor, start: number): TableOption | undefined {
  const words = (name: string, value: string) => ({ name, value, start, end: cursor.lastEnd });
  switch (cursor.token.word) {
    case 'NOPARALLEL':
      cursor.advance();
      return words('PARALLEL', '1');
    case 'START':
      if (!cursor.acceptAll('START', 'TRANSACTION')) return undefined;
      cursor.lacking = 'CREATE TABLE START TRANSACTION';
      return words('START TRANSACTION', '');
    case 'READ':
      if (cursor.acceptAll('READ', 'ONLY')) {
        cursor.lacking = 'READ ONLY';
        return words('READ', 'ONLY');
      }
      return cursor.acceptAll('READ', 'WRITE') ? words('READ', 'WRITE') : undefined;
    case 'STORAGE':
      if (cursor.peek(1).word !== 'DISK' && cursor.peek(1).word !== 'MEMORY') return undefined;
      cursor.advance();
      return words('STORAGE', cursor.advance().word);
    case 'WITH':
      return cursor.areNext('WITH', 'COLUMN', 'GROUP')
        ? words('COLUMN GROUP', parseColumnGroups(cursor))
        : undefined;
    case 'EXPIRE_INFO':
    case 'FORMAT':
    case 'TTL':
    case 'DYNAMIC_PARTITION_POLICY':
    case 'PROPERTIES': {
      if (cursor.peek(1).word !== '(' && !(cursor.peek(1).word === '=' && cursor.peek(2).word === '('))
        return undefined;
      const name = cursor.advance().word;
      cursor.lacking = name;
      cursor.accept('=');
      return words(name, cursor.parenthesized(textOf).join());
    }
  }
  return undefined;
}

/** An expression's text. */
function textOf(cursor: Cursor): string {
  const { start } = cursor.token;
  cursor.expression();
  return cursor.text.slice(start, cursor.lastEnd);
}

/** OceanBase's WITH COLUMN GROUP (ALL COLUMNS, EACH COLUMN, name (a, b)): how columns are laid out on disk. @returns the text in parentheses */
export function parseColumnGroups(cursor: Cursor): string {
  cursor.accept('WITH');
  cursor.expectAll('COLUMN', 'GROUP');
  const { start } = cursor.token;
  cursor.parenthesized((at) => {
    if (at.acceptAll('ALL', 'COLUMNS') || at.acceptAll('EACH', 'COLUMN')) return;
    at.name();
    at.names();
  });
  return cursor.text.slice(start + 1, cursor.lastEnd - 1);
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

function parseCharset(cursor: Cursor): string {
  if (!cursor.accept('DEFAULT')) return parseCharsetName(cursor);
  cursor.lacking = 'CHARACTER SET DEFAULT';
  return 'default';
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
