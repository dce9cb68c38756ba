/** MySQL's column types that we keep. BOOL is `tinyint(1)`, INTEGER is `int`, NUMERIC is `decimal`. */
export type TypeName =
  | 'tinyint'
  | 'smallint'
  | 'mediumint'
  | 'int'
  | 'bigint'
  | 'decimal'
  | 'float'
  | 'double'
  | 'bit'
  | 'year'
  | 'date'
  | 'time'
  | 'datetime'
  | 'timestamp'
  | 'char'
  | 'varchar'
  | 'tinytext'
  | 'text'
  | 'mediumtext'
  | 'longtext'
  | 'binary'
  | 'varbinary'
  | 'tinyblob'
  | 'blob'
  | 'mediumblob'
  | 'longblob'
  | 'enum'
  | 'set'
  | 'json'
  /** The type of a bare NULL. */
  | 'null';

/** The type of a column or an expression. */
export interface SqlType {
  readonly name: TypeName;
  readonly unsigned?: boolean;
  readonly zerofill?: boolean;
  /** Display width, characters, bytes or bits; total digits (precision) of DECIMAL. */
  readonly length?: number;
  /** Digits after the point: DECIMAL's scale, fractional seconds of TIME, DATETIME, TIMESTAMP (0 to 6). */
  readonly decimals?: number;
  /** Of character types; `binary` for byte strings. */
  readonly charset?: string;
  readonly collation?: string;
  /** Members of ENUM and SET, in order. */
  readonly members?: readonly string[];
}
