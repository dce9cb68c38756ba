import type { SqlType } from '../sql-type.ts';
import { isCaseSensitive } from './charset.ts';
import { isIntegerType } from './integers.ts';

/**
 * What kind of value SQLite holds for a type, so that its own `=`, ORDER BY, MIN, MAX and indexes
 * are right: see the table in SCHEMA.md.
 */
export type StoredForm =
  /** INTEGER */
  | 'integer'
  /** INTEGER below 2^63, TEXT of 20 digits from there on, in a column without affinity */
  | 'unsigned'
  | 'real'
  /** TEXT, the key of decimal-key.ts */
  | 'decimal'
  | 'text'
  | 'blob';

export function storedForm(type: SqlType): StoredForm {
  if (isIntegerType(type)) return type.name === 'bigint' && type.unsigned === true ? 'unsigned' : 'integer';
  switch (type.name) {
    case 'float':
    case 'double':
      return 'real';
    case 'decimal':
      return 'decimal';
    case 'year':
    case 'time':
    case 'enum':
      return 'integer';
    case 'bit':
      return (type.length ?? 1) > 63 ? 'unsigned' : 'integer';
    case 'set':
      return (type.members?.length ?? 0) > 63 ? 'unsigned' : 'integer';
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return 'blob';
    default:
      return 'text';
  }
}

/** The type and collation of a column in CREATE TABLE, for SQLite: `INTEGER`, `TEXT COLLATE NOCASE`. */
export function sqliteColumn(type: SqlType): string {
  switch (storedForm(type)) {
    case 'integer':
      return 'INTEGER';
    case 'unsigned':
    case 'blob':
      return 'BLOB';
    case 'real':
      return 'REAL';
    case 'decimal':
      return 'TEXT';
    case 'text':
      return folds(type) ? 'TEXT COLLATE NOCASE' : 'TEXT';
  }
}

/** Whether texts of this type are equal without regard to case. */
export function folds(type: SqlType): boolean {
  switch (type.name) {
    case 'char':
    case 'varchar':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
      return !isCaseSensitive(type.collation ?? 'utf8mb4_general_ci');
    default:
      return false;
  }
}
