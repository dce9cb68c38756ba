import { ObError } from '@sealane/errors';
import {
  commandCode,
  encodeErr,
  errorPacket,
  PacketDecoder,
  PacketWriter,
  type ResponsePiece,
} from '@sealane/mysql-protocol';
import type { ServerLink, ServerStream } from '../server/server-link.ts';
import { okForClient } from './answer-filter.ts';
import { elsewhereErrnos, isElsewhere } from './elsewhere.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { runOn } from './run-on.ts';
import { SessionState } from './session-state.ts';
import { type CommandKind, commandKind } from './statement-kind.ts';

export interface ProxySessionOptions {
  /** Name of the tenant. */
  readonly tenant: string;
  readonly client: ServerStream;
  /** Bytes of the client behind its login. */
  readonly rest: Uint8Array;
  /** Those agreed with the client. */
  readonly capabilities: number;
  /** The server that let the client in. */
  readonly link: ServerLink;
  readonly database: string | undefined;
  readonly packetSizeMax: number;
  readonly router: SessionRouter;
  /** Whether a link made now would be as this one is: plain or encrypted. */
  isCurrent(link: ServerLink): boolean;
  /** Logs in at a server as this client. @throws ObError */
  connect(server: string): Promise<ServerLink>;
  closed(reason: string): void;
}

/** Where a session's statements go. */
export interface SessionRouter {
  keeps(server: string, tenant: string, weak: boolean): boolean;
  pick(tenant: string, weak: boolean): Promise<string>;
  failed(server: string, tenant: string, reason: string): void;
  succeeded(server: string): void;
  moved(tenant: string): void;
  /** Reads anew who leads; not more often than makes sense. */
  refresh(): Promise<void>;
  /** How long a statement is held while nobody can take it. */
  readonly holdMs: number;
}

/** A command of the client that isn't answered yet. */
interface Running {
  readonly payload: Uint8Array;
  readonly kind: CommandKind;
  /** Something of the answer has gone to the client. */
  begun: boolean;
  attempts: number;
  /** The proxy's own: nothing of it goes to the client. */
  readonly own?: true;
}

const attemptsMax = 5;
/**
 * One client: its commands go to the server that leads its tenant, one server at a time; between transactions it may be
 * another one than before, with the same session.
 */
export class ProxySession {
  readonly #options: ProxySessionOptions;
  readonly #decoder: PacketDecoder;
  readonly #state = new SessionState();
  readonly #statements = new PreparedStatements();
  #link: ServerLink | undefined;
  /** Version of the state that the link's server has. */
  #linkVersion = 0;
  #running: Running | undefined;
  #pinned = false;
  #closed = false;

  constructor(options: ProxySessionOptions) {
    this.#options = options;
    this.#decoder = new PacketDecoder(options.packetSizeMax);
    this.#state.startWith(options.database);
    this.#adopt(options.link);
    this.#state.observe(options.link.admission);
    this.#linkVersion = this.#state.version;
    const { client } = options;
    client.on('data', (chunk) => this.#fromClient(chunk));
    client.on('drain', () => this.#link?.resume());
    client.on('error', (error) => this.close(error.message));
    client.on('close', () => this.close('client gone'));
    if (options.rest.length > 0) this.#fromClient(options.rest);
  }

  /** Between statements and transactions: it can go, or be moved. */
  get free(): boolean {
    return this.#running === undefined && !this.#state.inTransaction;
  }

  /** Where its link isn't made as links are made today, it gets another one: at once, or between two statements. */
  async renewLink(): Promise<void> {
    if (this.#closed || !this.free || !this.#isOutdated()) return;
    const payload = Uint8Array.of(commandCode.COM_PING);
    this.#running = { payload, kind: commandKind(payload), begun: false, attempts: 0, own: true };
    try {
      await this.#readyLink(this.#running);
    } catch {
      // The next statement tries again, and is told why not.
      this.#link?.close();
      this.#link = undefined;
    }
    this.#done();
  }

  #isOutdated(): boolean {
    return this.#link !== undefined && !this.#pinned && !this.#options.isCurrent(this.#link);
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#link?.close();
    const { client } = this.#options;
    client.end();
    setTimeout(() => client.destroy(), closeTimeoutMs).unref();
    this.#options.closed(reason);
  }

  #fromClient(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.#decoder.push(chunk);
    // A client that sends on before it is answered waits in its own socket.
    if (this.#running !== undefined && this.#decoder.buffered > bufferMax) this.#options.client.pause();
    this.#next();
  }

  #next(): void {
    try {
      while (this.#running === undefined && !this.#closed) {
        this.#decoder.expect(0);
        const packet = this.#decoder.next();
        if (packet === undefined) {
          if (this.#isOutdated()) void this.renewLink();
          return;
        }
        this.#begin(Uint8Array.from(packet.payload));
      }
    } catch (error) {
      this.#answerError(error, 1);
      this.close('protocol');
    }
  }

  #begin(payload: Uint8Array): void {
    if (payload[0] === commandCode.COM_QUIT) {
      this.close('quit');
      return;
    }
    if (payload[0] === commandCode.COM_CHANGE_USER)
      throw new ObError('OB_NOT_SUPPORTED', ['COM_CHANGE_USER through the proxy']);
    const running: Running = { payload, kind: commandKind(payload), begun: false, attempts: 0 };
    this.#running = running;
    const link = this.#link;
    if (link !== undefined && this.#isReady(link, running)) this.#send(link, running);
    else this.#prepare(running);
  }

  /** The statement can go to this server as it is. */
  #isReady(link: ServerLink, { payload, kind }: Running): boolean {
    if (!link.usable) return false;
    if (this.#linkVersion !== this.#state.version) return false;
    if (this.#statements.size > 0 && this.#statements.missingOn(link, payload) !== undefined) return false;
    if (this.#state.inTransaction || this.#pinned) return true;
    if (!this.#options.isCurrent(link)) return false;
    return this.#options.router.keeps(link.server, this.#options.tenant, kind.weak);
  }

  #prepare(running: Running): void {
    this.#readyLink(running).then(
      (link) => this.#send(link, running),
      (error: unknown) => this.#fail(error),
    );
  }

  /** A server for the statement, with this session on it. @throws ObError when there is none in time */
  async #readyLink(running: Running): Promise<ServerLink> {
    this.#mustHaveTransaction();
    const { router, tenant, isCurrent } = this.#options;
    for (;;) {
      const stays =
        this.#link?.usable === true &&
        (this.#state.inTransaction ||
          this.#pinned ||
          (isCurrent(this.#link) && router.keeps(this.#link.server, tenant, running.kind.weak)));
      const link = stays ? (this.#link as ServerLink) : await this.#move(running);
      try {
        await this.#settle(link, running);
        return link;
      } catch (error) {
        if (link.usable || this.#state.inTransaction || ++running.attempts >= attemptsMax) throw error;
        router.failed(link.server, tenant, String(error));
      }
    }
  }

  /** @throws ObError OB_TRANS_KILLED, once */
  #mustHaveTransaction(): void {
    if (!this.#state.inTransaction || this.#link?.usable === true) return;
    this.#state.lost();
    throw new ObError('OB_TRANS_KILLED', [], {
      message: 'Transaction is killed: its server is gone, and all of it is rolled back; begin it again',
    });
  }

  async #move(running: Running): Promise<ServerLink> {
    const { router, tenant, connect } = this.#options;
    this.#link?.close();
    this.#link = undefined;
    const deadline = performance.now() + router.holdMs;
    for (;;) {
      const server = await router.pick(tenant, running.kind.weak);
      try {
        const link = await connect(server);
        if (this.#closed) {
          link.close();
          throw new ObError('OB_CONNECT_ERROR', [], { message: 'the client is gone' });
        }
        router.succeeded(server);
        this.#adopt(link);
        return link;
      } catch (error) {
        if (this.#closed || !isElsewhere(error) || performance.now() >= deadline) throw error;
        router.failed(server, tenant, String(error));
        await router.refresh();
      }
    }
  }

  /** Makes the server's session this one. */
  async #settle(link: ServerLink, { payload }: Running): Promise<void> {
    if (this.#linkVersion !== this.#state.version) {
      for (const statement of this.#state.replay())
        await runOn(link, queryPayload(statement), (piece) => this.#observe(piece));
      this.#linkVersion = this.#state.version;
    }
    const missing = this.#statements.missingOn(link, payload);
    if (missing !== undefined) {
      await runOn(link, commandPayload(commandCode.COM_STMT_PREPARE, missing.text), (piece) => {
        if (piece.kind === 'prepared')
          this.#statements.preparedOn(missing.id, link, piece.statement.statementId);
      });
    }
    link.listen(this.#listenerOf(link));
  }

  #adopt(link: ServerLink): void {
    this.#link = link;
    this.#linkVersion = -1;
    this.#pinned = false;
    link.listen(this.#listenerOf(link));
  }

  #listenerOf(link: ServerLink): Parameters<ServerLink['listen']>[0] {
    return {
      pieces: (pieces) => this.#fromServer(link, pieces),
      drained: () => this.#options.client.resume(),
      closed: (reason) => this.#linkClosed(link, reason),
    };
  }

  #send(link: ServerLink, running: Running): void {
    if (this.#closed) return;
    if (running.kind.pins) this.#pinned = true;
    const isClose = running.payload[0] === commandCode.COM_STMT_CLOSE;
    if (isClose && this.#statements.missingOn(link, running.payload) !== undefined) {
      // No server has it any more.
      this.#statements.forget(running.payload);
      this.#done();
      return;
    }
    const payload =
      this.#statements.size === 0 ? running.payload : this.#statements.translated(running.payload);
    const { answered, taken } = link.send(payload);
    if (!taken) this.#options.client.pause();
    if (!answered) this.#done();
  }

  #done(): void {
    this.#running = undefined;
    this.#options.client.resume();
    // Not deeper with each of many that have no answer.
    queueMicrotask(() => this.#next());
  }

  /** @returns whether the client takes more */
  #fromServer(link: ServerLink, pieces: readonly ResponsePiece[]): boolean {
    const running = this.#running;
    if (running === undefined || link !== this.#link) return true;
    const bytes: Uint8Array[] = [];
    let done = false;
    for (const piece of pieces) {
      if (piece.kind === 'error' && this.#mayGoElsewhere(running, piece.error.errno)) {
        this.#again(running);
        return true;
      }
      this.#observe(piece);
      running.begun = true;
      bytes.push(this.#forClient(link, running, piece));
      done ||= piece.done;
    }
    const [first] = bytes;
    const taken = this.#options.client.write(
      bytes.length === 1 && first !== undefined ? first : Buffer.concat(bytes),
    );
    if (done) this.#answered(running);
    return taken;
  }

  #answered(running: Running): void {
    if (running.payload[0] === commandCode.COM_RESET_CONNECTION) {
      this.#statements.clear();
      this.#pinned = false;
      this.#state.reset(this.#state.database);
    }
    // What this statement changed is on the server that has run it.
    this.#linkVersion = this.#state.version;
    this.#done();
  }

  #mayGoElsewhere({ begun, attempts }: Running, errno: number): boolean {
    return !begun && elsewhereErrnos.has(errno) && !this.#state.inTransaction && attempts < attemptsMax;
  }

  /** The server did nothing: the statement goes to another one. */
  #again(running: Running): void {
    const { router, tenant } = this.#options;
    running.attempts += 1;
    router.moved(tenant);
    if (this.#link !== undefined) router.failed(this.#link.server, tenant, 'it serves the tenant no more');
    this.#link?.close();
    this.#link = undefined;
    this.#prepare(running);
  }

  #observe(piece: ResponsePiece): void {
    if (piece.kind === 'ok') this.#state.observe(piece.ok);
    else if (piece.kind === 'eof') this.#state.observeStatus(piece.eof.status);
  }

  #forClient(link: ServerLink, running: Running, piece: ResponsePiece): Uint8Array {
    if (piece.kind === 'ok') {
      const capabilities = { client: this.#options.capabilities, server: link.capabilities };
      return okForClient(piece.bytes, piece.ok, capabilities);
    }
    if (piece.kind !== 'prepared') return piece.bytes;
    const { statementId, parameterCount } = piece.statement;
    const id = this.#statements.add(running.payload.slice(1), parameterCount, link, statementId);
    const packet = Buffer.from(piece.bytes);
    packet.writeUInt32LE(id, preparedIdAt);
    return packet;
  }

  #linkClosed(link: ServerLink, reason: ObError): void {
    if (link !== this.#link || this.#closed) return;
    this.#link = undefined;
    this.#pinned = false;
    const { router, tenant } = this.#options;
    router.failed(link.server, tenant, reason.message);
    const running = this.#running;
    if (running === undefined || running.own === true) return;
    if (running.begun) {
      this.close('the server was lost in the middle of an answer');
      return;
    }
    if (this.#state.inTransaction) {
      this.#prepare(running);
    } else if (running.kind.repeatable && ++running.attempts < attemptsMax) this.#prepare(running);
    else
      this.#fail(
        new ObError('OB_TRANS_UNKNOWN', [], {
          message: `Transaction result is unknown: ${link.server} was lost before it answered; look whether the statement took effect`,
        }),
      );
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.#answerError(error, 1);
    if (this.#running !== undefined) this.#done();
  }

  #answerError(error: unknown, sequenceId: number): void {
    const writer = new PacketWriter();
    writer.sequenceId = sequenceId;
    encodeErr(writer, errorPacket(error), { sqlState: true });
    this.#options.client.write(writer.take());
  }
}

const closeTimeoutMs = 2_000;
const bufferMax = 1024 * 1024;
/** Behind the packet's header and the OK's own. */
const preparedIdAt = 5;

function queryPayload(text: string): Uint8Array {
  return commandPayload(commandCode.COM_QUERY, Buffer.from(text, 'utf8'));
}

function commandPayload(code: number, rest: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([code]), rest]);
}
