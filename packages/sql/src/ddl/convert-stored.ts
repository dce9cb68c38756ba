import type { SqliteFunction } from '../functions/definition.ts';
import type { ExecutionContext } from '../plan.ts';
import type { SqlType } from '../sql-type.ts';
import { fromStored } from '../types/from-stored.ts';
import { integerRange, isIntegerType } from '../types/integers.ts';
import { sqliteColumn, storedForm } from '../types/sqlite-column.ts';
import { type Store, storeRules } from '../types/store-rules.ts';
import { toStored } from '../types/to-stored.ts';
import type { CellValue, SqlValue } from '../values.ts';

/** What the SQLite function is told, as JSON: it runs on every node, with nothing else to look at. */
interface Conversion {
  readonly from: SqlType;
  readonly to: SqlType;
  readonly timeZone: string;
  readonly column: string;
}

const functionName = 'sl_convert_stored';

/** Functions that statements of DDL call; they belong on every handle. */
export const ddlFunctions: readonly SqliteFunction[] = [
  {
    name: functionName,
    deterministic: true,
    call: (spec, value) => convert(specOf(String(spec)), value ?? null, silent(specOf(String(spec)))),
  },
];

/** The SQLite expression that turns a column's stored values into those of another type. */
export function conversionOf(
  change: { readonly column: string; readonly from: SqlType; readonly to: SqlType; readonly name: string },
  context: ExecutionContext,
): { readonly sql: string; readonly values: readonly SqlValue[] } {
  const { column, from, to, name } = change;
  const spec: Conversion = { from, to, timeZone: fixedZone(context), column };
  return { sql: `${functionName}(?, ${name})`, values: [JSON.stringify(spec)] };
}

/** Converts one value under the rules of `store`, which may refuse it. */
export function convertStored(from: SqlType, to: SqlType, value: SqlValue, store: Store): SqlValue {
  return convert({ from, to, timeZone: store.timeZone, column: store.column }, value, store);
}

/** Whether every stored value of one type is the same value, stored alike, in the other. */
export function keepsStoredValues(from: SqlType, to: SqlType): boolean {
  if (from === to || JSON.stringify(from) === JSON.stringify(to)) return true;
  if (sqliteColumn(from) !== sqliteColumn(to) || storedForm(from) !== storedForm(to)) return false;
  if (isIntegerType(from) && isIntegerType(to)) {
    const [inner, outer] = [integerRange(from), integerRange(to)];
    return inner.min >= outer.min && inner.max <= outer.max;
  }
  if (from.name === 'enum' || from.name === 'set') return from.name === to.name && isPrefix(from, to);
  if (textSize(from) !== undefined && textSize(to) !== undefined) return growsText(from, to);
  if (from.name === 'float' && to.name === 'double') return to.length === undefined;
  return (
    from.name === to.name && from.length === to.length && from.decimals === to.decimals && sameSign(from, to)
  );
}

/** The zone's name where nodes might differ in what SYSTEM is. */
function fixedZone(context: ExecutionContext): string {
  const zone = String(context.variable('time_zone', 'session') ?? '+00:00');
  return zone.toUpperCase() === 'SYSTEM' ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
}

function convert({ from, to, timeZone }: Conversion, value: SqlValue, store: Store): SqlValue {
  return toStored(to, between(from, to, fromStored(from, value, timeZone), value), store);
}

/** Where a type's text isn't what the other type reads: numbers of ENUM, SET, BIT and of dates. */
function between(from: SqlType, to: SqlType, cell: CellValue, stored: SqlValue): CellValue {
  const numeric = isIntegerType(to) || /^(decimal|float|double|year)$/.test(to.name);
  if (cell === null || !numeric) return cell;
  if (from.name === 'enum' || from.name === 'set' || from.name === 'bit')
    return stored === null ? null : BigInt(stored as bigint);
  if (/^(date|datetime|timestamp|time)$/.test(from.name))
    return String(cell).replace(/[^\d.-]|(?<=\d)-/g, '');
  return cell;
}

const specs = new Map<string, Conversion>();

function specOf(text: string): Conversion {
  let spec = specs.get(text);
  if (spec === undefined) {
    spec = JSON.parse(text) as Conversion;
    if (specs.size >= 64) specs.clear();
    specs.set(text, spec);
  }
  return spec;
}

/** Values were checked by the leader before the statement was written down. */
function silent({ timeZone, column }: Conversion): Store {
  return { rules: storeRules(''), timeZone, column, row: 1, warn: () => {} };
}

const longSizes: Readonly<Record<string, number>> = {
  tiny: 255,
  '': 65_535,
  medium: 16_777_215,
  long: 4_294_967_295,
};

/** Bytes or characters that a text type holds; undefined for others. */
function textSize(type: SqlType): number | undefined {
  const long = /^(tiny|medium|long|)(?:text|blob)$/.exec(type.name);
  if (long !== null) return longSizes[long[1] ?? ''];
  return /^(varchar|varbinary|char)$/.test(type.name) ? (type.length ?? 1) : undefined;
}

function growsText(from: SqlType, to: SqlType): boolean {
  if (to.name === 'char' && from.name !== 'char') return false;
  const each = /text$/.test(to.name) && /char$/.test(from.name) ? 4 : 1;
  return (textSize(from) ?? 0) * each <= (textSize(to) ?? 0);
}

function isPrefix(from: SqlType, to: SqlType): boolean {
  return (from.members ?? []).every((member, index) => to.members?.[index] === member);
}

function sameSign(from: SqlType, to: SqlType): boolean {
  return (from.unsigned ?? false) === (to.unsigned ?? false) || from.unsigned === true;
}
