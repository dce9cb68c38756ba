/**
 * What etcd promises whoever watches it, of records that obcdc wrote as JSON: ordered, unique, atomic, reliable, resumable,
 * bookmarkable. Source: https://etcd.io/docs/v3.5/learning/api_guarantees/
 */

interface JsonRecord {
  readonly type: string;
  readonly transaction?: string;
  readonly commit_time_us?: number;
  readonly position?: string;
  readonly time_us?: number;
  readonly positions?: readonly string[];
  readonly table?: string;
  readonly key?: readonly string[];
  readonly before?: Readonly<Record<string, unknown>> | null;
  readonly after?: Readonly<Record<string, unknown>> | null;
}

/** @returns each broken promise in words */
export function watchFaults(lines: readonly string[]): readonly string[] {
  const records = lines.map((line) => JSON.parse(line) as JsonRecord);
  return [
    ...named('ordered', ordered(records)),
    ...named('unique', unique(records)),
    ...named('atomic', atomic(records)),
    ...named('reliable', reliable(records)),
    ...named('bookmarkable', bookmarkable(records)),
  ];
}

/** Positions and times of commits never go back. */
function ordered(records: readonly JsonRecord[]): string[] {
  let [last, lastTime] = [[0, 0] as readonly number[], 0];
  return records.flatMap((record) => {
    if (record.type !== 'begin') return [];
    const place = (record.transaction ?? '').split(/[_.]/).slice(1).map(Number);
    const time = record.commit_time_us ?? 0;
    const fault =
      isBehind(place, last) && time >= lastTime
        ? []
        : [`${record.transaction} comes after ${last.join('.')}`];
    [last, lastTime] = [place, time];
    return fault;
  });
}

/** No transaction comes twice. */
function unique(records: readonly JsonRecord[]): string[] {
  const seen = new Set<string>();
  return records.flatMap(({ type, transaction = '' }) => {
    if (type !== 'begin') return [];
    const fault = seen.has(transaction) ? [`${transaction} comes twice`] : [];
    seen.add(transaction);
    return fault;
  });
}

/** Every row stands between the begin and the commit of its own transaction. */
function atomic(records: readonly JsonRecord[]): string[] {
  let open: string | undefined;
  return records.flatMap(({ type, transaction }) => {
    if (type === 'heartbeat') return open === undefined ? [] : [`a heartbeat within ${open}`];
    const fault =
      type === 'begin'
        ? open === undefined
          ? []
          : [`${transaction} begins within ${open}`]
        : whole(open, transaction);
    open = type === 'begin' ? transaction : type === 'commit' ? undefined : open;
    return fault;
  });
}

function whole(open: string | undefined, transaction: string | undefined): string[] {
  return open === transaction ? [] : [`a record of ${transaction} within ${open ?? 'nothing'}`];
}

/** Each row is told from its insert on without a gap: what was before is what was told last. */
function reliable(records: readonly JsonRecord[]): string[] {
  const rows = new Map<string, string>();
  return records.flatMap((record) => {
    const { type, table, key, before, after } = record;
    if (table !== 'every_type' || key === undefined || type === 'ddl') return [];
    const row = `${table} ${JSON.stringify(key.map((name) => (after ?? before)?.[name]))}`;
    const told = rows.get(row);
    const fault =
      told === undefined || before === null || before === undefined || sameColumns(told, before)
        ? []
        : [`${record.transaction}: ${row} was ${told}, and is said to have been ${JSON.stringify(before)}`];
    if (after === null || after === undefined) rows.delete(row);
    else rows.set(row, JSON.stringify(after));
    if (type !== 'insert' && told === undefined)
      fault.push(`${record.transaction}: ${type} of ${row}, which was never told`);
    return fault;
  });
}

/** A column that came in between has its default. */
function sameColumns(told: string, before: Readonly<Record<string, unknown>>): boolean {
  const known = JSON.parse(told) as Record<string, unknown>;
  return Object.entries(known).every(
    ([name, value]) => JSON.stringify(before[name]) === JSON.stringify(value),
  );
}

/** Behind a heartbeat nothing is as old as it, and heartbeats don't go back. */
function bookmarkable(records: readonly JsonRecord[]): string[] {
  let promised = 0;
  return records.flatMap(({ type, time_us: time = 0, commit_time_us: committed = 0, transaction }) => {
    if (type === 'heartbeat') {
      const fault = time < promised ? [`a heartbeat of ${time} after one of ${promised}`] : [];
      promised = time;
      return fault;
    }
    return type === 'begin' && committed < promised
      ? [`${transaction} of ${committed} after a heartbeat of ${promised}`]
      : [];
  });
}

function isBehind(place: readonly number[], last: readonly number[]): boolean {
  const [lsn = 0, ordinal = 0] = place;
  const [lastLsn = 0, lastOrdinal = 0] = last;
  return lsn > lastLsn || (lsn === lastLsn && ordinal > lastOrdinal);
}

function named(promise: string, faults: readonly string[]): string[] {
  return faults.slice(0, 5).map((fault) => `${promise}: ${fault}`);
}
