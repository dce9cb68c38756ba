import type { AlterTableAction, AlterTableStatement, ColumnPosition } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import { parseAddPartition, parsePartitionAction } from './alter-partition.ts';
import { parseColumnBody, parseColumnDefinition, parseDefault } from './column.ts';
import type { Cursor } from './cursor.ts';
import { parseConstraint, startsConstraint } from './index-definition.ts';
import { acceptCharsetWords, parseCharsetName, parseCollationName, parseTableName } from './name.ts';
import { parsePartition, parsePartitionBy } from './partition.ts';
import { skipToEnd } from './rest.ts';
import { parseColumnGroups, parseTableOption } from './table-option.ts';

/** After ALTER [IGNORE] TABLE. */
export function parseAlterTable(cursor: Cursor, start: number, ignore: boolean): AlterTableStatement {
  const table = parseTableName(cursor);
  const actions: AlterTableAction[] = [];
  if (!cursor.atEnd) {
    do parseActions(cursor, actions);
    while (cursor.accept(','));
    if (cursor.is('PARTITION') && cursor.peek(1).word === 'BY')
      actions.push({ kind: 'partition-by', partitioning: parsePartitionBy(cursor) });
    else if (cursor.acceptAll('REMOVE', 'PARTITIONING')) actions.push({ kind: 'remove-partitioning' });
  }
  return { kind: 'alter-table', table, ignore, actions, start, end: cursor.lastEnd };
}

/** One item of the list; options may follow one another without commas. */
function parseActions(cursor: Cursor, actions: AlterTableAction[]): void {
  const partition = parsePartitionAction(cursor);
  if (partition !== undefined) {
    actions.push(partition);
    return;
  }
  const set = cursor.is('SET') && cursor.peek(1).word !== 'INTERVAL' && cursor.accept('SET');
  const option = parseTableOption(cursor);
  if (option === undefined && set) cursor.fail();
  if (option === undefined) {
    parseAction(cursor, actions);
    return;
  }
  for (let next: typeof option | undefined = option; next !== undefined; next = parseTableOption(cursor)) {
    actions.push({ kind: 'table-option', option: next });
  }
}

function parseAction(cursor: Cursor, actions: AlterTableAction[]): void {
  switch (cursor.token.word) {
    case 'ADD':
      cursor.advance();
      actions.push(...parseAdd(cursor));
      return;
    case 'MODIFY': {
      cursor.advance();
      if (cursor.isOneOf(PARTS) && cursor.isName(cursor.peek(1))) {
        parseModifyPart(cursor, actions);
        return;
      }
      cursor.accept('COLUMN');
      cursor.acceptAll('IF', 'EXISTS');
      const column = parseColumnDefinition(cursor);
      actions.push({ kind: 'modify-column', column, position: parsePosition(cursor) });
      return;
    }
    case 'CHANGE': {
      cursor.advance();
      cursor.accept('COLUMN');
      const oldName = cursor.name();
      const column = parseColumnDefinition(cursor);
      actions.push({ kind: 'change-column', oldName, column, position: parsePosition(cursor) });
      return;
    }
    case 'DROP':
      cursor.advance();
      actions.push(parseDrop(cursor));
      return;
    case 'ALTER':
      cursor.advance();
      actions.push(parseAlter(cursor));
      return;
    case 'RENAME':
      cursor.advance();
      actions.push(parseRename(cursor));
      return;
  }
  actions.push(parseRareAction(cursor));
}

const PARTS = new Set(['PARTITION', 'CONSTRAINT']);

/** OceanBase: MODIFY PARTITION p ADD SUBPARTITION (…), MODIFY CONSTRAINT c ENABLE. */
function parseModifyPart(cursor: Cursor, actions: AlterTableAction[]): void {
  const what = cursor.advance().word;
  cursor.name();
  if (what === 'PARTITION') {
    cursor.expectAll('ADD', 'SUBPARTITION');
    cursor.parenthesized(parsePartition);
  } else {
    cursor.acceptOneOf('RELY', 'NORELY');
    cursor.acceptOneOf('ENABLE', 'DISABLE');
    cursor.acceptOneOf('VALIDATE', 'NOVALIDATE');
  }
  cursor.lacking = `ALTER TABLE MODIFY ${what}`;
  actions.push({ kind: 'force' });
}

function parseRareAction(cursor: Cursor): AlterTableAction {
  const foreign = parseForeignAction(cursor);
  if (foreign !== undefined) return foreign;
  if (cursor.acceptAll('CONVERT', 'TO')) {
    if (!acceptCharsetWords(cursor)) cursor.fail();
    const charset = cursor.accept('DEFAULT') ? undefined : parseCharsetName(cursor);
    return {
      kind: 'convert-charset',
      charset,
      collation:
        cursor.accept('COLLATE') && !cursor.accept('DEFAULT') ? parseCollationName(cursor) : undefined,
    };
  }
  if (cursor.acceptAll('ORDER', 'BY')) return { kind: 'order-by', columns: cursor.list(parseOrderColumn) };
  if (cursor.acceptAll('ENABLE', 'KEYS')) return { kind: 'enable-keys' };
  if (cursor.acceptAll('DISABLE', 'KEYS')) return { kind: 'disable-keys' };
  if (cursor.accept('FORCE')) return { kind: 'force' };
  if (cursor.acceptAll('DISCARD', 'TABLESPACE')) return { kind: 'discard-tablespace' };
  if (cursor.acceptAll('IMPORT', 'TABLESPACE')) return { kind: 'import-tablespace' };
  if (cursor.acceptAll('WITH', 'VALIDATION')) return { kind: 'validation', validate: true };
  if (cursor.acceptAll('WITHOUT', 'VALIDATION')) return { kind: 'validation', validate: false };
  const how = acceptAlgorithmOrLock(cursor);
  if (how !== undefined) return how;
  if (cursor.is('PARTITION')) return { kind: 'partition-by', partitioning: parsePartitionBy(cursor) };
  if (cursor.acceptAll('REMOVE', 'PARTITIONING')) return { kind: 'remove-partitioning' };
  // For tables of old versions: there are none here.
  if (cursor.acceptAll('UPGRADE', 'PARTITIONING')) return { kind: 'force' };
  return cursor.fail();
}

/** Actions that only OceanBase or HeatWave have: read, and the statement is unsupported. */
function parseForeignAction(cursor: Cursor): AlterTableAction | undefined {
  const words = FOREIGN_ACTIONS.find((each) => cursor.areNext(...each.split(' ')));
  if (words === undefined) return undefined;
  skipToEnd(cursor);
  cursor.lacking = `ALTER TABLE ${words}`;
  return { kind: 'force' };
}

const FOREIGN_ACTIONS = [
  'SECONDARY_LOAD',
  'SECONDARY_UNLOAD',
  'SPLIT PARTITION',
  'MERGE PARTITIONS',
  'ENABLE CONSTRAINT',
  'DISABLE CONSTRAINT',
  'ENABLE ALL TRIGGERS',
  'DISABLE ALL TRIGGERS',
  'REMOVE TTL',
  'SET INTERVAL',
  'EXCHANGE SUBPARTITION',
  'REFRESH',
] as const;

/** ALGORITHM [=] INPLACE, LOCK [=] NONE; of ALTER TABLE and CREATE INDEX. */
export function acceptAlgorithmOrLock(
  cursor: Cursor,
): { kind: 'algorithm' | 'lock'; value: string } | undefined {
  const word = cursor.acceptOneOf('ALGORITHM', 'LOCK');
  if (word === undefined) return undefined;
  cursor.accept('=');
  const value = cursor.accept('DEFAULT') ? 'DEFAULT' : cursor.name().toUpperCase();
  return { kind: word === 'LOCK' ? 'lock' : 'algorithm', value };
}

function parseOrderColumn(cursor: Cursor): string {
  const parts = [cursor.name()];
  while (cursor.accept('.')) parts.push(cursor.nameAfterPoint());
  cursor.acceptOneOf('ASC', 'DESC');
  return parts.at(-1) as string;
}

function parsePosition(cursor: Cursor): ColumnPosition | undefined {
  if (cursor.accept('FIRST')) return { kind: 'first' };
  if (cursor.accept('BEFORE')) {
    cursor.name();
    cursor.lacking = 'BEFORE';
    return undefined;
  }
  return cursor.accept('AFTER') ? { kind: 'after', column: cursor.name() } : undefined;
}

function parseAdd(cursor: Cursor): AlterTableAction[] {
  if (cursor.is('PARTITION') && cursor.peek(1).kind !== TokenKind.Integer) return [parseAddPartition(cursor)];
  if (startsConstraint(cursor)) return [parseAddConstraint(cursor)];
  if (cursor.areNext('COLUMN', 'GROUP', '(')) {
    parseColumnGroups(cursor);
    return [];
  }
  cursor.accept('COLUMN');
  const ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  if (cursor.accept('(')) {
    const added: AlterTableAction[] = [];
    do {
      if (startsConstraint(cursor)) added.push(parseAddConstraint(cursor));
      else
        added.push({
          kind: 'add-column',
          column: parseColumnDefinition(cursor),
          position: undefined,
          ifNotExists,
        });
    } while (cursor.accept(','));
    cursor.expect(')');
    return added;
  }
  const { start } = cursor.token;
  const column = parseColumnBody(cursor, cursor.name(), start);
  return [{ kind: 'add-column', column, position: parsePosition(cursor), ifNotExists }];
}

function parseAddConstraint(cursor: Cursor): AlterTableAction {
  const constraint = parseConstraint(cursor);
  if (constraint.kind === 'index') return { kind: 'add-index', index: constraint.index };
  if (constraint.kind === 'check') return { kind: 'add-check', check: constraint.check };
  return { kind: 'add-foreign-key', foreignKey: constraint.foreignKey };
}

function parseDrop(cursor: Cursor): AlterTableAction {
  if (cursor.acceptAll('PRIMARY', 'KEY')) return { kind: 'drop-primary-key' };
  if (cursor.areNext('COLUMN', 'GROUP', '(')) {
    parseColumnGroups(cursor);
    return { kind: 'force' };
  }
  if (cursor.accept('TABLEGROUP')) return { kind: 'force' };
  if (cursor.acceptAll('FOREIGN', 'KEY'))
    return { kind: 'drop-foreign-key', ifExists: acceptIfExists(cursor), name: cursor.name() };
  if (cursor.acceptOneOf('INDEX', 'KEY') !== undefined) {
    const ifExists = acceptIfExists(cursor);
    return { kind: 'drop-index', ifExists, name: cursor.accept('PRIMARY') ? 'PRIMARY' : cursor.name() };
  }
  if (!cursor.areNext('CHECK', '(') && cursor.accept('CHECK'))
    return { kind: 'drop-check', name: cursor.name() };
  if (cursor.areNext('CONSTRAINT', '(') || cursor.areNext('CHECK', '(')) {
    cursor.advance();
    cursor.names();
    cursor.lacking = 'DROP CONSTRAINT of several';
    return { kind: 'force' };
  }
  if (cursor.accept('CONSTRAINT'))
    return { kind: 'drop-constraint', name: cursor.accept('PRIMARY') ? 'PRIMARY' : cursor.name() };
  cursor.accept('COLUMN');
  const ifExists = acceptIfExists(cursor);
  const name = cursor.name();
  cursor.acceptOneOf('RESTRICT', 'CASCADE');
  return { kind: 'drop-column', name, ifExists };
}

function acceptIfExists(cursor: Cursor): boolean {
  return cursor.acceptAll('IF', 'EXISTS');
}

function parseAlter(cursor: Cursor): AlterTableAction {
  if (cursor.accept('INDEX')) {
    const name = cursor.name();
    if (cursor.accept('PARALLEL')) {
      cursor.accept('=');
      cursor.number();
      return { kind: 'force' };
    }
    return {
      kind: 'alter-index-visibility',
      name,
      visible: cursor.expectOneOf('VISIBLE', 'INVISIBLE') === 'VISIBLE',
    };
  }
  if (cursor.acceptOneOf('CHECK', 'CONSTRAINT') !== undefined) {
    const name = cursor.name();
    const disabled = cursor.accept('NOT');
    cursor.expect('ENFORCED');
    return { kind: 'alter-check', name, enforced: !disabled };
  }
  cursor.accept('COLUMN');
  const name = cursor.name();
  if (cursor.acceptAll('DROP', 'DEFAULT')) return { kind: 'alter-column-default', name, value: undefined };
  cursor.expect('SET');
  if (cursor.accept('DEFAULT')) return { kind: 'alter-column-default', name, value: parseDefault(cursor) };
  return {
    kind: 'alter-column-visibility',
    name,
    visible: cursor.expectOneOf('VISIBLE', 'INVISIBLE') === 'VISIBLE',
  };
}

function parseRename(cursor: Cursor): AlterTableAction {
  if (cursor.is('COLUMN') || cursor.is('INDEX') || cursor.is('KEY')) {
    const kind = cursor.advance().word === 'COLUMN' ? 'rename-column' : 'rename-index';
    const oldName = cursor.name();
    cursor.expect('TO');
    return { kind, oldName, newName: cursor.name() };
  }
  if (cursor.is('PARTITION') || (cursor.is('SUBPARTITION') && cursor.peek(2).word === 'TO')) {
    cursor.advance();
    cursor.name();
    cursor.expect('TO');
    cursor.name();
    cursor.lacking = 'RENAME PARTITION';
    return { kind: 'force' };
  }
  cursor.acceptOneOf('TO', 'AS', '=');
  return { kind: 'rename-table', table: parseTableName(cursor) };
}
