import { ObError } from '@sealane/errors';
import type { ColumnPosition } from '../ast.ts';
import type { CheckDefinition, ColumnDefinition, ForeignKeyDefinition, IndexDefinition } from '../catalog.ts';
import type { StoredTable } from '../catalog-rows.ts';
import { sortIndexes } from './index-definition.ts';
import { mentions } from './mentions.ts';
import { hiddenColumn, type Place, sameName } from './names.ts';
import { checkAutoIncrement, checkGenerated } from './table-definition.ts';

/** A column of the table to be, and where its values come from. */
export interface DraftColumn {
  readonly definition: ColumnDefinition;
  /** The column as it was before the statement; undefined: the statement adds it. */
  readonly source: ColumnDefinition | undefined;
}

/** A table while the actions of one ALTER TABLE work on it. */
export class AlterDraft {
  readonly original: StoredTable;
  columns: DraftColumn[];
  primaryKey: readonly string[];
  indexes: readonly IndexDefinition[];
  foreignKeys: readonly ForeignKeyDefinition[];
  checks: readonly CheckDefinition[];
  /** Charset, collation, comment, AUTO_INCREMENT, partitioning: what the definition holds itself. */
  options: Pick<StoredTable, 'charset' | 'collation' | 'comment' | 'autoIncrementStart' | 'partitioning'>;
  renameTo: Place | undefined;

  constructor(table: StoredTable) {
    this.original = table;
    this.columns = table.columns
      .filter((column) => column.hidden !== true)
      .map((column) => ({ definition: column, source: column }));
    this.primaryKey = table.primaryKey;
    this.indexes = table.indexes;
    this.foreignKeys = table.foreignKeys;
    this.checks = table.checks;
    const { charset, collation, comment, autoIncrementStart, partitioning } = table;
    const kept = { charset, collation, comment, autoIncrementStart };
    this.options = partitioning === undefined ? kept : { ...kept, partitioning };
  }

  /** The table as it stands now; under its old name. */
  table(): StoredTable {
    const { kind, database, name, createdAtMs } = this.original;
    const visible = this.columns.map((column) => column.definition);
    const columns = this.primaryKey.length === 0 ? [...visible, hiddenColumn] : visible;
    const { primaryKey, indexes, foreignKeys, checks } = this;
    return {
      kind,
      database,
      name,
      createdAtMs,
      columns,
      primaryKey,
      indexes,
      foreignKeys,
      checks,
      ...this.options,
    };
  }

  /** @throws 1090 without columns, 1075 for a generated key that is none, 3107, 3109 */
  finish(): StoredTable {
    if (this.columns.length === 0) throw new ObError('OB_CANT_REMOVE_ALL_FIELDS');
    const table = this.table();
    checkAutoIncrement(table);
    checkGenerated(table.columns);
    return { ...table, indexes: sortIndexes(table.indexes, table.columns) };
  }

  indexOf(name: string): number {
    return this.columns.findIndex((column) => sameName(column.definition.name, name));
  }

  /** @throws 1054 if there is no such column */
  column(name: string): DraftColumn {
    const column = this.columns[this.indexOf(name)];
    if (column === undefined) throw new ObError('OB_ERR_BAD_FIELD_ERROR', [name, this.original.name]);
    return column;
  }

  insert(column: DraftColumn, position: ColumnPosition | undefined): void {
    if (this.indexOf(column.definition.name) >= 0) {
      throw new ObError('OB_ERR_COLUMN_DUPLICATE', [column.definition.name]);
    }
    if (position?.kind === 'after') this.column(position.column);
    const at =
      position === undefined
        ? this.columns.length
        : position.kind === 'first'
          ? 0
          : this.indexOf(position.column) + 1;
    this.columns.splice(at, 0, column);
  }

  /** Puts a definition in another's place; what names the column follows. */
  replace(name: string, definition: ColumnDefinition, position: ColumnPosition | undefined): void {
    const at = this.indexOf(name);
    const { source } = this.column(name);
    const taken = this.indexOf(definition.name);
    if (taken >= 0 && taken !== at) throw new ObError('OB_ERR_COLUMN_DUPLICATE', [definition.name]);
    if (!sameName(name, definition.name)) {
      this.#refuseDependents(name);
      this.#renameInKeys(name, definition.name);
    }
    if (position === undefined) this.columns[at] = { definition, source };
    else {
      this.columns.splice(at, 1);
      this.insert({ definition, source }, position);
    }
  }

  /** Its indexes lose it too. @throws 1091, 1828, 3108, 3959 */
  drop(name: string): void {
    const at = this.indexOf(name);
    if (at < 0) throw new ObError('OB_ERR_CANT_DROP_FIELD_OR_KEY', [name]);
    const holder = this.foreignKeys.find((key) => key.columns.some((column) => sameName(column, name)));
    if (holder !== undefined) throw new ObError('ER_FK_COLUMN_CANNOT_DROP', [name, holder.name]);
    this.columns.splice(at, 1);
    this.#refuseDependents(name);
    this.primaryKey = this.primaryKey.filter((column) => !sameName(column, name));
    this.indexes = this.indexes
      .map((index) => ({ ...index, columns: index.columns.filter((part) => !sameName(part.name, name)) }))
      .filter((index) => index.columns.length > 0);
  }

  /** Expressions are kept as text: a column they name can't go or be called otherwise. @throws 3108, 3959 */
  #refuseDependents(name: string): void {
    const dependent = this.columns.some(({ definition }) => {
      const text = definition.generated?.text ?? definition.defaultText ?? '';
      return !sameName(definition.name, name) && mentions(text, name);
    });
    if (dependent) throw new ObError('OB_ERR_DEPENDENT_BY_GENERATED_COLUMN', [name]);
    const check = this.checks.find(({ text }) => mentions(text, name));
    if (check !== undefined) throw new ObError('ER_DEPENDENT_BY_CHECK_CONSTRAINT', [check.name, name]);
  }

  #renameInKeys(from: string, to: string): void {
    const renamed = (name: string): string => (sameName(name, from) ? to : name);
    this.primaryKey = this.primaryKey.map(renamed);
    this.indexes = this.indexes.map((index) => ({
      ...index,
      columns: index.columns.map((part) => ({ ...part, name: renamed(part.name) })),
    }));
    this.foreignKeys = this.foreignKeys.map((key) => ({ ...key, columns: key.columns.map(renamed) }));
  }
}
