import {
  capabilityVariable,
  commandCode,
  type Ok,
  type SessionChange,
  serverStatus,
} from '@sealane/mysql-protocol';
import type { KeptText } from './statement-kind.ts';

/** A text of the client's own that has to run again on another server, as it came. */
interface Kept {
  readonly text: Uint8Array;
  /** Assigns the user variable it takes its statement from, as it was then. */
  readonly source: string | undefined;
}

export interface ReplayedCommand {
  readonly command: Uint8Array;
  /** Its database, or what it speaks of, may be gone by now: a statement that needs it will say so. */
  readonly mayFail: boolean;
}

/**
 * What a client has made of its session, as the servers tell it: enough to make another server's session the same. Only
 * what changed since the login is kept.
 */
export class SessionState {
  #database: string | undefined;
  #status: number = serverStatus.AUTOCOMMIT;
  /** System variables by name, user variables by `@name`, the latest last; the values as SQL. */
  readonly #variables = new Map<string, string>();
  /** For the next transaction only, by the name under which a server tells of them. */
  readonly #nextTransaction = new Map<string, string>();
  readonly #kept = new Map<string, Kept>();
  #multiStatements: boolean | undefined;
  /** A server of ours tells LAST_INSERT_ID() itself; an OK's number may be another. */
  #tellsLastInsertId = false;
  #version = 0;

  /** Grows with every change: a server link is as good as the version it has seen. */
  get version(): number {
    return this.#version;
  }

  get database(): string | undefined {
    return this.#database;
  }

  /** Those that were changed, by name, values as SQL. */
  get variables(): readonly (readonly [string, string])[] {
    return [...this.#variables];
  }

  /** Whether the server's session holds something that no other has. */
  get inTransaction(): boolean {
    return (this.#status & serverStatus.IN_TRANSACTION) !== 0;
  }

  /** A statement is a transaction by itself. */
  get autocommit(): boolean {
    return (this.#status & serverStatus.AUTOCOMMIT) !== 0;
  }

  /** `ob_read_consistency` is WEAK. */
  get readsWeakly(): boolean {
    return this.#variables.get('ob_read_consistency')?.toUpperCase() === "'WEAK'";
  }

  /** A new session. @param admission  what the server said when it let the client in */
  startWith(database: string | undefined, admission: Ok): void {
    this.#variables.clear();
    this.#nextTransaction.clear();
    this.#kept.clear();
    this.#multiStatements = undefined;
    this.#database = database === '' ? undefined : database;
    this.#tellsLastInsertId = admission.changes.some(
      (change) => change.kind === 'variable' && change.name === capabilityVariable,
    );
    this.#version += 1;
    this.observe(admission);
  }

  /** @param changes  of an OK's session changes */
  observe({ status, changes, lastInsertId }: Pick<Ok, 'status' | 'changes' | 'lastInsertId'>): void {
    this.#status = status;
    if (lastInsertId > 0n && !this.#tellsLastInsertId) this.#set('last_insert_id', String(lastInsertId));
    for (const change of changes) this.#apply(change);
  }

  observeStatus(status: number): void {
    this.#status = status;
  }

  /** COM_RESET_CONNECTION was answered: a session like new, with the same database. */
  reset(): void {
    this.#variables.clear();
    this.#nextTransaction.clear();
    this.#kept.clear();
    this.#multiStatements = undefined;
    this.#status = serverStatus.AUTOCOMMIT;
    this.#version += 1;
  }

  /** COM_SET_OPTION was answered. */
  allowMultiStatements(allowed: boolean): void {
    this.#multiStatements = allowed;
    this.#version += 1;
  }

  /** A statement that the session keeps was answered. @param text  of its COM_QUERY */
  keep({ key, variable, removes }: KeptText, text: Uint8Array): void {
    this.#kept.delete(key);
    this.#version += 1;
    if (removes) return;
    const name = variable === undefined ? undefined : `@${quotedName(variable)}`;
    const source = name === undefined ? undefined : `SET ${name} = ${this.#variables.get(name) ?? 'NULL'}`;
    this.#kept.set(key, { text: Uint8Array.from(text), source });
  }

  /** The server's session is gone, and with it what it held. */
  lost(): void {
    this.#status &= ~serverStatus.IN_TRANSACTION;
  }

  /** Commands that make a new session this one, in their order: the database comes first, the variables behind what uses them. */
  replay(): readonly ReplayedCommand[] {
    const commands: ReplayedCommand[] = [];
    const add = (command: Uint8Array, mayFail = false): void => {
      commands.push({ command, mayFail });
    };
    if (this.#database !== undefined)
      add(commandOf(commandCode.COM_INIT_DB, Buffer.from(this.#database, 'utf8')), true);
    if (this.#multiStatements !== undefined)
      add(commandOf(commandCode.COM_SET_OPTION, Buffer.of(this.#multiStatements ? 0 : 1, 0)));
    for (const { source, text } of this.#kept.values()) {
      if (source !== undefined) add(queryOf(source));
      add(commandOf(commandCode.COM_QUERY, text), true);
    }
    const assignments = [...this.#variables].map(([name, value]) => `${name} = ${value}`);
    if (assignments.length > 0) add(queryOf(`SET ${assignments.join(', ')}`));
    for (const [name, value] of this.#nextTransaction)
      add(queryOf(`SET TRANSACTION ${nextAs[name]?.(value) ?? ''}`));
    return commands;
  }

  #apply(change: SessionChange): void {
    if (change.kind === 'database') {
      const database = change.name === '' ? undefined : change.name;
      if (database !== this.#database) this.#version += 1;
      this.#database = database;
      return;
    }
    const { name, value } = change;
    if (name === defaultedVariable) this.#default(value);
    else if (name in nextAs) {
      this.#nextTransaction.set(name, value);
      this.#version += 1;
    } else if (!ofTheProxy.has(name)) this.#set(name, literal(change));
  }

  /** It is what is global again. */
  #default(name: string): void {
    if (name in nextAs) {
      this.#nextTransaction.delete(name);
      this.#version += 1;
    } else if (!ofTheProxy.has(name)) this.#set(name, 'DEFAULT');
  }

  #set(name: string, value: string): void {
    if (this.#variables.get(name) === value) return;
    this.#version += 1;
    this.#variables.delete(name);
    this.#variables.set(name, value);
  }
}

/** Our servers' way to say to a proxy that a variable has no value of its own any more. */
const defaultedVariable = '__default';
/** Told by servers, and nothing of the client's. */
const ofTheProxy: ReadonlySet<string> = new Set([capabilityVariable, '_weak_read_catches_up']);

/** What a server tells of SET TRANSACTION without a scope. */
const nextAs: Readonly<Record<string, (value: string) => string>> = {
  __next_transaction_isolation: (value) => `ISOLATION LEVEL ${value.replace('-', ' ')}`,
  __next_transaction_read_only: (value) => (value === '1' ? 'READ ONLY' : 'READ WRITE'),
};

/** User variables come as SQL already; a system variable as text, whatever its type is. */
function literal({ name, value }: Extract<SessionChange, { kind: 'variable' }>): string {
  if (name.startsWith('@')) return value;
  if (/^-?\d+(\.\d+)?$/.test(value)) return value;
  if (value === '' && name.startsWith('character_set_')) return 'NULL';
  // Whatever the sql_mode of the other server makes of a backslash.
  if (value.includes('\\')) return `CONVERT(x'${Buffer.from(value, 'utf8').toString('hex')}' USING utf8mb4)`;
  return `'${value.replaceAll("'", "''")}'`;
}

function quotedName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function queryOf(text: string): Uint8Array {
  return commandOf(commandCode.COM_QUERY, Buffer.from(text, 'utf8'));
}

function commandOf(code: number, rest: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(code), rest]);
}
