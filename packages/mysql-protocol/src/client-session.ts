import { ObError } from '@sealane/errors';
import type { CellValue } from './cell-value.ts';
import { ClientConnection, type ClientConnectionOptions, type ClientEvent } from './client-connection.ts';
import type { ColumnDefinition } from './packets/column-definition.ts';
import type { Ok } from './packets/ok.ts';

/** What a session needs of a socket: node's sockets and TLS sockets are of this shape. */
export interface ByteStream {
  write(bytes: Uint8Array): boolean;
  end(): unknown;
  destroy(error?: Error): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  removeAllListeners(event: 'data' | 'error' | 'close'): unknown;
}

export interface ClientSessionOptions extends ClientConnectionOptions {
  /** Of the login, and of each command. */
  readonly timeoutMs: number;
  /** Turns the connected stream into an encrypted one; wanted unless `tls` is `off`. */
  readonly secure?: (stream: ByteStream) => Promise<ByteStream>;
}

/** One result: rows as texts (NULL as null) for text results, as values for binary ones; no columns for an OK. */
export interface ClientResult<Cell = string | null> {
  readonly columns: readonly ColumnDefinition[];
  readonly rows: readonly (readonly Cell[])[];
  readonly ok: Ok;
}

interface Waiting {
  event(event: ClientEvent): void;
  fail(error: ObError): void;
}

/**
 * A logged-in client over any stream, one command at a time, each with a deadline. A command that ran out of time, or a
 * stream that broke, makes the session useless: `usable` says so.
 */
export class ClientSession {
  readonly #connection: ClientConnection;
  readonly #timeoutMs: number;
  #stream: ByteStream;
  #waiting: Waiting | undefined;
  #broken: ObError | undefined;

  private constructor(stream: ByteStream, options: ClientSessionOptions) {
    this.#connection = new ClientConnection(options);
    this.#timeoutMs = options.timeoutMs;
    this.#stream = stream;
  }

  /**
   * Logs in over a connected stream.
   *
   * @throws ObError what the server answered (OB_PASSWORD_WRONG …), OB_CONNECT_ERROR when the stream breaks, OB_TIMEOUT
   */
  static async open(stream: ByteStream, options: ClientSessionOptions): Promise<ClientSession> {
    const session = new ClientSession(stream, options);
    session.#listen();
    try {
      await session.#command('log in', (resolve, reject) => ({
        event(event) {
          if (event.kind === 'start-tls') session.#upgrade(options).catch(reject);
          else if (event.kind === 'admitted') resolve(undefined);
          else if (event.kind === 'failed') reject(event.error);
        },
        fail: reject,
      }));
    } catch (error) {
      session.#break(error);
      throw error;
    }
    return session;
  }

  get usable(): boolean {
    return this.#broken === undefined;
  }

  /** @returns one result for each statement of the text. @throws ObError what the server answered */
  queryAll(text: string): Promise<ClientResult[]> {
    const decode = (cells: readonly CellValue[]): (string | null)[] => cells.map(cellText);
    return this.#results(decode, () => this.#connection.query(text));
  }

  /** @returns the last statement's result */
  async query(text: string): Promise<ClientResult> {
    return (await this.queryAll(text)).at(-1) as ClientResult;
  }

  /** Prepares, executes once, and closes the statement. @returns cells as values */
  async execute(text: string, parameters: readonly CellValue[]): Promise<ClientResult<CellValue>> {
    const statementId = await this.#prepare(text);
    try {
      const results = await this.#results(
        (cells) => [...cells],
        () => this.#connection.execute(statementId, parameters),
      );
      return results.at(-1) as ClientResult<CellValue>;
    } finally {
      if (this.usable) {
        this.#connection.closePrepared(statementId);
        this.#send();
      }
    }
  }

  async ping(): Promise<void> {
    await this.#results(
      (cells) => [...cells],
      () => this.#connection.ping(),
    );
  }

  close(): void {
    if (this.usable && this.#connection.idle) {
      this.#connection.quit();
      this.#send();
    }
    this.#break(new ObError('OB_CONNECT_ERROR', [], { message: 'the session is closed' }));
  }

  #prepare(text: string): Promise<number> {
    this.#mustBeUsable();
    this.#connection.prepare(text);
    return this.#command('prepare', (resolve, reject) => ({
      event(event) {
        if (event.kind === 'prepared') resolve(event.statement.statementId);
        else if (event.kind === 'failed') reject(event.error);
      },
      fail: reject,
    }));
  }

  #results<Cell>(
    decode: (cells: readonly CellValue[]) => Cell[],
    write: () => void,
  ): Promise<ClientResult<Cell>[]> {
    this.#mustBeUsable();
    write();
    const results: ClientResult<Cell>[] = [];
    let columns: readonly ColumnDefinition[] = [];
    let rows: Cell[][] = [];
    return this.#command('run a statement', (resolve, reject) => ({
      event(event) {
        if (event.kind === 'columns') columns = event.columns;
        else if (event.kind === 'row') rows.push(decode(event.cells));
        else if (event.kind === 'failed') reject(event.error);
        else if (event.kind === 'result-end') {
          results.push({ columns, rows, ok: event.ok });
          columns = [];
          rows = [];
          if (!event.more) resolve(results);
        }
      },
      fail: reject,
    }));
  }

  /** Sends what is written and waits for the end of its answer. */
  #command<Value>(
    what: string,
    answer: (resolve: (value: Value) => void, reject: (error: ObError) => void) => Waiting,
  ): Promise<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    const timer = setTimeout(() => {
      this.#break(
        new ObError('OB_TIMEOUT', [], {
          message: `no answer within ${this.#timeoutMs} ms: could not ${what}`,
        }),
      );
    }, this.#timeoutMs);
    this.#waiting = answer(resolve, reject);
    this.#send();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting = undefined;
    });
  }

  async #upgrade(options: ClientSessionOptions): Promise<void> {
    this.#send();
    for (const event of ['data', 'error', 'close'] as const) this.#stream.removeAllListeners(event);
    if (options.secure === undefined)
      throw new ObError('OB_INVALID_ARGUMENT', ['TLS'], { message: 'TLS without `secure`' });
    this.#stream = await options.secure(this.#stream);
    this.#listen();
    this.#connection.secured();
    this.#send();
  }

  #listen(): void {
    this.#stream.on('data', (chunk) => this.#received(chunk));
    this.#stream.on('error', (cause) => this.#break(connectError(cause.message, cause)));
    this.#stream.on('close', () => this.#break(connectError('the server closed the connection')));
  }

  #received(chunk: Uint8Array): void {
    try {
      this.#connection.receive(chunk);
      for (let event = this.#connection.next(); event !== undefined; event = this.#connection.next()) {
        this.#waiting?.event(event);
      }
      this.#send();
    } catch (error) {
      this.#break(error);
    }
  }

  #send(): void {
    const bytes = this.#connection.take();
    if (bytes.length > 0) this.#stream.write(bytes);
  }

  #mustBeUsable(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }

  #break(reason: unknown): void {
    if (this.#broken !== undefined) return;
    const error = reason instanceof ObError ? reason : connectError(String(reason), reason);
    this.#broken = error;
    this.#waiting?.fail(error);
    this.#stream.end();
    this.#stream.destroy();
  }
}

function connectError(what: string, cause?: unknown): ObError {
  return new ObError('OB_CONNECT_ERROR', [], { message: `Connect error: ${what}`, cause });
}

function cellText(cell: CellValue): string | null {
  if (cell === null) return null;
  return cell instanceof Uint8Array
    ? Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('utf8')
    : String(cell);
}
