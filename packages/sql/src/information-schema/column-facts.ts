import type { ColumnDefinition, TableDefinition } from '../catalog.ts';
import { nowText } from '../ddl/default-value.ts';

/** PRI, UNI (alone in a unique index), MUL (first of an index), or nothing. */
export function columnKey(table: TableDefinition, name: string): 'PRI' | 'UNI' | 'MUL' | '' {
  if (table.primaryKey.includes(name)) return 'PRI';
  const first = table.indexes.filter((index) => index.columns[0]?.name === name);
  if (first.some((index) => index.unique && index.columns.length === 1)) return 'UNI';
  return first.length > 0 ? 'MUL' : '';
}

/** `auto_increment`, `on update CURRENT_TIMESTAMP(3)`, `STORED GENERATED`, or nothing. */
export function columnExtra(column: ColumnDefinition): string {
  if (column.autoIncrement === true) return 'auto_increment';
  if (column.generated !== undefined)
    return column.generated.stored ? 'STORED GENERATED' : 'VIRTUAL GENERATED';
  if (column.onUpdateNow !== undefined) return `on update ${nowText(column.onUpdateNow)}`;
  return isExpression(column) ? 'DEFAULT_GENERATED' : '';
}

/** A default as COLUMN_DEFAULT shows it: a literal without its quotes. */
export function shownDefault({ defaultText }: ColumnDefinition): string | null {
  if (defaultText === undefined || defaultText === 'NULL') return null;
  if (defaultText.startsWith('(')) return defaultText.slice(1, -1);
  if (!defaultText.startsWith("'")) return defaultText;
  return unquote(defaultText);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', '0': '\0' };

function unquote(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/''|\\(.)/gs, (found, escaped: string | undefined) =>
      escaped === undefined ? found.slice(1) : (escapes[escaped] ?? escaped),
    );
}

function isExpression({ defaultText }: ColumnDefinition): boolean {
  return defaultText?.startsWith('(') === true;
}
