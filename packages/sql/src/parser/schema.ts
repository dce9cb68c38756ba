import type {
  AccountName,
  AlterDatabaseStatement,
  CreateDatabaseStatement,
  CreateIndexStatement,
  CreateViewStatement,
  DropDatabaseStatement,
  DropIndexStatement,
  DropObjectStatement,
  DropTableStatement,
  DropViewStatement,
  IndexNode,
  RenameTableStatement,
  TableOption,
} from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import { acceptAlgorithmOrLock } from './alter-table.ts';
import type { Cursor } from './cursor.ts';
import { acceptUsing, parseIndexOptions, parseIndexParts } from './index-definition.ts';
import { parseTableName } from './name.ts';
import { parsePartitionBy } from './partition.ts';
import { parseTableOption } from './table-option.ts';

/** After CREATE DATABASE or SCHEMA. */
export function parseCreateDatabase(cursor: Cursor, start: number): CreateDatabaseStatement {
  const ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  const name = cursor.name();
  return {
    kind: 'create-database',
    name,
    ifNotExists,
    options: parseDatabaseOptions(cursor),
    start,
    end: cursor.lastEnd,
  };
}

/** After ALTER DATABASE or SCHEMA. */
export function parseAlterDatabase(cursor: Cursor, start: number): AlterDatabaseStatement {
  const startsOption = cursor.is('CHARSET') || cursor.is('ENCRYPTION') || !cursor.isName();
  const name = startsOption ? undefined : cursor.name();
  // From MySQL 5.0's encoding of directories: there are none here.
  if (cursor.acceptAll('UPGRADE', 'DATA', 'DIRECTORY', 'NAME'))
    cursor.lacking = 'UPGRADE DATA DIRECTORY NAME';
  cursor.accept('SET');
  const options = parseDatabaseOptions(cursor);
  if (options.length === 0 && cursor.lacking === undefined) cursor.fail();
  return { kind: 'alter-database', name, options, start, end: cursor.lastEnd };
}

function parseDatabaseOptions(cursor: Cursor): TableOption[] {
  const options: TableOption[] = [];
  for (;;) {
    const { start } = cursor.token;
    if (
      cursor.areNext('READ', 'ONLY') &&
      (cursor.peek(2).word === '=' || cursor.peek(2).kind === TokenKind.Integer)
    ) {
      cursor.expectAll('READ', 'ONLY');
      cursor.accept('=');
      const value = cursor.accept('DEFAULT') ? 'DEFAULT' : String(cursor.number());
      options.push({ name: 'READ ONLY', value, start, end: cursor.lastEnd });
      continue;
    }
    const next = parseTableOption(cursor);
    if (next === undefined) return options;
    options.push(next);
  }
}

export function parseDropDatabase(cursor: Cursor, start: number): DropDatabaseStatement {
  const ifExists = cursor.acceptAll('IF', 'EXISTS');
  const name = cursor.name();
  cursor.accept('FORCE');
  return { kind: 'drop-database', ifExists, name, start, end: cursor.lastEnd };
}

export function parseDropTable(cursor: Cursor, start: number, temporary: boolean): DropTableStatement {
  const ifExists = cursor.acceptAll('IF', 'EXISTS');
  const tables = cursor.list(parseTableName);
  if (cursor.acceptOneOf('RESTRICT', 'CASCADE') === 'CASCADE') cursor.accept('CONSTRAINTS');
  cursor.accept('PURGE');
  return { kind: 'drop-table', temporary, ifExists, tables, start, end: cursor.lastEnd };
}

export function parseDropView(cursor: Cursor, start: number): DropViewStatement {
  const ifExists = cursor.acceptAll('IF', 'EXISTS');
  const views = cursor.list(parseTableName);
  cursor.acceptOneOf('RESTRICT', 'CASCADE');
  return { kind: 'drop-view', ifExists, views, start, end: cursor.lastEnd };
}

/** After RENAME TABLE. */
export function parseRenameTable(cursor: Cursor, start: number): RenameTableStatement {
  const renames = cursor.list((at) => {
    const from = parseTableName(at);
    at.expect('TO');
    return { from, to: parseTableName(at) };
  });
  return { kind: 'rename-table', renames, start, end: cursor.lastEnd };
}

/** After CREATE [UNIQUE | FULLTEXT | SPATIAL] INDEX. */
export function parseCreateIndex(
  cursor: Cursor,
  start: number,
  type: IndexNode['type'],
): CreateIndexStatement {
  const { start: indexStart } = cursor.token;
  const ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  const name = cursor.name();
  const using = acceptUsing(cursor);
  cursor.expect('ON');
  const table = parseTableName(cursor);
  const parts = parseIndexParts(cursor);
  const options = parseIndexOptions(cursor, using);
  if (cursor.is('PARTITION')) parsePartitionBy(cursor);
  parseIndexOptions(cursor, undefined);
  const index: IndexNode = { type, name, parts, options, start: indexStart, end: cursor.lastEnd };
  while (acceptAlgorithmOrLock(cursor) !== undefined);
  return { kind: 'create-index', table, index, ifNotExists, start, end: cursor.lastEnd };
}

export function parseDropIndex(cursor: Cursor, start: number): DropIndexStatement {
  const ifExists = cursor.acceptAll('IF', 'EXISTS');
  const name = cursor.accept('PRIMARY') ? 'PRIMARY' : cursor.name();
  cursor.expect('ON');
  const table = parseTableName(cursor);
  while (acceptAlgorithmOrLock(cursor) !== undefined);
  return { kind: 'drop-index', table, name, ifExists, start, end: cursor.lastEnd };
}

/** What may stand between CREATE [OR REPLACE] or ALTER and VIEW. */
export interface ViewHead {
  readonly orReplace: boolean;
  readonly alter: boolean;
  readonly algorithm: CreateViewStatement['algorithm'];
  readonly definer: AccountName | undefined;
  readonly security: CreateViewStatement['security'];
}

/** After CREATE … VIEW. */
export function parseView(cursor: Cursor, start: number, head: ViewHead): CreateViewStatement {
  const ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  const view = parseTableName(cursor);
  const columns = cursor.is('(') ? cursor.names() : [];
  cursor.expect('AS');
  const query = cursor.query();
  const checkOption = parseCheckOption(cursor);
  return {
    kind: 'create-view',
    ...head,
    view,
    ifNotExists,
    columns,
    query,
    checkOption,
    start,
    end: cursor.lastEnd,
  };
}

function parseCheckOption(cursor: Cursor): CreateViewStatement['checkOption'] {
  if (!cursor.accept('WITH')) return 'NONE';
  if (cursor.acceptAll('READ', 'ONLY')) {
    cursor.lacking = 'WITH READ ONLY';
    return 'NONE';
  }
  const scope = cursor.acceptOneOf('CASCADED', 'LOCAL') ?? 'CASCADED';
  cursor.expectAll('CHECK', 'OPTION');
  return scope;
}

export function parseDropObject(
  cursor: Cursor,
  start: number,
  type: DropObjectStatement['type'],
): DropObjectStatement {
  const ifExists = cursor.acceptAll('IF', 'EXISTS');
  return { kind: 'drop-object', type, ifExists, name: parseTableName(cursor), start, end: cursor.lastEnd };
}
