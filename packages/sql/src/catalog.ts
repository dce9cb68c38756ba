import type { SqlType } from './sql-type.ts';

/** A tenant's schema at one version. Immutable; a DDL statement makes a new one. */
export interface Catalog {
  /** Grows with each DDL statement; part of the plan cache's key. */
  readonly version: number;
  /** Names are folded to lower case, as with `lower_case_table_names = 1`, OceanBase's default. */
  database(name: string): DatabaseDefinition | undefined;
  databases(): readonly DatabaseDefinition[];
  relation(database: string, name: string): RelationDefinition | undefined;
  relations(database: string): readonly RelationDefinition[];
}

export interface DatabaseDefinition {
  readonly name: string;
  readonly charset: string;
  readonly collation: string;
}

export type RelationDefinition = TableDefinition | ViewDefinition;

export interface TableDefinition {
  readonly kind: 'table';
  readonly database: string;
  readonly name: string;
  readonly columns: readonly ColumnDefinition[];
  /** Column names, in key order. Empty when the table has the hidden key `__pk_increment` only. */
  readonly primaryKey: readonly string[];
  readonly indexes: readonly IndexDefinition[];
  readonly foreignKeys: readonly ForeignKeyDefinition[];
  readonly checks: readonly CheckDefinition[];
  readonly charset: string;
  readonly collation: string;
  readonly comment: string;
  /** The table option AUTO_INCREMENT=n: the least value the next generated key may have. */
  readonly autoIncrementStart: bigint;
  /** Milliseconds since 1970, settled by the leader. */
  readonly createdAtMs: number;
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  /** The default as MySQL text of an expression (`'a'`, `0`, `CURRENT_TIMESTAMP(3)`, `NULL`), if there is one. */
  readonly defaultText?: string;
  /** Fractional digits of ON UPDATE CURRENT_TIMESTAMP, where the column has it. */
  readonly onUpdateNow?: number;
  readonly autoIncrement?: boolean;
  /** MySQL text of a generated column's expression. */
  readonly generated?: { readonly text: string; readonly stored: boolean };
  readonly comment: string;
  /** Only the hidden key `__pk_increment`: not shown and not in `*`. */
  readonly hidden?: boolean;
}

export interface IndexDefinition {
  readonly name: string;
  readonly unique: boolean;
  readonly kind: 'btree' | 'fulltext';
  readonly columns: readonly {
    readonly name: string;
    readonly prefixLength?: number;
    readonly descending?: boolean;
  }[];
  readonly comment: string;
}

export interface ForeignKeyDefinition {
  readonly name: string;
  readonly columns: readonly string[];
  readonly parentDatabase: string;
  readonly parentTable: string;
  readonly parentColumns: readonly string[];
  readonly onDelete: ReferentialAction;
  readonly onUpdate: ReferentialAction;
}

export type ReferentialAction = 'RESTRICT' | 'CASCADE' | 'SET NULL' | 'NO ACTION';

export interface CheckDefinition {
  readonly name: string;
  /** MySQL text of the condition. */
  readonly text: string;
}

export interface ViewDefinition {
  readonly kind: 'view';
  readonly database: string;
  readonly name: string;
  /** Column names given in CREATE VIEW v (a, b); empty when they follow from the SELECT. */
  readonly columnNames: readonly string[];
  /** MySQL text of the SELECT, every table name with its database. */
  readonly text: string;
  /** `user@host` */
  readonly definer: string;
  /** Whose privileges count inside: the definer's, where this is left out. */
  readonly security?: 'INVOKER';
  readonly checkOption: 'NONE' | 'LOCAL' | 'CASCADED';
}
