import { ObError } from '@sealane/errors';
import { redactedText } from '@sealane/sql';
import type { TlsFacts } from './ports.ts';

/** One connection as SHOW PROCESSLIST and GV$OB_PROCESSLIST tell it. */
export interface ProcessRow {
  readonly connectionId: number;
  readonly user: string;
  readonly tenant: string;
  readonly tenantId: number;
  /** Address and port of the client. */
  readonly host: string;
  readonly database: string | undefined;
  /** `Sleep`, `Query`, `Execute` … as MySQL names them. */
  readonly command: string;
  /** Milliseconds in this state. */
  readonly timeMs: number;
  readonly state: string;
  /** The statement that runs, without passwords. */
  readonly info: string | undefined;
  readonly tls: TlsFacts | undefined;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  readonly attributes: ReadonlyMap<string, string>;
}

export interface ProcessFacts {
  readonly connectionId: number;
  readonly user: string;
  readonly tenant: string;
  readonly tenantId: number;
  readonly host: string;
  readonly tls: TlsFacts | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  database(): string | undefined;
  /** Whether this is the session's open transaction. */
  holdsTransaction(id: number): boolean;
  kill(what: 'query' | 'connection'): void;
}

/** A connection's own handle: what it does now. */
export class Process {
  readonly facts: ProcessFacts;
  readonly #now: () => number;
  readonly #connectedAt: number;
  #command = 'Sleep';
  #info: string | undefined;
  #since: number;

  constructor(facts: ProcessFacts, now: () => number) {
    this.facts = facts;
    this.#now = now;
    this.#connectedAt = now();
    this.#since = this.#connectedAt;
  }

  begin(command: string, info?: string): void {
    this.#command = command;
    this.#info = info;
    this.#since = this.#now();
  }

  /** The command is answered. */
  rest(): void {
    this.begin('Sleep');
  }

  get busy(): boolean {
    return this.#command !== 'Sleep';
  }

  row(): ProcessRow {
    const { database, holdsTransaction: _holds, kill: _kill, ...facts } = this.facts;
    return {
      ...facts,
      database: database(),
      command: this.#command,
      timeMs: Math.max(0, this.#now() - this.#since),
      state: this.busy ? 'ACTIVE' : 'SLEEP',
      // Looked at when somebody asks: most statements are never seen.
      info: this.#info === undefined ? undefined : redactedText(this.#info),
      connectedAt: this.#connectedAt,
    };
  }
}

/** All connections that have logged in, on this node. */
export class ProcessList {
  readonly #processes = new Map<number, Process>();
  readonly #now: () => number;
  readonly #startedAt: number;
  #questions = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = now();
  }

  get size(): number {
    return this.#processes.size;
  }

  add(facts: ProcessFacts): Process {
    const process = new Process(facts, this.#now);
    this.#processes.set(facts.connectionId, process);
    return process;
  }

  remove(connectionId: number): void {
    this.#processes.delete(connectionId);
  }

  has(connectionId: number): boolean {
    return this.#processes.has(connectionId);
  }

  /** Whether the connection is there, and, unless 0 is asked for, this is its open transaction. */
  stands(connectionId: number, transactionId: number): boolean {
    const process = this.#processes.get(connectionId);
    return process !== undefined && (transactionId === 0 || process.facts.holdsTransaction(transactionId));
  }

  /** @returns rows by connection id */
  rows(): ProcessRow[] {
    return [...this.#processes.values()]
      .map((process) => process.row())
      .sort((a, b) => a.connectionId - b.connectionId);
  }

  /** @throws ObError OB_UNKNOWN_CONNECTION when there is none of this id */
  kill(connectionId: number, what: 'query' | 'connection'): void {
    const process = this.#processes.get(connectionId);
    if (process === undefined) throw new ObError('OB_UNKNOWN_CONNECTION', [connectionId]);
    process.facts.kill(what);
  }

  /** Counts a command. */
  asked(): void {
    this.#questions++;
  }

  /** The answer to COM_STATISTICS, in MySQL's words. */
  statistics(): string {
    const uptime = Math.max(1, Math.round((this.#now() - this.#startedAt) / 1000));
    const perSecond = (this.#questions / uptime).toFixed(3);
    return `Uptime: ${uptime}  Threads: ${this.size}  Questions: ${this.#questions}  Slow queries: 0  Opens: 0  Flush tables: 0  Open tables: 0  Queries per second avg: ${perSecond}`;
  }
}
