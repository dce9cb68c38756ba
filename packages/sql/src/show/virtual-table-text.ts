import { quoteName, typeText } from '../types/type-text.ts';
import type { VirtualTableDefinition } from '../virtual-table.ts';

/** What SHOW CREATE TABLE prints of a table without storage. */
export function virtualTableText({ name, columns }: VirtualTableDefinition): string {
  const lines = columns.map((column) => {
    const nullable = column.nullable === true ? 'DEFAULT NULL' : 'NOT NULL';
    return `${quoteName(column.name)} ${typeText(column.type)} ${nullable}`;
  });
  return `CREATE TEMPORARY TABLE ${quoteName(name)} (\n  ${lines.join(',\n  ')}\n) ENGINE=MEMORY DEFAULT CHARSET=utf8mb4`;
}
