import type { SqlType } from '../sql-type.ts';
import type { VirtualTableDefinition } from '../virtual-table.ts';

type Columns = VirtualTableDefinition['columns'];

const text = { charset: 'utf8mb4', collation: 'utf8mb4_general_ci' } as const;

/** Short names of types: `v64` varchar(64), `i` bigint, `u` bigint unsigned, `t` longtext, `d` datetime, `f` double. */
function typeOf(short: string): SqlType {
  switch (short) {
    case 'i':
      return { name: 'bigint', length: 21 };
    case 'u':
      return { name: 'bigint', length: 21, unsigned: true };
    case 't':
      return { name: 'longtext', ...text };
    case 'd':
      return { name: 'datetime', decimals: 0 };
    case 'f':
      return { name: 'double' };
    default:
      return { name: 'varchar', length: Number(short.slice(1)), ...text };
  }
}

/** Reads `NAME:v64 OTHER:i?`; a question mark: may be NULL. */
export function columnList(list: string): Columns {
  return list
    .trim()
    .split(/\s+/)
    .map((item) => {
      const [name = '', short = ''] = item.split(':');
      const nullable = short.endsWith('?');
      return { name, type: typeOf(short.replace('?', '')), nullable };
    });
}

export function informationTable(name: string, list: string): VirtualTableDefinition {
  return { database: 'information_schema', name, columns: columnList(list) };
}
