import { ObError } from '@sealane/errors';
import type { CellValue } from '../values.ts';
import { formatDouble } from './double-text.ts';

/** What storing one value may know. `column` and `row` (from 1) are for the messages. */
export interface Store {
  readonly rules: StoreRules;
  /** The session's time zone, for TIMESTAMP: `+08:00`, `SYSTEM`. */
  readonly timeZone: string;
  readonly column: string;
  readonly row: number;
  warn(level: 'Note' | 'Warning' | 'Error', errno: number, message: string): void;
}

/** What sql_mode says about values. */
export interface StoreRules {
  /** The text it was read from. */
  readonly sqlMode: string;
  /** An error instead of a warning for what doesn't fit. INSERT IGNORE and UPDATE IGNORE turn it off. */
  readonly strict: boolean;
  readonly noZeroDate: boolean;
  readonly noZeroInDate: boolean;
  /** CHAR keeps its trailing spaces. */
  readonly padCharToFullLength: boolean;
}

const rulesOfMode = new Map<string, StoreRules>();

/** @param sqlMode the variable's text, `STRICT_ALL_TABLES,NO_ZERO_DATE` */
export function storeRules(sqlMode: string): StoreRules {
  let rules = rulesOfMode.get(sqlMode);
  if (rules === undefined) {
    const modes = new Set(sqlMode.toUpperCase().split(','));
    rules = {
      sqlMode,
      strict: modes.has('STRICT_ALL_TABLES') || modes.has('STRICT_TRANS_TABLES') || modes.has('TRADITIONAL'),
      noZeroDate: modes.has('NO_ZERO_DATE') || modes.has('TRADITIONAL'),
      noZeroInDate: modes.has('NO_ZERO_IN_DATE') || modes.has('TRADITIONAL'),
      padCharToFullLength: modes.has('PAD_CHAR_TO_FULL_LENGTH'),
    };
    if (rulesOfMode.size < 256) rulesOfMode.set(sqlMode, rules);
  }
  return rules;
}

/** The names of the errors that a value may meet. */
type ValueFault = 'OB_ERR_WARN_DATA_OUT_OF_RANGE' | 'OB_ERR_DATA_TRUNCATED' | 'OB_ERR_DATA_TOO_LONG';

/** Throws in strict mode, warns otherwise. */
export function fault(store: Store, name: ValueFault): void {
  // Of a text that is cut off MySQL warns in other words than it refuses it in.
  const cut = name === 'OB_ERR_DATA_TOO_LONG' && !store.rules.strict;
  raise(store, new ObError(cut ? 'OB_ERR_DATA_TRUNCATED' : name, [store.column, store.row]));
}

/** 1366 (or 1292 of dates and times): Incorrect integer value: 'x' for column 'c' at row 1. */
export function incorrect(store: Store, kind: string, cell: CellValue): void {
  const temporal = kind === 'date' || kind === 'datetime' || kind === 'time';
  const name = temporal ? 'OB_ERR_TRUNCATED_WRONG_VALUE' : 'OB_ERR_TRUNCATED_WRONG_VALUE_FOR_FIELD';
  raise(store, new ObError(name, [kind, shown(cell), store.column, store.row]));
}

/** A loss that isn't an error even in strict mode: digits after the point, trailing spaces. */
export function note(store: Store): void {
  const { errno, message } = new ObError('OB_ERR_DATA_TRUNCATED', [store.column, store.row]);
  store.warn('Note', errno, message);
}

function raise(store: Store, error: ObError): void {
  if (store.rules.strict) throw error;
  store.warn('Warning', error.errno, error.message);
}

/** A value as text, as MySQL converts it. */
export function textOf(cell: CellValue): string {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return formatDouble(cell);
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('utf8');
  return String(cell);
}

function shown(cell: CellValue): string {
  if (!(cell instanceof Uint8Array)) return textOf(cell).slice(0, 128);
  let text = '';
  for (const byte of cell.subarray(0, 32)) {
    text +=
      byte >= 0x20 && byte < 0x7f
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
