import type { ExecutionContext } from '../../plan.ts';
import type { SqlType } from '../../sql-type.ts';
import { isIntegerType } from '../../types/integers.ts';
import type { CellValue, SqlValue } from '../../values.ts';
import { readRows } from '../query-plan.ts';
import { type Decode, decoder } from '../result-columns.ts';
import { temporalNumber } from '../runtime/temporal.ts';
import type { Translation } from '../statement.ts';
import { classOf, isWideUnsigned, type Typed } from '../typed.ts';
import { timeZoneOf } from './row-slot.ts';

/** Gives a value to be stored, each time it is asked. */
export type ValueSource = (context: ExecutionContext) => CellValue;

/** An expression as a source for a column: a constant is computed here, anything else by SQLite. */
export function valueSource(typed: Typed, column: SqlType, translation: Translation): ValueSource {
  const convert = storableCell(typed, column);
  const { constant: evaluate } = typed;
  if (evaluate !== undefined) {
    if (convert === undefined) return evaluate;
    return (context) => convert(evaluate(context), '');
  }
  const finished = translation.finish(`SELECT ${typed.sql}`);
  return (context) => {
    const value = readRows(finished, context)[0]?.[0] ?? null;
    return convert === undefined ? value : convert(value, timeZoneOf(context));
  };
}

/**
 * What turns an expression's SQLite value into a cell that toStored reads rightly; undefined where it already is one.
 * Bytes written as 0x41 are a number to a numeric column, and so is a date.
 */
export function storableCell(typed: Typed, column: SqlType): Decode | undefined {
  const isNumber = isIntegerType(column) || /^(decimal|float|double|year|bit)$/.test(column.name);
  if (typed.literal instanceof Uint8Array && isNumber && column.name !== 'bit') return bytesNumber;
  if (isWideUnsigned(typed.type) && typed.form === 'value') return wideNumber;
  const decode = typed.form === 'stored' && typed.constant === undefined ? decoder(typed) : undefined;
  if (classOf(typed.type) === 'temporal' && isNumber) {
    return (value, timeZone) => {
      const text = decode === undefined ? value : decode(value, timeZone);
      return typeof text === 'string' ? temporalNumber(text) : text;
    };
  }
  if ((typed.type.name === 'enum' || typed.type.name === 'set') && isNumber && typed.form === 'stored')
    return undefined;
  return decode;
}

/** An integer over 2^63 - 1 comes as text. */
function wideNumber(value: SqlValue): CellValue {
  return typeof value === 'string' ? BigInt(value) : value;
}

function bytesNumber(value: SqlValue): CellValue {
  if (!(value instanceof Uint8Array)) return value;
  let number = 0n;
  for (const byte of value) number = (number << 8n) | BigInt(byte);
  return number;
}
