import type { CellValue, SqlType, TypeName, VirtualRows, VirtualTableDefinition } from '@sealane/sql';

/** A view of database `oceanbase`, and where its rows come from. */
export interface View {
  readonly definition: VirtualTableDefinition;
  /** @param tenantId  of the session that asks */
  rows(tenantId: number): VirtualRows | Promise<VirtualRows>;
}

type Column = VirtualTableDefinition['columns'][number];

/**
 * Reads a column list as the documentation writes it: `SVR_IP varchar(46), STOP_TIME timestamp(6)?`.
 * A question mark at the end stands for "may be NULL".
 */
export function columns(text: string): readonly Column[] {
  return text.split(/,(?![^(]*\))/).map((part) => {
    const match = /^\s*(\S+)\s+([a-z]+)(?:\((\d+)\))?( unsigned)?(\?)?\s*$/.exec(part);
    if (match === null) throw new TypeError(`not a column: ${part}`);
    const [, name, type, length, unsigned, nullable] = match;
    return {
      name: name ?? '',
      type: sqlType(type ?? '', length, unsigned !== undefined),
      nullable: nullable !== undefined,
    };
  });
}

export function define(name: string, columnList: string): VirtualTableDefinition {
  return { database: 'oceanbase', name, columns: columns(columnList) };
}

function sqlType(name: string, length: string | undefined, unsigned: boolean): SqlType {
  const number = length === undefined ? undefined : Number(length);
  if (name === 'timestamp' || name === 'datetime') return { name, decimals: number ?? 0 };
  const charset =
    name === 'varchar' || name === 'longtext' ? { charset: 'utf8mb4', collation: 'utf8mb4_general_ci' } : {};
  return {
    name: name as TypeName,
    ...(number === undefined ? {} : { length: number }),
    ...(unsigned ? { unsigned } : {}),
    ...charset,
  };
}

/** @param us  microseconds since 1970; 0 and undefined stand for "never" */
export function timestampCell(us: number | bigint | undefined): string | null {
  if (us === undefined || us === 0 || us === 0n) return null;
  const whole = BigInt(us);
  const seconds = new Date(Number(whole / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  return `${seconds}.${String(whole % 1_000_000n).padStart(6, '0')}`;
}

export function yesNo(value: boolean): CellValue {
  return value ? 'YES' : 'NO';
}
