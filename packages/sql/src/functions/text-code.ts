import { crc32 } from 'node:zlib';
import type { SqlType } from '../sql-type.ts';
import { integerOf } from '../translate/runtime/exact.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { bytesOf } from './characters.ts';
import { anyNumber, bigintType, bytesType, define, intType, isString, lengthOf, textType } from './define.ts';
import type { ScalarFunction } from './definition.ts';
import { fitsPacket } from './limits.ts';
import { placeOf } from './text.ts';

/** HEX of a number is that of its 64 bits, of a text or bytes that of each byte. */
function hex([value = null]: readonly SqlValue[], [type]: readonly SqlType[]): SqlValue {
  if (value instanceof Uint8Array || isString(type) || isTemporal(type)) {
    return bytesOf(value).toString('hex').toUpperCase();
  }
  return inBase(value, 16).toUpperCase();
}

function isTemporal(type: SqlType | undefined): boolean {
  return (
    type !== undefined && ['date', 'time', 'datetime', 'timestamp', 'json', 'enum', 'set'].includes(type.name)
  );
}

function inBase(value: SqlValue, base: number): string {
  return BigInt.asUintN(64, integerOf(value)).toString(base);
}

function unhex([text = null]: readonly SqlValue[]): SqlValue {
  const digits = textOf(text);
  if (!/^[0-9a-fA-F]*$/.test(digits)) return null;
  return new Uint8Array(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'));
}

/** CONV(number, from, to): a negative base takes or gives a signed number. */
function convert([value = null, from, to]: readonly SqlValue[]): SqlValue {
  const source = placeOf(from);
  const target = placeOf(to);
  const isBase = (base: number) => Math.abs(base) >= 2 && Math.abs(base) <= 36;
  if (!isBase(source) || !isBase(target)) return null;
  const number = readInBase(textOf(value).trim(), Math.abs(source), source < 0);
  const bits = BigInt.asUintN(64, number);
  return (target < 0 ? BigInt.asIntN(64, bits) : bits).toString(Math.abs(target)).toUpperCase();
}

/** The leading digits of the base; beyond 64 bits it is the greatest number. */
function readInBase(text: string, base: number, isSigned: boolean): bigint {
  const negative = text.startsWith('-');
  let number = 0n;
  for (const char of text.replace(/^[+-]/, '').toLowerCase()) {
    const digit = Number.parseInt(char, 36);
    if (Number.isNaN(digit) || digit >= base) break;
    number = number * BigInt(base) + BigInt(digit);
  }
  const limit = isSigned ? (1n << 63n) - 1n : (1n << 64n) - 1n;
  if (number > limit) number = limit;
  return negative ? -number : number;
}

/** CHAR(n, …): the bytes of each number, the highest first; NULLs are left out. */
function char(values: readonly SqlValue[]): SqlValue {
  const bytes: number[] = [];
  for (const value of values) {
    if (value === null) continue;
    const bits = BigInt.asUintN(32, integerOf(value)).toString(16);
    bytes.push(...Buffer.from(bits.padStart(bits.length + (bits.length % 2), '0'), 'hex'));
  }
  return Uint8Array.from(bytes);
}

/** ORD: the bytes of the first character as one number. */
function ord([text = null]: readonly SqlValue[]): SqlValue {
  const first =
    text instanceof Uint8Array
      ? text.subarray(0, 1)
      : Buffer.from(String.fromCodePoint(textOf(text).codePointAt(0) ?? 0));
  if (textOf(text) === '') return 0n;
  return BigInt(first.reduce((sum, byte) => sum * 256 + byte, 0));
}

const QUOTED: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\0': '\\0', '\u001a': '\\Z' };

/** Source: MySQL's manual, QUOTE. */
function quote([text = null]: readonly SqlValue[]): SqlValue {
  if (text === null) return 'NULL';
  const escaped = Array.from(textOf(text), (char) => QUOTED[char] ?? char).join('');
  return `'${escaped}'`;
}

const BASE64_LINE = 76;

/** Lines of 76 characters, as MySQL writes them. */
function toBase64([value = null]: readonly SqlValue[]): SqlValue {
  const bytes = bytesOf(value);
  if (!fitsPacket(Math.ceil(bytes.length / 3) * 4, 'to_base64')) return null;
  return (bytes.toString('base64').match(new RegExp(`.{1,${BASE64_LINE}}`, 'g')) ?? []).join('\n');
}

function fromBase64([text = null]: readonly SqlValue[]): SqlValue {
  const digits = textOf(text).replace(/[\s]/g, '');
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) return null;
  return new Uint8Array(Buffer.from(digits, 'base64'));
}

/** Bits of the number that are 1. */
function bitCount([value = null]: readonly SqlValue[]): SqlValue {
  if (value instanceof Uint8Array) return value.reduce((sum, byte) => sum + countOnes(BigInt(byte)), 0n);
  return countOnes(BigInt.asUintN(64, integerOf(value)));
}

function countOnes(bits: bigint): bigint {
  return BigInt(bits.toString(2).replaceAll('0', '').length);
}

export const textCodeFunctions: readonly ScalarFunction[] = [
  define('hex', [1, 1], ([value]) => textType(Math.max(16, lengthOf(value) * 8)), hex, {
    typed: true,
    nullable: false,
  }),
  define('unhex', [1, 1], ([value]) => bytesType(Math.ceil(lengthOf(value) / 2)), unhex),
  define('bin', [1, 1], textType(64), ([value = null]) => inBase(value, 2), { numeric: [0] }),
  define('oct', [1, 1], textType(64), ([value = null]) => inBase(value, 8), { numeric: [0] }),
  define('conv', [3, 3], textType(65), convert, { numeric: [1, 2] }),
  define('char', [1, anyNumber], (args) => bytesType(args.length * 4), char, {
    strict: false,
    nullable: false,
    numeric: 'all',
  }),
  define('ascii', [1, 1], { ...intType, length: 3 }, ([text = null]) => BigInt(bytesOf(text)[0] ?? 0), {
    nullable: false,
  }),
  define('ord', [1, 1], bigintType, ord, { nullable: false }),
  define('quote', [1, 1], ([text]) => textType(lengthOf(text) * 2 + 2), quote, {
    strict: false,
    nullable: false,
  }),
  define('to_base64', [1, 1], ([value]) => textType(Math.ceil((lengthOf(value) * 4) / 3) * 4), toBase64),
  define('from_base64', [1, 1], ([text]) => bytesType(lengthOf(text)), fromBase64),
  define('bit_count', [1, 1], { ...bigintType, length: 2 }, bitCount, { numeric: [0], nullable: false }),
  define(
    'crc32',
    [1, 1],
    { name: 'bigint', unsigned: true, length: 10 },
    ([value = null]) => BigInt(crc32(bytesOf(value))),
    { nullable: false },
  ),
];
