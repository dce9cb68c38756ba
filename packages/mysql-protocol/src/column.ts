/** What this package needs to know of a type: the shape of the SQL engine's own. */
export interface ColumnType {
  /** MySQL's name in lower case: `int`, `varchar`, `datetime`, `longblob` … and `null` for a bare NULL. */
  readonly name: string;
  readonly unsigned?: boolean;
  readonly zerofill?: boolean;
  /** Display width, characters, bytes or bits; total digits of DECIMAL. */
  readonly length?: number;
  /** Digits after the point: DECIMAL's scale, fractional seconds. */
  readonly decimals?: number;
  readonly charset?: string;
  readonly collation?: string;
  /** Members of ENUM and SET. */
  readonly members?: readonly string[];
}

/** A column of a result set; `name` and `table` are the aliases. */
export interface Column {
  readonly database: string;
  readonly table: string;
  readonly originalTable: string;
  readonly name: string;
  readonly originalName: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly primaryKey?: boolean;
  readonly uniqueKey?: boolean;
  readonly multipleKey?: boolean;
  readonly autoIncrement?: boolean;
}
