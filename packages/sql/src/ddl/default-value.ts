import { isObError, ObError } from '@sealane/errors';
import type { Expression } from '../ast.ts';
import { literalValue } from '../literal-value.ts';
import type { SqlType } from '../sql-type.ts';
import { fromStored } from '../types/from-stored.ts';
import type { StoreRules } from '../types/store-rules.ts';
import { textOf } from '../types/store-rules.ts';
import { toStored } from '../types/to-stored.ts';
import { quoteText } from '../types/type-text.ts';
import type { CellValue } from '../values.ts';
import { storedText } from './stored-text.ts';

export interface DefaultInput {
  readonly column: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  readonly expression: Expression;
  /** The statement's text, where the expression's span points. */
  readonly text: string;
  readonly rules: StoreRules;
}

/**
 * A default in the one form that the catalog keeps: a literal as a quoted text in the column's own notation
 * (`'0.00'`), `b'101'` for BIT, `NULL`, `CURRENT_TIMESTAMP(3)`, or another expression in parentheses.
 * @throws 1067 for what the column can't hold, 1101 for a literal of TEXT, BLOB and JSON
 */
export function defaultText(input: DefaultInput): string {
  const { column, type, expression } = input;
  const now = nowDigits(expression);
  if (now !== undefined) {
    if ((type.name === 'datetime' || type.name === 'timestamp') && now === (type.decimals ?? 0))
      return nowText(now);
    throw new ObError('OB_INVALID_DEFAULT', [column]);
  }
  const value = literalValue(expression);
  if (value === undefined) return `(${storedText(expression, input.text, input.rules.sqlMode)})`;
  if (value === null) {
    if (!input.nullable) throw new ObError('OB_INVALID_DEFAULT', [column]);
    return 'NULL';
  }
  if (/text$|blob$|^json$/.test(type.name)) throw new ObError('OB_ERR_BLOB_CANT_HAVE_DEFAULT', [column]);
  return literalText(input, value);
}

/** CURRENT_TIMESTAMP, NOW(3) and their synonyms. @returns the fractional digits; undefined for anything else */
export function nowDigits(expression: Expression): number | undefined {
  if (expression.kind !== 'function' || expression.database !== undefined) return undefined;
  if (!/^(NOW|CURRENT_TIMESTAMP|LOCALTIME|LOCALTIMESTAMP)$/.test(expression.name)) return undefined;
  const [digits] = expression.args;
  if (digits === undefined) return 0;
  return digits.kind === 'integer' ? Number(digits.value) : undefined;
}

export function nowText(digits: number): string {
  return digits === 0 ? 'CURRENT_TIMESTAMP' : `CURRENT_TIMESTAMP(${digits})`;
}

function literalText(input: DefaultInput, value: CellValue): string {
  const { column, rules } = input;
  // A TIMESTAMP's default is read in the time zone of each session: kept as it was written.
  const type: SqlType = input.type.name === 'timestamp' ? { ...input.type, name: 'datetime' } : input.type;
  try {
    const store = { rules: { ...rules, strict: true }, timeZone: '+00:00', column, row: 1, warn: ignoreNote };
    const shown = fromStored(type, toStored(type, numeric(type, value), store), '+00:00');
    if (type.name !== 'bit') return quoteText(textOf(shown));
    let bits = 0n;
    for (const byte of shown instanceof Uint8Array ? shown : []) bits = (bits << 8n) | BigInt(byte);
    return `b'${bits.toString(2)}'`;
  } catch (error) {
    if (isObError(error)) throw new ObError('OB_INVALID_DEFAULT', [column], { cause: error });
    throw error;
  }
}

/** 0x41 and b'1' are numbers where a number is wanted. */
function numeric(type: SqlType, value: CellValue): CellValue {
  if (!(value instanceof Uint8Array) || !/int$|^decimal$|^float$|^double$/.test(type.name)) return value;
  return BigInt(`0x${Buffer.from(value).toString('hex') || '0'}`);
}

/** A default may lose digits after the point; nobody is told, as in MySQL. */
function ignoreNote(): void {}
