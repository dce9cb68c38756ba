/** Where a privilege can be granted. */
export type GrantLevel = 'global' | 'database' | 'table' | 'column' | 'routine';

export interface PrivilegeRow {
  /** As GRANT names it. */
  readonly name: string;
  readonly levels: readonly GrantLevel[];
  /** The column of mysql.user, and of mysql.db where the level exists. */
  readonly column?: string;
  /** As SHOW GRANTS writes it, where OceanBase writes it differently. */
  readonly shown?: string;
}

const everywhere = ['global', 'database', 'table'] as const;
const columns = [...everywhere, 'column'] as const;
const global = ['global'] as const;
const databases = ['global', 'database'] as const;
const routines = ['global', 'database', 'routine'] as const;

/**
 * What can be granted, in the order in which SHOW GRANTS lists it.
 * Source: OceanBase's manual, "Privilege types in MySQL mode", and its SHOW GRANTS; MySQL 5.7's for what OceanBase takes
 * for compatibility.
 */
export const privilegeRows = [
  { name: 'ALTER', levels: everywhere, column: 'alter_priv' },
  { name: 'CREATE', levels: everywhere, column: 'create_priv' },
  { name: 'CREATE USER', levels: global, column: 'create_user_priv' },
  { name: 'DELETE', levels: everywhere, column: 'delete_priv' },
  { name: 'DROP', levels: everywhere, column: 'drop_priv' },
  { name: 'GRANT OPTION', levels: [...everywhere, 'routine'], column: 'grant_priv' },
  { name: 'INSERT', levels: columns, column: 'insert_priv' },
  { name: 'UPDATE', levels: columns, column: 'update_priv' },
  { name: 'SELECT', levels: columns, column: 'select_priv' },
  { name: 'INDEX', levels: everywhere, column: 'index_priv' },
  { name: 'CREATE VIEW', levels: everywhere, column: 'create_view_priv' },
  { name: 'SHOW VIEW', levels: everywhere, column: 'show_view_priv' },
  { name: 'SHOW DATABASES', levels: global, column: 'show_db_priv', shown: 'SHOW DB' },
  { name: 'SUPER', levels: global, column: 'super_priv' },
  { name: 'PROCESS', levels: global, column: 'process_priv' },
  { name: 'CREATE SYNONYM', levels: global, shown: 'CREATE_SYNONYM' },
  { name: 'REFERENCES', levels: columns, column: 'references_priv' },
  { name: 'FILE', levels: global, column: 'file_priv' },
  { name: 'ALTER TENANT', levels: global },
  { name: 'ALTER SYSTEM', levels: global },
  { name: 'CREATE RESOURCE POOL', levels: global },
  { name: 'CREATE RESOURCE UNIT', levels: global },
  { name: 'REPLICATION SLAVE', levels: global, column: 'repl_slave_priv' },
  { name: 'REPLICATION CLIENT', levels: global, column: 'repl_client_priv' },
  { name: 'DROP DATABASE LINK', levels: global, column: 'drop_database_link_priv' },
  { name: 'CREATE DATABASE LINK', levels: global, column: 'create_database_link_priv' },
  { name: 'EXECUTE', levels: routines, column: 'execute_priv' },
  { name: 'ALTER ROUTINE', levels: routines, column: 'alter_routine_priv' },
  { name: 'CREATE ROUTINE', levels: databases, column: 'create_routine_priv' },
  { name: 'CREATE TABLESPACE', levels: global, column: 'create_tablespace_priv' },
  { name: 'SHUTDOWN', levels: global, column: 'shutdown_priv' },
  { name: 'RELOAD', levels: global, column: 'reload_priv' },
  { name: 'LOCK TABLES', levels: databases, column: 'lock_tables_priv' },
  { name: 'CREATE TEMPORARY TABLES', levels: databases, column: 'create_tmp_table_priv' },
  { name: 'EVENT', levels: databases, column: 'event_priv' },
  { name: 'CREATE ROLE', levels: global, column: 'create_role_priv' },
  { name: 'DROP ROLE', levels: global, column: 'drop_role_priv' },
  { name: 'TRIGGER', levels: everywhere, column: 'trigger_priv' },
] as const satisfies readonly PrivilegeRow[];

export type PrivilegeName = (typeof privilegeRows)[number]['name'];

const rows: readonly PrivilegeRow[] = privilegeRows;
const byName = new Map(rows.map((row) => [row.name, row]));

export function findPrivilege(name: string): (PrivilegeRow & { readonly name: PrivilegeName }) | undefined {
  return byName.get(name) as (PrivilegeRow & { readonly name: PrivilegeName }) | undefined;
}

/** What ALL PRIVILEGES means at a level: everything but GRANT OPTION. */
export function allPrivileges(level: GrantLevel): readonly PrivilegeName[] {
  return privilegeRows
    .filter(
      ({ name, levels }) => name !== 'GRANT OPTION' && (levels as readonly GrantLevel[]).includes(level),
    )
    .map(({ name }) => name);
}

/** Sets of privileges are kept as their names with commas between, in the order of the list. */
export function privilegesText(names: Iterable<PrivilegeName>): string {
  const held = new Set<string>(names);
  return privilegeRows
    .filter(({ name }) => held.has(name))
    .map(({ name }) => name)
    .join(',');
}

/** Reads what `privilegesText` writes; a name of a later version is skipped. */
export function parsePrivileges(text: string): Set<PrivilegeName> {
  return new Set(text.split(',').filter((name): name is PrivilegeName => byName.has(name)));
}
