import { ObError } from '@sealane/errors';
import type { JsonTable, JsonTableColumn, OnEmptyOrError } from '../ast.ts';
import { columnType } from '../ddl/column-type.ts';
import { literalValue } from '../literal-value.ts';
import { parseJson } from '../types/json.ts';
import { textOf } from '../types/store-rules.ts';
import { inValueForm } from './forms.ts';
import { fixedSql } from './operators/call.ts';
import type { RelationSql } from './relation.ts';
import type { JsonTableDefault, JsonTableSpec } from './runtime/json-table.ts';
import type { ExpressionContext, ScopeColumn } from './scope.ts';
import type { SelectSources } from './sources.ts';
import { notSupported } from './statement.ts';
import { computed } from './typed.ts';

/** JSON_TABLE: SQLite's json_each over the rows that a function of ours makes; its columns hold stored values. */
export function translateJsonTable(
  node: JsonTable,
  context: ExpressionContext,
  sources: SelectSources,
): RelationSql {
  const { translation } = context;
  const document = sources.expression(node.document, {
    ...context,
    clause: 'a table function argument',
    aggregates: false,
  });
  const spec = node.columns.map(specOf);
  const value = translation.raw(inValueForm(translation, document));
  const alias = translation.alias(node.alias);
  const call = `sx_json_table(${value}, ${fixedSql(node.path)}, ${fixedSql(JSON.stringify(spec))})`;
  const columns: ScopeColumn[] = [];
  collect(node.columns, spec, alias, columns);
  return {
    sql: `json_each(${call}) AS ${alias}`,
    relation: { alias: node.alias, database: undefined, columns },
  };
}

function specOf(column: JsonTableColumn): JsonTableSpec {
  switch (column.kind) {
    case 'ordinality':
      return { kind: 'ordinality' };
    case 'nested':
      return { kind: 'nested', path: column.path, columns: column.columns.map(specOf) };
    case 'path': {
      const { name, path, exists } = column;
      const type = columnType(name, column.type, { charset: 'utf8mb4', collation: 'utf8mb4_general_ci' });
      return {
        kind: 'path',
        name,
        type,
        path,
        exists,
        onEmpty: fallback(column.onEmpty),
        onError: fallback(column.onError),
      };
    }
  }
}

function fallback(node: OnEmptyOrError | undefined): JsonTableDefault {
  if (node === undefined) return { kind: 'null' };
  if (node.kind !== 'default') return { kind: node.kind };
  const value = literalValue(node.value);
  if (value === undefined) throw notSupported('this DEFAULT of JSON_TABLE');
  if (value === null) return { kind: 'null' };
  // The default is written as JSON: a string has its quotes.
  const text = textOf(value);
  const parsed = parseJson(text);
  return { kind: 'default', value: typeof parsed === 'string' ? parsed : text };
}

/** Columns in order, those of nested paths where the path stands. @throws 1060 for a name twice */
function collect(
  nodes: readonly JsonTableColumn[],
  specs: readonly JsonTableSpec[],
  alias: string,
  columns: ScopeColumn[],
): void {
  for (const [index, node] of nodes.entries()) {
    const spec = specs[index];
    if (node.kind === 'nested') {
      if (spec?.kind === 'nested') collect(node.columns, spec.columns, alias, columns);
      continue;
    }
    const { name } = node;
    if (columns.some((column) => column.name.toLowerCase() === name.toLowerCase())) {
      throw new ObError('OB_ERR_COLUMN_DUPLICATE', [name]);
    }
    const type = spec?.kind === 'path' ? spec.type : ({ name: 'int', unsigned: true, length: 11 } as const);
    // No bare column to SQLite: it has no collation of its own there.
    const sql = `sx_json_cell(${alias}.value, ${columns.length})`;
    const typed = computed(sql, type, { form: 'stored', coercibility: 2 });
    columns.push({ name, typed });
  }
}
