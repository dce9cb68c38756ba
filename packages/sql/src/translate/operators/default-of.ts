import { ObError } from '@sealane/errors';
import type { ColumnDefinition } from '../../catalog.ts';
import { implicitDefault } from '../../ddl/filling.ts';
import { fromStored } from '../../types/from-stored.ts';
import { type Store, storeRules } from '../../types/store-rules.ts';
import { toStored } from '../../types/to-stored.ts';
import type { CellValue, SqlValue } from '../../values.ts';
import { parseExpressionText } from '../expression-text.ts';
import { notSupported, type Translation } from '../statement.ts';
import { literal, type Typed } from '../typed.ts';

/** DEFAULT(column) outside of INSERT and UPDATE: what the column gets when nothing is given. @throws 1364 */
export function defaultOf(column: Typed, name: string, { environment }: Translation): Typed {
  const { column: origin } = column;
  const table = origin && environment.catalog.relation(origin.database, origin.originalTable);
  const definition =
    table?.kind === 'table' ? table.columns.find((each) => each.name === origin?.originalName) : undefined;
  if (definition === undefined) throw notSupported('DEFAULT of what is no column of a table');
  const value = defaultValue(definition, name);
  return literal(value, definition.type);
}

/** In value form, as the column shows it. */
function defaultValue(column: ColumnDefinition, name: string): SqlValue {
  const { type, defaultText } = column;
  if (defaultText === undefined && !column.nullable && column.autoIncrement !== true) {
    if (type.name === 'enum') return type.members?.[0] ?? '';
    throw new ObError('OB_ERR_NO_DEFAULT_FOR_FIELD', [name]);
  }
  if (column.autoIncrement === true) return 0n;
  if (defaultText === undefined || defaultText.toUpperCase() === 'NULL') return null;
  // The moment of a row that isn't written: MySQL shows the zero date.
  if (/^CURRENT_TIMESTAMP/i.test(defaultText)) return shown(column, implicitDefault(type));
  const expression = parseExpressionText(defaultText);
  switch (expression.kind) {
    case 'string':
    case 'integer':
      return shown(column, expression.value);
    default:
      throw notSupported('DEFAULT of a column with an expression as default');
  }
}

function shown({ name, type }: ColumnDefinition, cell: CellValue): SqlValue {
  const store: Store = { rules: storeRules(''), timeZone: '+00:00', column: name, row: 1, warn: () => {} };
  return fromStored(type, toStored(type, cell, store), '+00:00');
}
