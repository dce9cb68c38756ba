import { ObError } from '@sealane/errors';
import type { SqlType } from '../sql-type.ts';
import type { CellValue, SqlValue } from '../values.ts';
import { formatDouble } from './double-text.ts';
import { encodeUnsigned } from './integers.ts';
import { isJsonError, normaliseJson } from './json.ts';
import { memberBits, memberIndex } from './members.ts';
import { fault, type Store, textOf } from './store-rules.ts';

export function storeBit(type: SqlType, cell: CellValue, store: Store): SqlValue {
  const length = BigInt(type.length ?? 1);
  const value = bitsOf(cell);
  const limit = 1n << length;
  const fitting = value < 0n ? BigInt.asUintN(64, value) : value;
  if (fitting < limit) return encodeUnsigned(fitting);
  fault(store, store.rules.strict ? 'OB_ERR_DATA_TOO_LONG' : 'OB_ERR_WARN_DATA_OUT_OF_RANGE');
  return encodeUnsigned(limit - 1n);
}

export function storeEnum(type: SqlType, cell: CellValue, store: Store): SqlValue {
  const count = type.members?.length ?? 0;
  let index: number;
  if (typeof cell === 'bigint' || typeof cell === 'number') index = Number(cell);
  else {
    const text = textOf(cell);
    index = memberIndex(type, text);
    if (index === 0 && /^\d+$/.test(text)) index = Number(text);
  }
  if (index >= 1 && index <= count) return BigInt(Math.trunc(index));
  fault(store, 'OB_ERR_DATA_TRUNCATED');
  return 0n;
}

export function storeSet(type: SqlType, cell: CellValue, store: Store): SqlValue {
  const all = (1n << BigInt(type.members?.length ?? 0)) - 1n;
  let bits: bigint;
  let complete = true;
  if (typeof cell === 'bigint' || typeof cell === 'number') bits = BigInt(Math.trunc(Number(cell)));
  else {
    const text = textOf(cell);
    ({ bits, complete } = memberBits(type, text));
    if (!complete && /^\d+$/.test(text)) {
      bits = BigInt(text);
      complete = true;
    }
  }
  if (typeof cell === 'bigint') bits = cell;
  if (!complete || bits < 0n || bits > all) fault(store, 'OB_ERR_DATA_TRUNCATED');
  return encodeUnsigned(bits & all);
}

/** Not JSON is an error in every mode. */
export function storeJson(cell: CellValue, store: Store): SqlValue {
  const text = typeof cell === 'number' ? formatDouble(cell) : textOf(cell);
  const normal = normaliseJson(text);
  if (!isJsonError(normal)) return normal;
  throw new ObError('OB_ERR_INVALID_JSON_TEXT', [normal.reason, normal.position, store.column]);
}

/** A number's bits, or the bytes of a string, the first one highest. */
function bitsOf(cell: CellValue): bigint {
  if (typeof cell === 'bigint') return cell;
  if (typeof cell === 'number') return BigInt(Math.round(cell));
  let value = 0n;
  for (const byte of cell instanceof Uint8Array ? cell : Buffer.from(textOf(cell))) {
    value = (value << 8n) | BigInt(byte);
  }
  return value;
}
