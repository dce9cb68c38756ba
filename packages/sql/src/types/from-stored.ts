import type { SqlType } from '../sql-type.ts';
import type { CellValue, SqlValue } from '../values.ts';
import { dateTimeOf, formatDateTime, formatTime, microsecondsOf } from './calendar.ts';
import { decodeDecimalKey } from './decimal-key.ts';
import { decodeUnsigned } from './integers.ts';
import { memberText, memberTexts } from './members.ts';
import { parseDateTime } from './parse-date-time.ts';
import { fromUtc } from './time-zone.ts';

/** @returns the value as a client sees it. @param timeZone the session's, for TIMESTAMP */
export function fromStored(type: SqlType, value: SqlValue, timeZone: string): CellValue {
  if (value === null) return null;
  switch (type.name) {
    case 'decimal':
      return typeof value === 'string' ? decodeDecimalKey(value) : value;
    case 'bigint':
      return type.unsigned === true ? decodeUnsigned(value) : value;
    case 'timestamp':
      return typeof value === 'string' ? timestampToZone(value, type.decimals ?? 0, timeZone) : value;
    case 'time':
      return typeof value === 'bigint' ? formatTime(value, type.decimals ?? 0) : value;
    case 'bit':
      return bitBytes(decodeUnsigned(value), type.length ?? 1);
    case 'enum':
      return typeof value === 'bigint' ? memberText(type, value) : value;
    case 'set':
      return memberTexts(type, decodeUnsigned(value));
    default:
      return value;
  }
}

/** @param stored a TIMESTAMP in UTC, `2024-02-29 05:05:00` */
export function timestampToZone(stored: string, decimals: number, timeZone: string): string {
  const parsed = parseDateTime(stored);
  if (parsed === undefined || parsed.at.month === 0 || parsed.at.day === 0) return stored;
  return formatDateTime(dateTimeOf(fromUtc(microsecondsOf(parsed.at), timeZone)), decimals);
}

/** BIT(length) as a client sees it: big endian, as few bytes as hold `length` bits. */
export function bitBytes(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(length / 8));
  let rest = value;
  for (let index = bytes.length - 1; index >= 0; index -= 1) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}
