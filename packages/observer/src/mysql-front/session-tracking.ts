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
  #database: string | undefined;
  #variables = new Map<string, CellValue | undefined>();

  constructor(session: SqlSession) {
    this.changes(session);
  }

  /** @returns what changed since it was asked last */
  changes(session: SqlSession): SessionChange[] {
    const changes: SessionChange[] = [];
    const { database, variables } = session.state;
    if (database !== this.#database) {
      this.#database = database;
      changes.push({ kind: 'database', name: database ?? '' });
    }
    for (const name of trackedVariables) {
      const value = variables[name];
      if (value === this.#variables.get(name)) continue;
      this.#variables.set(name, value);
      if (value !== undefined) changes.push({ kind: 'variable', name, value: variableText(name, value) });
    }
    return changes;
  }
}

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

function variableText(name: string, value: CellValue): string {
  if (name === 'autocommit') return String(value) === '0' || String(value) === 'OFF' ? 'OFF' : 'ON';
  return value === null ? '' : String(value);
}
