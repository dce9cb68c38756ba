import { ObError } from '@sealane/errors';
import type { SqliteFunction } from '../../functions/definition.ts';
import { complain, currentExecution } from '../../functions/execution-scope.ts';
import type { SqlType } from '../../sql-type.ts';
import { formatTime } from '../../types/calendar.ts';
import { formatDouble, formatFloat } from '../../types/double-text.ts';
import { timestampToZone } from '../../types/from-stored.ts';
import { decodeUnsigned } from '../../types/integers.ts';
import { memberText, memberTexts } from '../../types/members.ts';
import { textOf } from '../../types/store-rules.ts';
import type { SqlValue } from '../../values.ts';

const leadingNumber = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*/;

/** A text's leading number as a double, with MySQL's warning where the text has more or none. */
export function realOfText(text: string): number {
  const match = leadingNumber.exec(text);
  if (match === null || match[0].length < text.length) warnTruncated('DOUBLE', text);
  return Number(match?.[1] ?? 0);
}

export function warnTruncated(kind: string, text: string): void {
  complain(new ObError('OB_ERR_DOUBLE_TRUNCATED', [kind, text]));
}

export function realOf(value: SqlValue): number {
  if (typeof value === 'string') return realOfText(value);
  if (value instanceof Uint8Array) return realOfText(textOf(value));
  return Number(value ?? 0);
}

/** The session's time zone, as TIMESTAMP wants it. */
export function sessionTimeZone(): string {
  return String(currentExecution()?.variable('time_zone', 'session') ?? 'SYSTEM');
}

const memberTypes = new Map<string, SqlType>();

/** Members come as JSON text, which is the same for each row. */
function membersOf(json: SqlValue | undefined): SqlType {
  const key = String(json);
  let type = memberTypes.get(key);
  if (type === undefined) {
    type = { name: 'enum', members: JSON.parse(key) as string[] };
    if (memberTypes.size < 1000) memberTypes.set(key, type);
  }
  return type;
}

/** Text of a value of class int, decimal, double, as CONCAT and text comparison see it. */
export function numberText(value: SqlValue, single: boolean): SqlValue {
  if (typeof value === 'number') return single ? formatFloat(value) : formatDouble(value);
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' ? value.replace(/^0+(?=\d)/, '') : value;
}

export const convertFunctions: readonly SqliteFunction[] = [
  {
    name: 'sx_num',
    deterministic: true,
    call: (value) => (value === null || value === undefined ? null : realOf(value)),
  },
  {
    name: 'sx_ts',
    deterministic: false,
    call: (value, decimals) =>
      typeof value === 'string' ? timestampToZone(value, Number(decimals), sessionTimeZone()) : null,
  },
  {
    name: 'sx_time',
    deterministic: true,
    call: (value, decimals) =>
      typeof value === 'bigint' ? formatTime(value, Number(decimals)) : (value ?? null),
  },
  {
    name: 'sx_enum',
    deterministic: true,
    call: (value, members) => (typeof value === 'bigint' ? memberText(membersOf(members), value) : null),
  },
  {
    name: 'sx_set',
    deterministic: true,
    call: (value, members) =>
      value === null || value === undefined ? null : memberTexts(membersOf(members), decodeUnsigned(value)),
  },
  // A scalar subquery's value with the count of its rows. @throws 1242
  {
    name: 'sx_only',
    deterministic: true,
    call: (value = null, count = null) => {
      if (count !== null && Number(count) > 1) throw new ObError('OB_SUBQUERY_TOO_MANY_ROW');
      return value;
    },
  },
  // Depth of a recursive common table. @throws 3636
  {
    name: 'sx_depth',
    deterministic: false,
    call: (depth = null) => {
      const deepest = Number(currentExecution()?.variable('cte_max_recursion_depth', 'session') ?? 1000);
      const reached = Number(depth);
      if (reached > deepest) throw new ObError('OB_ERR_CTE_MAX_RECURSION_DEPTH', [reached]);
      return 1n;
    },
  },
  {
    name: 'sx_same',
    deterministic: true,
    call: (a = null, b = null) => (a === null || b === null ? null : a === b ? 1n : 0n),
  },
  { name: 'sx_text', deterministic: true, call: (value, single) => numberText(value ?? null, single === 1n) },
];
