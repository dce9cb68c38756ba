import { ObError } from '@sealane/errors';
import { findCharset, findCollation } from '../types/charset.ts';
import { parseDecimal, rescale } from '../types/decimal.ts';
import { textOf } from '../types/store-rules.ts';
import { isTimeZone } from '../types/time-zone.ts';
import type { CellValue } from '../values.ts';
import { normaliseSqlMode, sqlModeOfBits } from './sql-modes.ts';
import { integerCell, type SystemVariable } from './variable-definition.ts';

type Warn = (level: 'Warning', errno: number, message: string) => void;

/**
 * Settles the value that a variable gets. @throws 1231 for a value it can't have, 1232 for one of another
 * type, 1115, 1273 and 1298 for unknown character sets, collations and time zones
 */
export function checkValue(variable: SystemVariable, value: CellValue, warn: Warn): CellValue {
  const { kind, name } = variable;
  if (value === null) {
    if ('nullable' in kind && kind.nullable) return null;
    throw wrongValue(name, 'NULL');
  }
  switch (kind.name) {
    case 'boolean':
      return booleanOf(name, value);
    case 'integer':
      return integerOf(name, value, kind, warn);
    case 'double':
      return doubleOf(name, value, kind);
    case 'enum':
      return memberOf(name, value, kind.members);
    case 'sql-mode':
      return sqlMode(name, value);
    case 'charset': {
      const charset = findCharset(textOf(value));
      if (charset === undefined) throw new ObError('OB_ERR_UNKNOWN_CHARSET', [textOf(value)]);
      // No statement can be read whose ASCII takes two bytes.
      if (name === 'character_set_client' && charset.name === 'utf16') throw wrongValue(name, charset.name);
      return charset.name;
    }
    case 'collation': {
      const collation = findCollation(textOf(value));
      if (collation === undefined) throw new ObError('OB_ERR_UNKNOWN_COLLATION', [textOf(value)]);
      return collation.name;
    }
    case 'time-zone':
      return timeZone(textOf(value));
    case 'text':
      if (typeof value === 'bigint' || typeof value === 'number')
        throw new ObError('OB_ERR_WRONG_TYPE_FOR_VAR', [name]);
      return textOf(value);
  }
}

export function wrongValue(name: string, value: string): ObError {
  return new ObError('OB_ERR_WRONG_VALUE_FOR_VAR', [name, value]);
}

const truths: Readonly<Record<string, bigint>> = { on: 1n, true: 1n, '1': 1n, off: 0n, false: 0n, '0': 0n };

function booleanOf(name: string, value: CellValue): bigint {
  const truth = truths[textOf(value).toLowerCase()];
  if (truth === undefined) throw wrongValue(name, textOf(value));
  return truth;
}

function integerOf(
  name: string,
  value: CellValue,
  { min, max }: { readonly min: bigint; readonly max: bigint },
  warn: Warn,
): CellValue {
  // Exact numbers come as text; a string of anything else, or a fraction, is of the wrong type.
  const exact = typeof value === 'bigint' ? { unscaled: value, scale: 0 } : parseDecimal(textOf(value));
  if (exact === undefined || rescale(rescale(exact, 0), exact.scale).unscaled !== exact.unscaled) {
    throw new ObError('OB_ERR_WRONG_TYPE_FOR_VAR', [name]);
  }
  const given = rescale(exact, 0).unscaled;
  if (given >= min && given <= max) return integerCell(given);
  const { errno, message } = new ObError('OB_ERR_DOUBLE_TRUNCATED', [name, given.toString()]);
  warn('Warning', errno, message);
  return integerCell(given < min ? min : max);
}

function doubleOf(
  name: string,
  value: CellValue,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const given = Number(textOf(value));
  if (Number.isNaN(given)) throw new ObError('OB_ERR_WRONG_TYPE_FOR_VAR', [name]);
  return Math.min(max, Math.max(min, given));
}

function memberOf(name: string, value: CellValue, members: readonly string[]): string {
  const text = textOf(value);
  const member =
    typeof value === 'bigint'
      ? members[Number(value)]
      : members.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (member === undefined) throw wrongValue(name, text);
  return member;
}

function sqlMode(name: string, value: CellValue): string {
  if (typeof value === 'bigint') {
    const mode = sqlModeOfBits(value);
    if (mode === undefined) throw wrongValue(name, value.toString());
    return mode;
  }
  const normal = normaliseSqlMode(textOf(value));
  if ('unknown' in normal) throw wrongValue(name, normal.unknown);
  return normal.mode;
}

function timeZone(text: string): string {
  if (!isTimeZone(text)) throw new ObError('OB_ERR_UNKNOWN_TIME_ZONE', [text]);
  const offset = /^([+-])(\d):(\d\d)$/.exec(text);
  if (offset !== null) return `${offset[1]}0${offset[2]}:${offset[3]}`;
  return text.toUpperCase() === 'SYSTEM' ? 'SYSTEM' : text;
}
