import type {
  ColumnDefinition,
  ForeignKeyDefinition,
  IndexDefinition,
  TableDefinition,
  ViewDefinition,
} from '../catalog.ts';
import type { StoredTable } from '../catalog-rows.ts';
import { nowText } from '../ddl/default-value.ts';
import { findCharset } from '../types/charset.ts';
import { quoteName, quoteText, typeText } from '../types/type-text.ts';

/**
 * The statement that makes a table, as MySQL 5.7 prints it.
 * @param nextKey the next generated key, printed when it is over 1
 */
export function createTableText(table: StoredTable, nextKey: bigint): string {
  const parts = [
    ...table.columns.filter((column) => column.hidden !== true).map((column) => columnText(column, table)),
    ...(table.primaryKey.length === 0 ? [] : [`PRIMARY KEY (${names(table.primaryKey)})`]),
    ...table.indexes.map(indexText),
    ...table.foreignKeys.map((key) => foreignKeyText(key, table)),
    ...table.checks.map((check) => `CONSTRAINT ${quoteName(check.name)} CHECK (${check.text})`),
  ];
  return `CREATE TABLE ${quoteName(table.name)} (\n  ${parts.join(',\n  ')}\n)${optionsText(table, nextKey)}`;
}

/** @param current the session's database: its name is left out, so that a dump can be read into another one */
export function createViewText(view: ViewDefinition, current?: string): string {
  const at = view.definer.lastIndexOf('@');
  const definer = `${quoteName(view.definer.slice(0, at))}@${quoteName(view.definer.slice(at + 1))}`;
  const columns = view.columnNames.length === 0 ? '' : ` (${names(view.columnNames)})`;
  const text = view.database === current ? withoutDatabase(view.text, view.database) : view.text;
  const check = view.checkOption === 'NONE' ? '' : ` WITH ${view.checkOption} CHECK OPTION`;
  return `CREATE ALGORITHM=UNDEFINED DEFINER=${definer} SQL SECURITY ${view.security ?? 'DEFINER'} VIEW ${quoteName(view.name)}${columns} AS ${text}${check}`;
}

const stringOrName = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`\.?/g;

function withoutDatabase(text: string, database: string): string {
  const prefix = `${quoteName(database)}.`;
  return text.replace(stringOrName, (found) => (found === prefix ? '' : found));
}

function columnText(column: ColumnDefinition, table: TableDefinition): string {
  const parts = [quoteName(column.name), typeText(column.type) + charactersText(column, table)];
  if (column.generated !== undefined) {
    const { text, stored } = column.generated;
    parts.push(`GENERATED ALWAYS AS (${text}) ${stored ? 'STORED' : 'VIRTUAL'}`);
    if (!column.nullable) parts.push('NOT NULL');
  } else {
    if (!column.nullable) parts.push('NOT NULL');
    else if (column.type.name === 'timestamp') parts.push('NULL');
    if (column.autoIncrement === true) parts.push('AUTO_INCREMENT');
    parts.push(...defaultParts(column));
    if (column.onUpdateNow !== undefined) parts.push(`ON UPDATE ${nowText(column.onUpdateNow)}`);
  }
  if (column.comment !== '') parts.push(`COMMENT ${quoteText(column.comment)}`);
  return parts.join(' ');
}

/** TEXT, BLOB and JSON don't show the default NULL. */
function defaultParts({ defaultText, type }: ColumnDefinition): readonly string[] {
  if (defaultText === undefined) return [];
  if (defaultText === 'NULL' && /text$|blob$/.test(type.name)) return [];
  return [`DEFAULT ${defaultText}`];
}

/** A character set where the collation isn't the table's; a collation where it isn't its character set's default one. */
function charactersText({ type }: ColumnDefinition, table: TableDefinition): string {
  const { charset, collation } = type;
  if (charset === undefined || collation === undefined) return '';
  const usual = findCharset(charset)?.defaultCollation === collation;
  return `${collation === table.collation ? '' : ` CHARACTER SET ${charset}`}${usual ? '' : ` COLLATE ${collation}`}`;
}

function indexText(index: IndexDefinition): string {
  const kind = index.kind === 'fulltext' ? 'FULLTEXT KEY' : index.unique ? 'UNIQUE KEY' : 'KEY';
  const columns = index.columns.map((part) => {
    const prefix = part.prefixLength === undefined ? '' : `(${part.prefixLength})`;
    return `${quoteName(part.name)}${prefix}${part.descending === true ? ' DESC' : ''}`;
  });
  const comment = index.comment === '' ? '' : ` COMMENT ${quoteText(index.comment)}`;
  return `${kind} ${quoteName(index.name)} (${columns.join(',')})${comment}`;
}

function foreignKeyText(key: ForeignKeyDefinition, table: TableDefinition): string {
  const database = key.parentDatabase === table.database ? '' : `${quoteName(key.parentDatabase)}.`;
  const rules = [
    key.onDelete === 'RESTRICT' ? '' : ` ON DELETE ${key.onDelete}`,
    key.onUpdate === 'RESTRICT' ? '' : ` ON UPDATE ${key.onUpdate}`,
  ];
  return (
    `CONSTRAINT ${quoteName(key.name)} FOREIGN KEY (${names(key.columns)}) ` +
    `REFERENCES ${database}${quoteName(key.parentTable)} (${names(key.parentColumns)})${rules.join('')}`
  );
}

function optionsText(table: StoredTable, nextKey: bigint): string {
  const usual = findCharset(table.charset)?.defaultCollation === table.collation;
  const options = [
    'ENGINE=InnoDB',
    ...(nextKey > 1n ? [`AUTO_INCREMENT=${nextKey}`] : []),
    `DEFAULT CHARSET=${table.charset}`,
    ...(usual ? [] : [`COLLATE=${table.collation}`]),
    ...(table.comment === '' ? [] : [`COMMENT=${quoteText(table.comment)}`]),
  ];
  const partitioning = table.partitioning === undefined ? '' : `\n ${table.partitioning}`;
  return ` ${options.join(' ')}${partitioning}`;
}

function names(columns: readonly string[]): string {
  return columns.map(quoteName).join(',');
}
