import { ObError } from '@sealane/errors';
import type { SqliteAggregate, SqliteFunction } from '../../functions/definition.ts';
import { currentExecution } from '../../functions/execution-scope.ts';
import { add, type Decimal, formatDecimal, powerOfTen, subtract } from '../../types/decimal.ts';
import { encodeUnsigned } from '../../types/integers.ts';
import { isJsonError, type JsonValue, jsonObject, parseJson, printJson } from '../../types/json.ts';
import { textOf } from '../../types/store-rules.ts';
import type { SqlValue } from '../../values.ts';
import { bitsOf } from './bits.ts';
import { decimalOf } from './exact.ts';

/** Sums that can take a row out again, for window frames. */
interface Sum {
  total: Decimal;
  count: number;
}

function decimalSum(name: string, read: (value: SqlValue) => Decimal): SqliteAggregate<Sum> {
  const apply = (state: Sum, value: SqlValue | undefined, sign: 1 | -1): Sum => {
    if (value === null || value === undefined) return state;
    const number = read(value);
    state.total = sign === 1 ? add(state.total, number) : subtract(state.total, number);
    state.count += sign;
    return state;
  };
  return {
    name,
    start: () => ({ total: { unscaled: 0n, scale: 0 }, count: 0 }),
    step: (state, value) => apply(state, value, 1),
    inverse: (state, value) => apply(state, value, -1),
    result: ({ total, count }) => (count === 0 ? null : formatDecimal(total)),
  };
}

/** The same over a DECIMAL column's keys: they share one scale, so that their digits are added as they stand. */
interface KeySum {
  total: bigint;
  scale: number;
  count: number;
}

function addKey(state: KeySum, key: SqlValue | undefined, sign: 1 | -1): KeySum {
  if (typeof key !== 'string') return state;
  const point = key.indexOf('.');
  const digits = point < 0 ? key.slice(1) : key.slice(1, point) + key.slice(point + 1);
  // Below zero the digits are the nines' complement.
  const value = key.charCodeAt(0) === 0x31 ? BigInt(digits) : BigInt(digits) + 1n - powerOfTen(digits.length);
  state.scale = point < 0 ? 0 : key.length - point - 1;
  state.total = sign === 1 ? state.total + value : state.total - value;
  state.count += sign;
  return state;
}

const keySum: SqliteAggregate<KeySum> = {
  name: 'sx_sum_key',
  start: () => ({ total: 0n, scale: 0, count: 0 }),
  step: (state, key) => addKey(state, key, 1),
  inverse: (state, key) => addKey(state, key, -1),
  result: ({ total, scale, count }) => (count === 0 ? null : formatDecimal({ unscaled: total, scale })),
};

/** Welford's sums for STD and VARIANCE. */
interface Spread {
  count: number;
  mean: number;
  squares: number;
}

function spread(name: string, result: (state: Spread) => number | null): SqliteAggregate<Spread> {
  return {
    name,
    start: () => ({ count: 0, mean: 0, squares: 0 }),
    step: (state, value) => {
      if (value === null || value === undefined) return state;
      const number = Number(value);
      state.count += 1;
      const delta = number - state.mean;
      state.mean += delta / state.count;
      state.squares += delta * (number - state.mean);
      return state;
    },
    inverse: (state, value) => {
      if (value === null || value === undefined) return state;
      const number = Number(value);
      if (state.count === 1) return Object.assign(state, { count: 0, mean: 0, squares: 0 });
      const mean = (state.mean * state.count - number) / (state.count - 1);
      state.squares = Math.max(0, state.squares - (number - state.mean) * (number - mean));
      state.mean = mean;
      state.count -= 1;
      return state;
    },
    result,
  };
}

const population = ({ count, squares }: Spread): number | null => (count === 0 ? null : squares / count);
const sample = ({ count, squares }: Spread): number | null => (count < 2 ? null : squares / (count - 1));
const root = (value: number | null): number | null => (value === null ? null : Math.sqrt(value));

function bitFold(
  name: string,
  start: bigint,
  fold: (a: bigint, b: bigint) => bigint,
): SqliteAggregate<bigint> {
  return {
    name,
    start: () => start,
    step: (state, value) => (value === null || value === undefined ? state : fold(state, bitsOf(value))),
    result: (state) => encodeUnsigned(state),
  };
}

interface Joined {
  text: string;
  bytes: number;
  count: number;
  cut: boolean;
}

/** GROUP_CONCAT: cut at group_concat_max_len bytes with warning 1260. Arguments: value, separator. */
const groupConcat: SqliteAggregate<Joined> = {
  name: 'sx_group_concat',
  start: () => ({ text: '', bytes: 0, count: 0, cut: false }),
  step: (state, value, separator) => {
    if (value === null || value === undefined) return state;
    const limit = Number(currentExecution()?.variable('group_concat_max_len', 'session') ?? 1024);
    state.count += 1;
    if (state.cut) return state;
    const part = `${state.count > 1 ? textOf(separator ?? ',') : ''}${textOf(value)}`;
    const size = Buffer.byteLength(part);
    if (state.bytes + size <= limit) {
      state.text += part;
      state.bytes += size;
      return state;
    }
    state.text += cutBytes(part, limit - state.bytes);
    state.cut = true;
    const { errno, message } = new ObError('OB_ERR_CUT_VALUE_GROUP_CONCAT', [state.count]);
    currentExecution()?.warn('Warning', errno, message);
    return state;
  },
  result: ({ text, count }) => (count === 0 ? null : text),
};

function cutBytes(text: string, size: number): string {
  const bytes = Buffer.from(text).subarray(0, size);
  let end = bytes.length;
  // Not within a character: back over its continuation bytes and its first one.
  const rest = Buffer.from(text)[end];
  if (rest !== undefined && (rest & 0xc0) === 0x80) {
    while (end > 0 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) end -= 1;
    end = Math.max(0, end - 1);
  }
  return bytes.subarray(0, end).toString('utf8');
}

/** The texts of GROUP_CONCAT(DISTINCT …), as a JSON array for sx_join. */
const distinctTexts: SqliteAggregate<string[]> = {
  name: 'sx_distinct',
  start: () => [],
  step: (state, value) => {
    if (value !== null && value !== undefined) state.push(textOf(value));
    return state;
  },
  result: (state) => (state.length === 0 ? null : JSON.stringify(state)),
};

/** Joins what sx_distinct gathered, with GROUP_CONCAT's limit. */
export const joinFunction: SqliteFunction = {
  name: 'sx_join',
  deterministic: false,
  call: (texts = null, separator = null) => {
    if (texts === null) return null;
    let state = groupConcat.start();
    for (const text of JSON.parse(String(texts)) as string[])
      state = groupConcat.step(state, text, separator);
    return groupConcat.result(state);
  },
};

/** The value as JSON: the second argument is its class, `json` for what is JSON already. */
function jsonValue(value: SqlValue, kind: SqlValue): JsonValue {
  if (value === null) return null;
  const isLiteral = kind === 'json' || kind === 'int' || kind === 'decimal' || kind === 'double';
  const parsed = isLiteral ? parseJson(textOf(value)) : textOf(value);
  return isJsonError(parsed) ? textOf(value) : parsed;
}

const jsonArray: SqliteAggregate<JsonValue[]> = {
  name: 'sx_json_array',
  start: () => [],
  step: (state, value = null, kind = null) => {
    state.push(jsonValue(value, kind));
    return state;
  },
  result: (state) => (state.length === 0 ? null : printJson(state)),
};

const jsonMembers: SqliteAggregate<Map<string, JsonValue>> = {
  name: 'sx_json_object',
  start: () => new Map(),
  step: (state, key = null, value = null, kind = null) => {
    if (key === null) throw new ObError('OB_ER_INVALID_USE_OF_NULL');
    return state.set(textOf(key), jsonValue(value, kind));
  },
  result: (state) => (state.size === 0 ? null : printJson(jsonObject(state))),
};

export const operatorAggregates: readonly SqliteAggregate[] = [
  decimalSum('sx_sum', decimalOf),
  keySum,
  spread('sx_var_pop', population),
  spread('sx_var_samp', sample),
  spread('sx_std_pop', (state) => root(population(state))),
  spread('sx_std_samp', (state) => root(sample(state))),
  bitFold('sx_bit_and', (1n << 64n) - 1n, (a, b) => a & b),
  bitFold('sx_bit_or', 0n, (a, b) => a | b),
  bitFold('sx_bit_xor', 0n, (a, b) => a ^ b),
  groupConcat,
  distinctTexts,
  jsonArray,
  jsonMembers,
] as readonly SqliteAggregate[];
