import { isIPv4, isIPv6 } from 'node:net';
import { integerOf } from '../translate/runtime/exact.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { booleanType, bytesType, define, textType, truth } from './define.ts';
import type { ScalarFunction } from './definition.ts';

/** INET_ATON takes short forms: 127.1 is 127.0.0.1. */
function aton([text = null]: readonly SqlValue[]): SqlValue {
  const parts = textOf(text).split('.');
  if (parts.length > 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return null;
  const last = parts.pop() ?? '0';
  while (parts.length < 3) parts.push('0');
  return BigInt([...parts, last].reduce((sum, part) => sum * 256 + Number(part), 0));
}

function ntoa([value = null]: readonly SqlValue[]): SqlValue {
  const number = integerOf(value);
  if (number < 0n || number > 0xffffffffn) return null;
  return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join('.');
}

/** Bytes of an IPv4 or IPv6 address. */
function aton6([text = null]: readonly SqlValue[]): SqlValue {
  const address = textOf(text);
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number));
  return isIPv6(address) && !address.includes('%') ? ipv6Bytes(address) : null;
}

function ipv6Bytes(address: string): Uint8Array {
  const plain = address.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_, a: string, b: string, c: string, d: string) =>
      `${(Number(a) * 256 + Number(b)).toString(16)}:${(Number(c) * 256 + Number(d)).toString(16)}`,
  );
  const [head = '', tail] = plain.split('::');
  const groups = (part: string | undefined): string[] =>
    part === undefined || part === '' ? [] : part.split(':');
  const front = groups(head);
  const back = groups(tail);
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  const bytes = new Uint8Array(16);
  for (const [index, group] of [...front, ...zeros, ...back].entries()) {
    const number = Number.parseInt(group, 16);
    bytes[index * 2] = number >> 8;
    bytes[index * 2 + 1] = number & 255;
  }
  return bytes;
}

function ntoa6([value = null]: readonly SqlValue[]): SqlValue {
  if (!(value instanceof Uint8Array)) return null;
  if (value.length === 4) return value.join('.');
  return value.length === 16 ? ipv6Text(value) : null;
}

/** The longest run of zero groups is shortened; the last four bytes of a mapped address are written as IPv4. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0),
  );
  const zeros = longestZeroRun(groups);
  const isMapped = zeros.start === 0 && (zeros.count === 6 || (zeros.count === 5 && groups[5] === 0xffff));
  const shown = groups.slice(0, isMapped ? 6 : 8).map((group) => group.toString(16));
  if (isMapped) shown.push(bytes.subarray(12).join('.'));
  if (zeros.count < 2) return shown.join(':');
  const front = shown.slice(0, zeros.start).join(':');
  return `${front}::${shown.slice(zeros.start + zeros.count).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; count: number } {
  let longest = { start: 0, count: 0 };
  let start = 0;
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue;
    if (index - start > longest.count) longest = { start, count: index - start };
    start = index + 1;
  }
  return longest;
}

function isKind(value: SqlValue, length: number, test: (bytes: Uint8Array) => boolean): SqlValue {
  return truth(value instanceof Uint8Array && value.length === length && test(value));
}

function startsWithZeros(bytes: Uint8Array, count: number): boolean {
  return bytes.subarray(0, count).every((byte) => byte === 0);
}

export const networkFunctions: readonly ScalarFunction[] = [
  define('inet_aton', [1, 1], { name: 'bigint', unsigned: true, length: 21 }, aton),
  define('inet_ntoa', [1, 1], textType(31), ntoa, { numeric: 'all' }),
  define('inet6_aton', [1, 1], bytesType(16), aton6),
  define('inet6_ntoa', [1, 1], textType(39), ntoa6),
  define('is_ipv4', [1, 1], booleanType, ([text = null]) => truth(text !== null && isIPv4(textOf(text))), {
    strict: false,
    nullable: false,
  }),
  define('is_ipv6', [1, 1], booleanType, ([text = null]) => truth(text !== null && isIPv6(textOf(text))), {
    strict: false,
    nullable: false,
  }),
  define(
    'is_ipv4_compat',
    [1, 1],
    booleanType,
    ([value = null]) =>
      isKind(value, 16, (bytes) => startsWithZeros(bytes, 12) && !startsWithZeros(bytes, 16)),
    { nullable: false },
  ),
  define(
    'is_ipv4_mapped',
    [1, 1],
    booleanType,
    ([value = null]) =>
      isKind(value, 16, (bytes) => startsWithZeros(bytes, 10) && bytes[10] === 255 && bytes[11] === 255),
    { nullable: false },
  ),
];
