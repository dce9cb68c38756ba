import type { CellValue } from './values.ts';

/**
 * Everything a statement may know of its session, as plain data: it travels to the leader with a
 * forwarded statement and comes back changed.
 */
export interface SessionState {
  readonly connectionId: number;
  readonly tenantId: number;
  readonly tenant: string;
  /** The account that matched at login: USER() shows `user@clientHost`, CURRENT_USER() `user@accountHost`. */
  readonly user: string;
  readonly clientHost: string;
  readonly accountHost: string;
  /** A session of the node itself: it keeps the tables of database `oceanbase`, which nobody else writes. */
  readonly internal?: boolean;
  /** Roles that the session uses, by login or SET ROLE; one that is taken away counts no more. */
  activeRoles?: readonly { readonly user: string; readonly host: string }[];
  /** Logged in with an expired password: nothing but changing it is allowed. */
  passwordExpired?: boolean;
  /** The default database, in lower case. */
  database: string | undefined;
  /**
   * Session values of system variables that differ from the global ones; names in lower case. Never changed in place: what was
   * found out about an object of them stays true, see `changeVariables`.
   */
  variables: Readonly<Record<string, CellValue>>;
  /** User variables, names in lower case without the @. */
  userVariables: Record<string, CellValue>;
  /** What LAST_INSERT_ID() answers. */
  lastInsertId: bigint;
  /** What ROW_COUNT() answers. */
  rowCount: bigint;
  /** What FOUND_ROWS() answers. */
  foundRows: bigint;
  /** What SHOW WARNINGS answers; at most 64. */
  warnings: Warning[];
}

export interface Warning {
  readonly level: 'Note' | 'Warning' | 'Error';
  readonly errno: number;
  readonly message: string;
}

/** Sets variables of a session; undefined takes one away, so that the global value counts again. */
export function changeVariables(
  session: Pick<SessionState, 'variables'>,
  changes: Readonly<Record<string, CellValue | undefined>>,
): void {
  const variables = { ...session.variables };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete variables[name];
    else variables[name] = value;
  }
  session.variables = variables;
}
