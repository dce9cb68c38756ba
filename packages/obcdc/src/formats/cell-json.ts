import type { CellValue } from '@sealane/sql';
import type { CdcTable } from '../record.ts';

/** A row as an object. Integers beyond 2^53 are texts, bytes (BINARY, BLOB, BIT) are base64. */
export function rowJson(
  { columns }: CdcTable,
  row: readonly CellValue[] | undefined,
): Record<string, string | number | null> | null {
  if (row === undefined) return null;
  return Object.fromEntries(columns.map(({ name }, at) => [name, cellJson(row[at] ?? null)]));
}

function cellJson(value: CellValue): string | number | null {
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
      ? Number(value)
      : value.toString();
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value;
}
