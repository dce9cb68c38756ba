import type { SqlType } from '../sql-type.ts';

/** Display widths that MySQL 5.7 gives integers without one; an unsigned type has no place for a sign. */
const integerWidths: Readonly<Record<string, readonly [signed: number, unsigned: number]>> = {
  tinyint: [4, 3],
  smallint: [6, 5],
  mediumint: [9, 8],
  int: [11, 10],
  bigint: [20, 20],
};

/** A type as COLUMN_TYPE and SHOW CREATE TABLE print it: `int(11)`, `bigint(20) unsigned`, `enum('a','b')`. */
export function typeText(type: SqlType): string {
  const suffix = `${type.unsigned === true ? ' unsigned' : ''}${type.zerofill === true ? ' zerofill' : ''}`;
  return baseText(type) + suffix;
}

export function integerWidth(type: SqlType): number | undefined {
  const widths = integerWidths[type.name];
  return type.length ?? (widths === undefined ? undefined : widths[type.unsigned === true ? 1 : 0]);
}

function baseText(type: SqlType): string {
  const { name, length, decimals } = type;
  switch (name) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
      return `${name}(${integerWidth(type)})`;
    case 'decimal':
      return `decimal(${length ?? 10},${decimals ?? 0})`;
    case 'float':
    case 'double':
      return length === undefined || decimals === undefined ? name : `${name}(${length},${decimals})`;
    case 'bit':
    case 'char':
    case 'binary':
      return `${name}(${length ?? 1})`;
    case 'varchar':
    case 'varbinary':
      return `${name}(${length ?? 0})`;
    case 'year':
      return 'year(4)';
    case 'time':
    case 'datetime':
    case 'timestamp':
      return (decimals ?? 0) === 0 ? name : `${name}(${decimals})`;
    case 'enum':
    case 'set':
      return `${name}(${(type.members ?? []).map(quoteText).join(',')})`;
    default:
      return name;
  }
}

/** A string literal of MySQL, as SHOW CREATE TABLE prints it: quotes doubled. */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\0', '\\0')}'`;
}

/** An identifier in backquotes. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
