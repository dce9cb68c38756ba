import type { Column, ColumnType } from '@sealane/mysql-protocol';

export type AdminCell = string | number | null;
export type AdminRow = readonly AdminCell[];

/** What a statement of the proxy's own SQL answers with. */
export type AdminAnswer =
  | { readonly kind: 'rows'; readonly columns: readonly Column[]; readonly rows: readonly AdminRow[] }
  | { readonly kind: 'ok'; readonly affectedRows: number };

/** A view of the proxy's, for SELECT. */
export interface AdminTable {
  readonly database: string;
  /** In upper case. */
  readonly name: string;
  readonly columns: readonly Column[];
  rows(): readonly AdminRow[];
}

/** Reads a column list as documentation writes it: `SVR_IP varchar(46), CLOSED_AT timestamp(6)?`. */
export function columnsOf(text: string, table = '', database = ''): readonly Column[] {
  return text.split(/,(?![^(]*\))/).map((part) => {
    const [, name, type, size, optional] = /^\s*(\S+) (\w+)(?:\((\d+)\))?(\?)?\s*$/.exec(part) ?? [];
    if (name === undefined || type === undefined) throw new TypeError(`not a column: ${part}`);
    return column(name, typeOf(type, size), { database, table, nullable: optional !== undefined });
  });
}

export function column(
  name: string,
  type: ColumnType,
  of: { readonly database?: string; readonly table?: string; readonly nullable?: boolean } = {},
): Column {
  const { database = '', table = '', nullable = true } = of;
  return { database, table, originalTable: table, name, originalName: name, type, nullable };
}

export function textType(length: number): ColumnType {
  return { name: 'varchar', length, charset: 'utf8mb4', collation: 'utf8mb4_general_ci' };
}

function typeOf(name: string, size: string | undefined): ColumnType {
  if (name === 'bigint') return { name };
  if (name === 'timestamp') return { name, decimals: Number(size ?? 0) };
  return textType(Number(size ?? 4096));
}
