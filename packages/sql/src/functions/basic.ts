import type { SqlType } from '../sql-type.ts';
import { dateTimeOf, formatDate, formatDateTime, formatTime } from '../types/calendar.ts';
import { clockOf } from '../types/parse-date-time.ts';
import { textOf } from '../types/store-rules.ts';
import { fromUtc } from '../types/time-zone.ts';
import type { SqlValue } from '../values.ts';
import { isByteString } from './define.ts';
import type { FunctionArgument, ScalarFunction } from './definition.ts';
import { currentExecution } from './execution-scope.ts';

const varchar = (length: number): SqlType => ({
  name: 'varchar',
  length,
  charset: 'utf8mb4',
  collation: 'utf8mb4_general_ci',
});

const bigint: SqlType = { name: 'bigint', length: 21 };
const unsigned: SqlType = { name: 'bigint', unsigned: true, length: 21 };

/** CONCAT's answer is as long as its parts together; of bytes if one part is. */
function concatType(args: readonly FunctionArgument[]): SqlType {
  const length = args.reduce((sum, { type }) => sum + (type.length ?? 20), 0);
  if (args.some(({ type }) => isByteString(type))) {
    return {
      name: length > 65_535 ? 'longblob' : 'varbinary',
      length,
      charset: 'binary',
      collation: 'binary',
    };
  }
  const collation = args.find(({ type }) => type.collation?.endsWith('_bin'))?.type.collation;
  return { ...varchar(length), ...(collation === undefined ? {} : { collation }) };
}

function concat(args: readonly SqlValue[]): SqlValue {
  if (args.some((part) => part instanceof Uint8Array)) {
    return Buffer.concat(args.map((part) => (part instanceof Uint8Array ? part : Buffer.from(textOf(part)))));
  }
  return args.map(textOf).join('');
}

/** Fractional digits of NOW(n). */
function digitsOf(args: readonly FunctionArgument[]): number {
  return Number(args[0]?.literal ?? 0);
}

function now(zone: string | undefined): bigint {
  const execution = currentExecution();
  const utc = execution?.nowUs ?? 0n;
  return fromUtc(utc, zone ?? String(execution?.variable('time_zone', 'session') ?? 'SYSTEM'));
}

type Clock = 'datetime' | 'date' | 'time';

/** NOW(), CURDATE(), CURTIME() and what they are called else: one moment for the statement. */
function clock(name: string, kind: Clock, zone?: string): ScalarFunction {
  return {
    name,
    arity: { min: 0, max: kind === 'date' ? 0 : 1 },
    deterministic: true,
    oncePerStatement: true,
    nullable: false,
    returns: (args) => (kind === 'date' ? { name: 'date' } : { name: kind, decimals: digitsOf(args) }),
    call: ([digits]) => {
      const at = dateTimeOf(now(zone));
      const decimals = Number(digits ?? 0);
      if (kind === 'date') return formatDate(at);
      return kind === 'time' ? formatTime(clockOf(at), decimals) : formatDateTime(at, decimals);
    },
  };
}

function ofSession(name: string, returns: SqlType, call: () => SqlValue, nullable = false): ScalarFunction {
  return {
    name,
    arity: { min: 0, max: 0 },
    deterministic: true,
    oncePerStatement: true,
    nullable,
    returns,
    call,
  };
}

const session = () => currentExecution()?.session;
const account = (host: string | undefined): string => `${session()?.user ?? ''}@${host ?? ''}`;

export const basicFunctions: readonly ScalarFunction[] = [
  {
    name: 'concat',
    arity: { min: 1, max: Number.POSITIVE_INFINITY },
    deterministic: true,
    strict: true,
    returns: concatType,
    call: concat,
  },
  ...['now', 'current_timestamp', 'localtime', 'localtimestamp', 'sysdate'].map((name) =>
    clock(name, 'datetime'),
  ),
  ...['curdate', 'current_date'].map((name) => clock(name, 'date')),
  ...['curtime', 'current_time'].map((name) => clock(name, 'time')),
  clock('utc_timestamp', 'datetime', '+00:00'),
  clock('utc_date', 'date', '+00:00'),
  clock('utc_time', 'time', '+00:00'),
  ofSession('database', varchar(64), () => session()?.database ?? null, true),
  ofSession('schema', varchar(64), () => session()?.database ?? null, true),
  ofSession('user', varchar(93), () => account(session()?.clientHost)),
  ofSession('session_user', varchar(93), () => account(session()?.clientHost)),
  ofSession('system_user', varchar(93), () => account(session()?.clientHost)),
  ofSession('current_user', varchar(93), () => account(session()?.accountHost)),
  ofSession('connection_id', { ...unsigned, length: 10 }, () => BigInt(session()?.connectionId ?? 0)),
  ofSession('found_rows', bigint, () => session()?.foundRows ?? 0n),
  ofSession('row_count', bigint, () => session()?.rowCount ?? 0n),
  ofSession('version', varchar(60), () => textOf(currentExecution()?.variable('version', 'global') ?? '')),
  {
    name: 'last_insert_id',
    arity: { min: 0, max: 1 },
    // With an argument it changes the session, for each row.
    deterministic: false,
    numeric: 'all',
    returns: unsigned,
    call: (args) => {
      const state = session();
      if (args.length === 0) return state?.lastInsertId ?? 0n;
      const value = args[0] === null || args[0] === undefined ? 0n : BigInt(Math.trunc(Number(args[0])));
      if (state !== undefined) state.lastInsertId = value;
      return args[0] === null ? null : value;
    },
  },
];
