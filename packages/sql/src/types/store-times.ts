import type { SqlType } from '../sql-type.ts';
import type { CellValue, SqlValue } from '../values.ts';
import {
  type DateTime,
  dateTimeOf,
  formatDate,
  formatDateTime,
  hasZeroPart,
  isZeroDate,
  microsecondsOf,
  roundDateTime,
  roundMicroseconds,
  zeroDateTime,
} from './calendar.ts';
import {
  dateTimeOfNumber,
  type ParsedDateTime,
  parseDateTime,
  parseTime,
  timeMaxUs,
  timeOfNumber,
} from './parse-date-time.ts';
import { fault, incorrect, note, type Store, textOf } from './store-rules.ts';
import { toUtc } from './time-zone.ts';

const timestampMinUs = 1_000_000n;
const timestampMaxUs = 2_147_483_647_999_999n;

export function storeDate(cell: CellValue, store: Store): SqlValue {
  const at = dateTimeFor('date', cell, store);
  if (at.hour + at.minute + at.second + at.microsecond > 0) note(store);
  return formatDate(at);
}

export function storeDateTime(type: SqlType, cell: CellValue, store: Store): SqlValue {
  const decimals = type.decimals ?? 0;
  return formatDateTime(roundDateTime(dateTimeFor('datetime', cell, store), decimals), decimals);
}

/** TIMESTAMP is kept in UTC. */
export function storeTimestamp(type: SqlType, cell: CellValue, store: Store): SqlValue {
  const decimals = type.decimals ?? 0;
  const at = roundDateTime(dateTimeFor('datetime', cell, store), decimals);
  if (isZeroDate(at)) return formatDateTime(zeroDateTime, decimals);
  if (!hasZeroPart(at)) {
    const utc = toUtc(microsecondsOf(at), store.timeZone);
    if (utc >= timestampMinUs && utc <= timestampMaxUs) return formatDateTime(dateTimeOf(utc), decimals);
  }
  incorrect(store, 'datetime', cell);
  return formatDateTime(zeroDateTime, decimals);
}

/** TIME is kept as microseconds. */
export function storeTime(type: SqlType, cell: CellValue, store: Store): SqlValue {
  const parsed = typeof cell === 'bigint' ? timeOfNumber(cell) : parseTime(textOf(cell));
  if (parsed === undefined) {
    incorrect(store, 'time', cell);
    return 0n;
  }
  if (parsed.truncated) fault(store, 'OB_ERR_DATA_TRUNCATED');
  const rounded = roundMicroseconds(parsed.microseconds, type.decimals ?? 0);
  if (rounded <= timeMaxUs && rounded >= -timeMaxUs) return rounded;
  incorrect(store, 'time', cell);
  return rounded < 0n ? -timeMaxUs : timeMaxUs;
}

function dateTimeFor(kind: 'date' | 'datetime', cell: CellValue, store: Store): DateTime {
  const parsed = parse(cell);
  if (parsed === undefined || parsed.truncated || !allowed(parsed.at, store)) {
    incorrect(store, kind, cell);
    return parsed?.truncated === true && allowed(parsed.at, store) ? parsed.at : zeroDateTime;
  }
  return parsed.at;
}

function parse(cell: CellValue): ParsedDateTime | undefined {
  if (typeof cell === 'bigint') return dateTimeOfNumber(cell);
  if (typeof cell === 'number') return dateTimeOfNumber(BigInt(Math.trunc(cell)));
  return parseDateTime(textOf(cell));
}

function allowed(at: DateTime, { rules }: Store): boolean {
  if (isZeroDate(at)) return !(rules.strict && rules.noZeroDate);
  return !(rules.noZeroInDate && hasZeroPart(at));
}
