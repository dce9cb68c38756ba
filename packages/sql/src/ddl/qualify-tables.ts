import { ObError } from '@sealane/errors';
import type { NamedTable, Query, TableName } from '../ast.ts';
import { quoteName } from '../types/type-text.ts';
import type { TextEdit } from './text-edit.ts';

/**
 * The edits that put its database before every table of a query, so that it means the same in any session.
 * Names of common tables (WITH) stay as they are.
 * @throws 1046 if a table has no database and there is no default one
 */
export function qualifyTables(query: Query, database: string | undefined): readonly TextEdit[] {
  const bare: TableName[] = [];
  collect(query, new Set(), bare);
  return bare.map(({ start }) => {
    if (database === undefined) throw new ObError('OB_ERR_NO_DB_SELECTED');
    return { start, end: start, text: `${quoteName(database)}.` };
  });
}

/** Walks whatever holds nodes: every object and array of the tree. */
function collect(node: unknown, common: ReadonlySet<string>, bare: TableName[]): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, common, bare);
    return;
  }
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return;
  if (isNamedTable(node)) {
    if (node.database === undefined && !common.has(node.name.toLowerCase())) bare.push(node);
    return;
  }
  const scope = withCommonTables(node, common);
  for (const child of Object.values(node)) collect(child, scope, bare);
}

function isNamedTable(node: object): node is NamedTable {
  return 'kind' in node && node.kind === 'table' && 'name' in node;
}

/** A common table is known in the whole query that WITH stands before, and in the ones after it. */
function withCommonTables(node: object, common: ReadonlySet<string>): ReadonlySet<string> {
  if (!('with' in node) || typeof node.with !== 'object' || node.with === null) return common;
  const { tables } = node.with as { readonly tables: readonly { readonly name: string }[] };
  return new Set([...common, ...tables.map((table) => table.name.toLowerCase())]);
}
