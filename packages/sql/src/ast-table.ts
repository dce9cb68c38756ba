import type { Expression, Span, TypeNode } from './ast-expression.ts';
import type { Query, TableName } from './ast-select.ts';

export interface CreateTableStatement extends Span {
  readonly kind: 'create-table';
  readonly table: TableName;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  /** CREATE TABLE t LIKE other: everything below is empty then. */
  readonly like: TableName | undefined;
  readonly columns: readonly ColumnNode[];
  readonly indexes: readonly IndexNode[];
  readonly foreignKeys: readonly ForeignKeyNode[];
  readonly checks: readonly CheckNode[];
  readonly options: readonly TableOption[];
  readonly partitioning: PartitionClause | undefined;
  /** IGNORE or REPLACE before the SELECT. */
  readonly onDuplicate: 'IGNORE' | 'REPLACE' | undefined;
  readonly query: Query | undefined;
}

export interface ColumnNode extends Span {
  readonly name: string;
  readonly type: TypeNode;
  /** Undefined: neither NULL nor NOT NULL was written. */
  readonly nullable: boolean | undefined;
  /** A literal, NOW() with its digits, or an expression in parentheses; its span gives the source. */
  readonly defaultValue: Expression | undefined;
  /** ON UPDATE NOW(n). */
  readonly onUpdate: Expression | undefined;
  readonly autoIncrement: boolean;
  readonly primaryKey: boolean;
  readonly unique: boolean;
  readonly comment: string | undefined;
  readonly generated: { readonly expression: Expression; readonly stored: boolean } | undefined;
  readonly checks: readonly CheckNode[];
  readonly references: ReferencesNode | undefined;
  readonly invisible: boolean;
  readonly srid: number | undefined;
}

export interface IndexNode extends Span {
  readonly type: 'primary' | 'unique' | 'index' | 'fulltext' | 'spatial';
  /** CONSTRAINT name, or the index's own name (which wins). */
  readonly name: string | undefined;
  readonly parts: readonly IndexPart[];
  readonly options: IndexOptions;
}

/** Exactly one of `column`, `expression`. */
export interface IndexPart extends Span {
  readonly column: string | undefined;
  readonly expression: Expression | undefined;
  readonly prefixLength: number | undefined;
  readonly direction: 'ASC' | 'DESC' | undefined;
}

export interface IndexOptions {
  /** USING BTREE, HASH or RTREE, in upper case. */
  readonly using: string | undefined;
  readonly comment: string | undefined;
  readonly invisible: boolean | undefined;
  /** WITH PARSER name. */
  readonly parser: string | undefined;
  readonly keyBlockSize: number | undefined;
  /** OceanBase's LOCAL or GLOBAL. */
  readonly scope: 'LOCAL' | 'GLOBAL' | undefined;
}

export interface ReferencesNode extends Span {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly match: 'FULL' | 'PARTIAL' | 'SIMPLE' | undefined;
  readonly onDelete: ReferenceOption | undefined;
  readonly onUpdate: ReferenceOption | undefined;
}

export type ReferenceOption = 'RESTRICT' | 'CASCADE' | 'SET NULL' | 'NO ACTION' | 'SET DEFAULT';

export interface ForeignKeyNode extends Span {
  /** CONSTRAINT name. */
  readonly name: string | undefined;
  /** FOREIGN KEY name (…). */
  readonly indexName: string | undefined;
  readonly columns: readonly IndexPart[];
  readonly references: ReferencesNode;
}

export interface CheckNode extends Span {
  readonly name: string | undefined;
  readonly condition: Expression;
  readonly enforced: boolean;
}

/** `name` in upper case with single spaces (ENGINE, AUTO_INCREMENT, CHARACTER SET, COLLATE, COMMENT, ROW_FORMAT, …); DEFAULT is dropped. */
export interface TableOption extends Span {
  readonly name: string;
  /** Numbers as digits, strings unquoted, words as written; UNION's tables joined by commas. */
  readonly value: string;
}

export interface PartitionClause extends Span {
  readonly method: 'HASH' | 'KEY' | 'RANGE' | 'RANGE COLUMNS' | 'LIST' | 'LIST COLUMNS';
  readonly linear: boolean;
  readonly algorithm: number | undefined;
  readonly expression: Expression | undefined;
  readonly columns: readonly string[];
  readonly count: number | undefined;
  readonly subpartition: PartitionClause | undefined;
  readonly partitions: readonly PartitionNode[];
}

export interface PartitionNode extends Span {
  readonly name: string;
  /** VALUES LESS THAN: 'MAXVALUE' stands for that keyword. */
  readonly lessThan: readonly (Expression | 'MAXVALUE')[] | undefined;
  readonly in: readonly Expression[] | undefined;
  readonly options: readonly TableOption[];
  readonly subpartitions: readonly PartitionNode[];
}

export interface AlterTableStatement extends Span {
  readonly kind: 'alter-table';
  readonly table: TableName;
  readonly ignore: boolean;
  readonly actions: readonly AlterTableAction[];
}

export type ColumnPosition = { readonly kind: 'first' } | { readonly kind: 'after'; readonly column: string };

export type AlterTableAction =
  | {
      readonly kind: 'add-column';
      readonly column: ColumnNode;
      readonly position: ColumnPosition | undefined;
      readonly ifNotExists: boolean;
    }
  | {
      readonly kind: 'modify-column';
      readonly column: ColumnNode;
      readonly position: ColumnPosition | undefined;
    }
  | {
      readonly kind: 'change-column';
      readonly oldName: string;
      readonly column: ColumnNode;
      readonly position: ColumnPosition | undefined;
    }
  | { readonly kind: 'drop-column'; readonly name: string; readonly ifExists: boolean }
  | { readonly kind: 'rename-column'; readonly oldName: string; readonly newName: string }
  /** `value` undefined: DROP DEFAULT. */
  | { readonly kind: 'alter-column-default'; readonly name: string; readonly value: Expression | undefined }
  | { readonly kind: 'alter-column-visibility'; readonly name: string; readonly visible: boolean }
  | { readonly kind: 'add-index'; readonly index: IndexNode }
  | { readonly kind: 'add-foreign-key'; readonly foreignKey: ForeignKeyNode }
  | { readonly kind: 'add-check'; readonly check: CheckNode }
  | { readonly kind: 'drop-primary-key' }
  | { readonly kind: 'drop-index'; readonly name: string; readonly ifExists: boolean }
  | { readonly kind: 'drop-foreign-key'; readonly name: string; readonly ifExists: boolean }
  | { readonly kind: 'drop-check'; readonly name: string }
  | { readonly kind: 'drop-constraint'; readonly name: string }
  | { readonly kind: 'alter-check'; readonly name: string; readonly enforced: boolean }
  | { readonly kind: 'rename-index'; readonly oldName: string; readonly newName: string }
  | { readonly kind: 'alter-index-visibility'; readonly name: string; readonly visible: boolean }
  | { readonly kind: 'rename-table'; readonly table: TableName }
  | {
      readonly kind: 'convert-charset';
      readonly charset: string | undefined;
      readonly collation: string | undefined;
    }
  | { readonly kind: 'table-option'; readonly option: TableOption }
  | { readonly kind: 'order-by'; readonly columns: readonly string[] }
  | { readonly kind: 'enable-keys' | 'disable-keys' | 'force' | 'discard-tablespace' | 'import-tablespace' }
  /** ALGORITHM=, LOCK=, WITH VALIDATION: how, not what. */
  | { readonly kind: 'algorithm' | 'lock'; readonly value: string }
  | { readonly kind: 'validation'; readonly validate: boolean }
  | { readonly kind: 'partition-by'; readonly partitioning: PartitionClause }
  | {
      readonly kind: 'add-partition';
      readonly partitions: readonly PartitionNode[];
      readonly count: number | undefined;
    }
  /** `partitions` empty: ALL. */
  | {
      readonly kind: 'partition-operation';
      readonly operation:
        | 'DROP'
        | 'TRUNCATE'
        | 'ANALYZE'
        | 'CHECK'
        | 'OPTIMIZE'
        | 'REBUILD'
        | 'REPAIR'
        | 'DISCARD'
        | 'IMPORT';
      readonly partitions: readonly string[];
    }
  | {
      readonly kind: 'reorganize-partition';
      readonly partitions: readonly string[];
      readonly into: readonly PartitionNode[];
    }
  | { readonly kind: 'exchange-partition'; readonly partition: string; readonly table: TableName }
  | { readonly kind: 'coalesce-partition'; readonly count: number }
  | { readonly kind: 'remove-partitioning' };

export interface DropTableStatement extends Span {
  readonly kind: 'drop-table';
  readonly temporary: boolean;
  readonly ifExists: boolean;
  readonly tables: readonly TableName[];
}

export interface RenameTableStatement extends Span {
  readonly kind: 'rename-table';
  readonly renames: readonly { readonly from: TableName; readonly to: TableName }[];
}

export interface CreateIndexStatement extends Span {
  readonly kind: 'create-index';
  readonly table: TableName;
  readonly index: IndexNode;
  readonly ifNotExists: boolean;
}

export interface DropIndexStatement extends Span {
  readonly kind: 'drop-index';
  readonly table: TableName;
  /** `PRIMARY` for the primary key. */
  readonly name: string;
  readonly ifExists: boolean;
}
