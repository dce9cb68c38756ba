import { ObError } from '@sealane/errors';
import type { AlterTableAction, ColumnNode, IndexNode, TableOption } from '../ast.ts';
import type { ColumnDefinition } from '../catalog.ts';
import type { ExecutionContext } from '../plan.ts';
import type { SqlType } from '../sql-type.ts';
import type { AlterDraft } from './alter-draft.ts';
import {
  dropCheck,
  dropConstraint,
  dropForeignKey,
  dropIndex,
  dropPrimaryKey,
  refuseParentColumn,
  renameIndex,
} from './alter-keys.ts';
import { columnDefinition } from './column-definition.ts';
import { type CharacterDefaults, characters } from './column-type.ts';
import { isOn, sessionRules } from './compiled.ts';
import { defaultText } from './default-value.ts';
import { indexDefinition, keyColumns } from './index-definition.ts';
import { checkName, placeOf, sameName } from './names.ts';
import { checkDefinition, uniqueOfColumn, withForeignKey } from './table-definition.ts';
import { tableOptions } from './table-options.ts';

/** Lets one action of ALTER TABLE work on the draft. @throws 1235 for an action we don't have */
export function applyAction(
  draft: AlterDraft,
  action: AlterTableAction,
  text: string,
  context: ExecutionContext,
): void {
  switch (action.kind) {
    case 'add-column':
      if (action.ifNotExists && draft.indexOf(action.column.name) >= 0) {
        noteDuplicate(action.column.name, context);
        return;
      }
      draft.insert(
        { definition: settle(action.column, draft, text, context), source: undefined },
        action.position,
      );
      addKeysOf(action.column, draft);
      addChecksOf(action.column, draft, text, context);
      return;
    case 'modify-column':
      changeColumn(action.column.name, action, draft, text, context);
      return;
    case 'change-column':
      changeColumn(action.oldName, action, draft, text, context);
      return;
    case 'drop-column':
      if (action.ifExists && draft.indexOf(action.name) < 0) {
        noteMissing(action.name, context);
        return;
      }
      draft.drop(action.name);
      if (draft.columns.length > 0) refuseParentColumn(draft, action.name, context.catalog);
      return;
    case 'rename-column': {
      checkName('column', action.newName);
      const { definition } = draft.column(action.oldName);
      draft.replace(action.oldName, { ...definition, name: action.newName }, undefined);
      return;
    }
    case 'alter-column-default':
      changeDefault(action, draft, text, context);
      return;
    case 'add-index':
      addIndex(action.index, draft);
      return;
    case 'add-foreign-key':
      addForeignKey(draft, action, context);
      return;
    case 'add-check': {
      if (!action.check.enforced) return;
      const check = checkDefinition(
        action.check,
        text,
        draft.original.name,
        draft.checks,
        sessionRules(context).sqlMode,
      );
      draft.checks = [...draft.checks, check];
      return;
    }
    case 'drop-primary-key':
      dropPrimaryKey(draft);
      return;
    case 'drop-index':
      if (action.ifExists && !draft.indexes.some((index) => sameName(index.name, action.name))) {
        noteMissing(action.name, context);
        return;
      }
      dropIndex(draft, action.name, context.catalog);
      return;
    case 'drop-foreign-key':
      if (action.ifExists && !draft.foreignKeys.some((key) => sameName(key.name, action.name))) {
        noteMissing(action.name, context);
        return;
      }
      dropForeignKey(draft, action.name);
      return;
    case 'drop-check':
      dropCheck(draft, action.name);
      return;
    case 'drop-constraint':
      dropConstraint(draft, action.name, context.catalog);
      return;
    case 'rename-index':
      renameIndex(draft, action.oldName, action.newName);
      return;
    case 'rename-table':
      draft.renameTo = placeOf(
        { ...action.table, database: action.table.database ?? draft.original.database },
        context,
      );
      return;
    case 'convert-charset':
      convertCharacters(draft, characters(action.charset, action.collation, draft.options));
      return;
    case 'table-option':
      applyOption(draft, action.option);
      return;
    case 'partition-by': {
      const { start, end } = action.partitioning;
      draft.options = { ...draft.options, partitioning: text.slice(start, end) };
      return;
    }
    case 'remove-partitioning': {
      const { partitioning: _, ...options } = draft.options;
      draft.options = options;
      return;
    }
    default:
      acceptOrRefuse(action);
      return;
  }
}

/** Actions that change nothing here, and those that would and can't. */
function acceptOrRefuse(action: AlterTableAction): void {
  switch (action.kind) {
    case 'enable-keys':
    case 'disable-keys':
    case 'force':
    case 'algorithm':
    case 'lock':
    case 'validation':
    case 'order-by':
      return;
    case 'alter-index-visibility':
    case 'alter-column-visibility':
      if (action.visible) return;
      throw new ObError('OB_NOT_SUPPORTED', ['INVISIBLE']);
    case 'partition-operation':
      if (/^(ANALYZE|CHECK|OPTIMIZE|REBUILD|REPAIR)$/.test(action.operation)) return;
      throw new ObError('OB_NOT_SUPPORTED', [`ALTER TABLE ${action.operation} PARTITION`]);
    default:
      throw new ObError('OB_NOT_SUPPORTED', [
        `ALTER TABLE ${action.kind.replaceAll('-', ' ').toUpperCase()}`,
      ]);
  }
}

function settle(
  node: ColumnNode,
  draft: AlterDraft,
  text: string,
  context: ExecutionContext,
  oldName?: string,
): ColumnDefinition {
  const inPrimaryKey = draft.primaryKey.some((name) => sameName(name, oldName ?? node.name));
  const { charset, collation } = draft.options;
  const rules = sessionRules(context);
  return columnDefinition(node, { text, rules, defaults: { charset, collation }, inPrimaryKey });
}

function changeColumn(
  oldName: string,
  action: Extract<AlterTableAction, { kind: 'modify-column' | 'change-column' }>,
  draft: AlterDraft,
  text: string,
  context: ExecutionContext,
): void {
  draft.column(oldName);
  const definition = settle(action.column, draft, text, context, oldName);
  draft.replace(oldName, definition, action.position);
  addKeysOf(action.column, draft);
  addChecksOf(action.column, draft, text, context);
}

function addChecksOf(
  { checks }: ColumnNode,
  draft: AlterDraft,
  text: string,
  context: ExecutionContext,
): void {
  for (const check of checks) applyAction(draft, { kind: 'add-check', check }, text, context);
}

function addKeysOf(column: ColumnNode, draft: AlterDraft): void {
  if (column.primaryKey) setPrimaryKey(draft, [column.name]);
  for (const index of uniqueOfColumn(column)) addIndex(index, draft);
}

function addIndex(index: IndexNode, draft: AlterDraft): void {
  const { columns } = draft.table();
  if (index.type === 'primary') {
    setPrimaryKey(draft, keyColumns(index.parts, columns));
    return;
  }
  draft.indexes = [...draft.indexes, indexDefinition(index, columns, draft.indexes)];
}

/** Its columns become NOT NULL. */
function setPrimaryKey(draft: AlterDraft, names: readonly string[]): void {
  if (draft.primaryKey.length > 0) throw new ObError('OB_ERR_MULTIPLE_PRI_KEY');
  draft.primaryKey = names;
  draft.columns = draft.columns.map((column) => {
    if (!names.some((name) => sameName(name, column.definition.name)) || !column.definition.nullable)
      return column;
    const { defaultText: text, ...rest } = column.definition;
    const kept = text === undefined || text === 'NULL' ? {} : { defaultText: text };
    return { ...column, definition: { ...rest, nullable: false, ...kept } };
  });
}

function addForeignKey(
  draft: AlterDraft,
  { foreignKey }: Extract<AlterTableAction, { kind: 'add-foreign-key' }>,
  context: ExecutionContext,
): void {
  const foreignKeyChecks = isOn(context, 'foreign_key_checks');
  const table = withForeignKey(draft.table(), foreignKey, { catalog: context.catalog, foreignKeyChecks });
  draft.foreignKeys = table.foreignKeys;
  draft.indexes = table.indexes;
}

function changeDefault(
  { name, value }: Extract<AlterTableAction, { kind: 'alter-column-default' }>,
  draft: AlterDraft,
  text: string,
  context: ExecutionContext,
): void {
  const { definition } = draft.column(name);
  const { defaultText: _, ...rest } = definition;
  if (value === undefined) {
    draft.replace(name, rest, undefined);
    return;
  }
  const { type, nullable } = definition;
  const input = {
    column: definition.name,
    type,
    nullable,
    expression: value,
    text,
    rules: sessionRules(context),
  };
  draft.replace(name, { ...rest, defaultText: defaultText(input) }, undefined);
}

function convertCharacters(draft: AlterDraft, to: CharacterDefaults): void {
  draft.options = { ...draft.options, ...to };
  draft.columns = draft.columns.map((column) => {
    const { type } = column.definition;
    const converted: SqlType = type.charset === undefined ? type : { ...type, ...to };
    return { ...column, definition: { ...column.definition, type: converted } };
  });
}

function applyOption(draft: AlterDraft, option: TableOption): void {
  const { charset, collation, comment, autoIncrement } = tableOptions([option]);
  draft.options = {
    ...draft.options,
    ...characters(charset, collation, draft.options),
    ...(comment === undefined ? {} : { comment }),
    ...(autoIncrement === undefined ? {} : { autoIncrementStart: autoIncrement }),
  };
}

function noteMissing(name: string, context: ExecutionContext): void {
  const { errno, message } = new ObError('OB_ERR_CANT_DROP_FIELD_OR_KEY', [name]);
  context.warn('Note', errno, message);
}

function noteDuplicate(name: string, context: ExecutionContext): void {
  const { errno, message } = new ObError('OB_ERR_COLUMN_DUPLICATE', [name]);
  context.warn('Note', errno, message);
}
