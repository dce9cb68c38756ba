import { type Ok, type SessionChange, serverStatus } from '@sealane/mysql-protocol';

/**
 * What a client has made of its session, as the servers tell it: enough to make another server's session the same. Only
 * what changed since the login is kept.
 */
export class SessionState {
  #database: string | undefined;
  #status: number = serverStatus.AUTOCOMMIT;
  /** System variables by name, user variables by `@name`; the values as SQL literals. */
  readonly #variables = new Map<string, string>();
  #version = 0;

  /** Grows with every change: a server link is as good as the version it has seen. */
  get version(): number {
    return this.#version;
  }

  get database(): string | undefined {
    return this.#database;
  }

  /** Whether the server's session holds something that no other has. */
  get inTransaction(): boolean {
    return (this.#status & serverStatus.IN_TRANSACTION) !== 0;
  }

  startWith(database: string | undefined): void {
    this.#database = database === '' ? undefined : database;
  }

  /** @param changes  of an OK's session changes, or of a COM_INIT_DB */
  observe({ status, changes, lastInsertId }: Pick<Ok, 'status' | 'changes' | 'lastInsertId'>): void {
    this.#status = status;
    if (lastInsertId > 0n) this.#variables.set('last_insert_id', String(lastInsertId));
    for (const change of changes) this.#apply(change);
  }

  observeStatus(status: number): void {
    this.#status = status;
  }

  /** After COM_RESET_CONNECTION or COM_CHANGE_USER: a session like new. */
  reset(database: string | undefined): void {
    this.#variables.clear();
    this.#status = serverStatus.AUTOCOMMIT;
    this.startWith(database);
    this.#version += 1;
  }

  /** The server's session is gone, and with it what it held. */
  lost(): void {
    this.#status &= ~serverStatus.IN_TRANSACTION;
  }

  /** Statements that make a new session this one; the database is chosen first. */
  replay(): readonly string[] {
    const assignments = [...this.#variables].map(([name, value]) => `${name} = ${value}`);
    const database = this.#database === undefined ? [] : [`USE ${quotedName(this.#database)}`];
    return assignments.length === 0 ? database : [...database, `SET ${assignments.join(', ')}`];
  }

  #apply(change: SessionChange): void {
    this.#version += 1;
    if (change.kind === 'database') this.#database = change.name === '' ? undefined : change.name;
    else this.#variables.set(change.name, literal(change));
  }
}

/** User variables come as SQL already; a system variable as text, whatever its type is. */
function literal({ name, value }: Extract<SessionChange, { kind: 'variable' }>): string {
  if (name.startsWith('@')) return value;
  return /^-?\d+(\.\d+)?$/.test(value) ? value : `'${value.replaceAll(/['\\]/g, '\\$&')}'`;
}

function quotedName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
