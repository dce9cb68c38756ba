import { type CellValue, type SessionChange, serverStatus } from '@sealane/mysql-protocol';
import type { SqlSession } from './ports.ts';

/** Variables a client is told of when they change (MySQL's default for session_track_system_variables). */
const trackedVariables = [
  'autocommit',
  'character_set_client',
  'character_set_connection',
  'character_set_results',
  'time_zone',
] as const;

/** Remembers what the client knows of its session, and finds out what is news to it. */
export class SessionTracking {
  readonly #tellsAll: boolean;
  #database: string | undefined;
  /** Variables are never changed in place. */
  #seen: SqlSession['state']['variables'] | undefined;
  #lastInsertId = 0n;
  #variables = new Map<string, CellValue | undefined>();

  /** @param tellsAll  for a proxy: every variable, the user's too, so that it can make the session anew elsewhere */
  constructor(session: SqlSession, tellsAll = false) {
    this.#tellsAll = tellsAll;
    this.changes(session);
  }

  /** @returns what changed since it was asked last */
  changes(session: SqlSession): readonly SessionChange[] {
    const { database, variables } = session.state;
    const isSame = variables === this.#seen && database === this.#database;
    if (isSame && !this.#tellsAll) return nothingChanged;
    this.#seen = variables;
    const changes: SessionChange[] = [];
    if (database !== this.#database) {
      this.#database = database;
      changes.push({ kind: 'database', name: database ?? '' });
    }
    const names = this.#tellsAll ? Object.keys(variables) : trackedVariables;
    for (const name of names) {
      const value = variables[name];
      if (value === this.#variables.get(name)) continue;
      this.#variables.set(name, value);
      if (value !== undefined) changes.push({ kind: 'variable', name, value: variableText(name, value) });
    }
    if (this.#tellsAll) changes.push(...this.#defaults(variables), ...this.#ownState(session));
    return changes;
  }

  /** Variables that are the global ones again: each by its name, as values of `__default`. */
  #defaults(variables: Readonly<Record<string, CellValue>>): SessionChange[] {
    const names = [...this.#variables.keys()].filter((name) => !name.startsWith('@') && !(name in variables));
    for (const name of names) this.#variables.delete(name);
    return names.map((name) => ({ kind: 'variable', name: '__default', value: name }));
  }

  /** LAST_INSERT_ID(), and user variables as `@name` with a literal of SQL. */
  #ownState({ state }: SqlSession): SessionChange[] {
    const changes: SessionChange[] = [];
    if (state.lastInsertId !== this.#lastInsertId) {
      this.#lastInsertId = state.lastInsertId;
      changes.push({ kind: 'variable', name: 'last_insert_id', value: String(state.lastInsertId) });
    }
    for (const [name, value] of Object.entries(state.userVariables)) {
      const key = `@\`${name.replaceAll('`', '``')}\``;
      if (value === this.#variables.get(key)) continue;
      this.#variables.set(key, value);
      changes.push({ kind: 'variable', name: key, value: sqlLiteral(value) });
    }
    return changes;
  }
}

const nothingChanged: readonly SessionChange[] = [];

/** Status flags of a session's OK and EOF packets. */
export function statusFlags(session: SqlSession, more = false): number {
  return (
    (session.inTransaction ? serverStatus.IN_TRANSACTION : 0) |
    (session.autocommit ? serverStatus.AUTOCOMMIT : 0) |
    (more ? serverStatus.MORE_RESULTS_EXIST : 0) |
    (escapesNothing(session) ? serverStatus.NO_BACKSLASH_ESCAPES : 0)
  );
}

/** What the session reads statements in and writes results in; NULL for results is "as they are": UTF-8. */
export function charsetsOf({ state }: SqlSession): { readonly client: string; readonly results: string } {
  const name = (variable: string): string => String(state.variables[variable] ?? 'utf8mb4');
  return { client: name('character_set_client'), results: name('character_set_results') };
}

/** Drivers escape strings by this flag. */
function escapesNothing({ state }: SqlSession): boolean {
  return String(state.variables['sql_mode'] ?? '').includes('NO_BACKSLASH_ESCAPES');
}

function sqlLiteral(value: CellValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  // Whatever the session's sql_mode makes of quotes and backslashes.
  return `CONVERT(x'${Buffer.from(value, 'utf8').toString('hex')}' USING utf8mb4)`;
}

function variableText(name: string, value: CellValue): string {
  if (name === 'autocommit') return String(value) === '0' || String(value) === 'OFF' ? 'OFF' : 'ON';
  return value === null ? '' : String(value);
}
