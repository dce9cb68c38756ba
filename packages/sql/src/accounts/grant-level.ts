import { ObError } from '@sealane/errors';
import type { Privilege, PrivilegeLevel } from '../ast.ts';
import type { Catalog } from '../catalog.ts';
import type { SessionState } from '../session-state.ts';
import type { VirtualTableDefinition } from '../virtual-table.ts';
import { allPrivileges, findPrivilege, type GrantLevel, type PrivilegeName } from './privilege-list.ts';

/** What a GRANT or REVOKE is about, with names in lower case. */
export type GrantTarget =
  | { readonly level: 'global' }
  /** `database` may be a pattern with % and _. */
  | { readonly level: 'database'; readonly database: string }
  | { readonly level: 'table'; readonly database: string; readonly table: string }
  | {
      readonly level: 'routine';
      readonly type: 'FUNCTION' | 'PROCEDURE';
      readonly database: string;
      readonly name: string;
    };

/** A privilege with the columns that it is for; none: for all of the target. */
export interface TargetPrivilege {
  readonly name: PrivilegeName;
  readonly columns: readonly string[];
}

/** @throws 1046 where the default database is meant and there is none */
export function grantTarget(level: PrivilegeLevel, session: SessionState): GrantTarget {
  if (level.database === '*') return { level: 'global' };
  const database = (level.database ?? session.database)?.toLowerCase();
  if (database === undefined) throw new ObError('OB_ERR_NO_DB_SELECTED');
  const name = level.table.toLowerCase();
  if (level.type !== 'TABLE') return { level: 'routine', type: level.type, database, name };
  return name === '*' ? { level: 'database', database } : { level: 'table', database, table: name };
}

/**
 * @returns the privileges by name, ALL and USAGE resolved
 * @throws 1221 and 1144 for what can't be granted there, 1235 for privileges that there aren't
 */
export function targetPrivileges(
  privileges: readonly Privilege[],
  { level }: GrantTarget,
): readonly TargetPrivilege[] {
  return privileges.flatMap(({ name, columns }): readonly TargetPrivilege[] => {
    if (columns.length > 0) return [columnPrivilege(name, columns, level)];
    if (name === 'ALL') return allPrivileges(level).map((each) => ({ name: each, columns: [] }));
    if (name === 'USAGE') return [];
    const found = findPrivilege(name);
    if (found === undefined) throw new ObError('OB_NOT_SUPPORTED', [`privilege ${name}`]);
    if (!found.levels.includes(level)) throw notAtLevel(level);
    return [{ name: found.name, columns: [] }];
  });
}

function columnPrivilege(name: string, columns: readonly string[], level: GrantLevel): TargetPrivilege {
  if (level !== 'table') throw new ObError('OB_ILLEGAL_GRANT_FOR_TABLE');
  const found = findPrivilege(name);
  if (found === undefined || !found.levels.includes('column'))
    throw new ObError('ER_WRONG_USAGE', ['COLUMN GRANT', 'NON-COLUMN PRIVILEGES']);
  return { name: found.name, columns: columns.map((column) => column.toLowerCase()) };
}

function notAtLevel(level: GrantLevel): ObError {
  return level === 'database'
    ? new ObError('ER_WRONG_USAGE', ['DB GRANT', 'GLOBAL PRIVILEGES'])
    : new ObError('OB_ILLEGAL_GRANT_FOR_TABLE');
}

/** What names of tables and columns are looked up in. */
export interface GrantableTables {
  readonly catalog: Catalog;
  virtualTable(database: string, name: string): VirtualTableDefinition | undefined;
}

/**
 * A table needn't exist where CREATE is granted on it.
 * @throws 1146, 1054, 1305
 */
export function checkTargetExists(
  target: GrantTarget,
  privileges: readonly TargetPrivilege[],
  tables: GrantableTables,
): void {
  if (target.level === 'routine')
    throw new ObError('OB_ERR_SP_DOES_NOT_EXIST', [target.type, `${target.database}.${target.name}`]);
  if (target.level !== 'table') return;
  const { database, table } = target;
  const relation = tables.catalog.relation(database, table);
  const columns =
    relation?.kind === 'table' ? relation.columns : tables.virtualTable(database, table)?.columns;
  const isThere = columns !== undefined || relation !== undefined;
  if (!isThere && !privileges.some(({ name }) => name === 'CREATE'))
    throw new ObError('OB_TABLE_NOT_EXIST', [database, table]);
  if (columns === undefined) return;
  const known = new Set(columns.map(({ name }) => name.toLowerCase()));
  const unknown = privileges.flatMap((each) => each.columns).find((column) => !known.has(column));
  if (unknown !== undefined) throw new ObError('OB_ERR_BAD_FIELD_ERROR', [unknown, table]);
}
