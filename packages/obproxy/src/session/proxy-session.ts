import { ObError } from '@sealane/errors';
import {
  commandCode,
  decodeChangeUser,
  type Ok,
  type ResponsePiece,
  serverStatus,
} from '@sealane/mysql-protocol';
import type { ServerLink, ServerLinkListener } from '../server/server-link.ts';
import { okForClient } from './answer-filter.ts';
import { answerSequenceId, ClientSide } from './client-side.ts';
import { elsewhereErrnos } from './elsewhere.ts';
import { killCommand } from './kill.ts';
import { LoginDialogue } from './login-dialogue.ts';
import { Losses } from './losses.ts';
import { PreparedStatements, statementIdOf } from './prepared-statements.ts';
import type { Running } from './running.ts';
import { SessionLinks } from './session-links.ts';
import type { Admitted, ProxySessionOptions, SessionFacts } from './session-options.ts';
import { SessionState } from './session-state.ts';
import { commandKind, unknownKind } from './statement-kind.ts';

const bufferMax = 1024 * 1024;
const serverIdsMax = 4;
/** An idle session asks nothing of its last statement any more. */
const idleMs = 250;
/** Behind the packet's header and the OK's own. */
const preparedIdAt = 5;
const serverEnds: ReadonlySet<string> = new Set(['OB_SESSION_KILLED', 'OB_ERR_SESSION_INTERRUPTED']);

/**
 * One client: each of its commands goes to a server of its tenant once, and gets one answer. Between transactions the server
 * may be another one than before, with the same session.
 */
export class ProxySession {
  readonly #options: ProxySessionOptions;
  readonly #client: ClientSide;
  readonly #state = new SessionState();
  readonly #statements: PreparedStatements;
  #admitted: Admitted;
  #links: SessionLinks;
  #running: Running | undefined;
  #commandCount = 0;
  /** Of its links, the latest last: a client may have asked for CONNECTION_ID() on any. */
  #serverIds: number[] = [];
  readonly #losses = new Losses(this.#state);
  #answeredAtMs = 0;
  #renewTimer: NodeJS.Timeout | undefined;
  #killed = false;
  #closed = false;

  constructor(options: ProxySessionOptions) {
    this.#options = options;
    this.#admitted = options;
    this.#client = new ClientSide(options.client, options.packetSizeMax, options.frames);
    this.#statements = new PreparedStatements(options.packetSizeMax);
    this.#state.startWith(options.database, options.link.admission);
    this.#links = this.#linksOf(options);
    options.sessions.add(this);
    const { client } = options;
    client.on('data', (chunk) => this.#fromClient(chunk));
    client.on('drain', () => {
      for (const link of this.#links.all) link.resume();
    });
    client.on('error', (error) => this.close(error.message));
    client.on('close', () => this.close('client gone'));
    if (options.rest.length > 0) this.#fromClient(options.rest);
  }

  get id(): number {
    return this.#options.id;
  }

  /** Between statements and transactions: it can go, or be moved. */
  get free(): boolean {
    return this.#running === undefined && !this.#state.inTransaction;
  }

  get facts(): SessionFacts {
    return {
      id: this.id,
      tenant: this.#admitted.tenant,
      user: this.#admitted.user,
      database: this.#state.database,
      inTransaction: this.#state.inTransaction,
      pinned: this.#links.pinned,
      state: this.#running === undefined ? 'MCS_KEEP_ALIVE' : 'MCS_ACTIVE_READER',
      commandCount: this.#commandCount,
      links: this.#links.all,
      variables: this.#state.variables,
    };
  }

  /**
   * Links that would be made otherwise today are replaced: now, or between the next two statements. Right behind a statement the
   * client may ask for what only its server knows.
   */
  async renewLink(): Promise<void> {
    if (this.#closed || this.#running !== undefined || !this.#links.outdated) return;
    const leftMs = this.#answeredAtMs + idleMs - performance.now();
    if (leftMs > 0) {
      this.#renewLater(leftMs);
      return;
    }
    const running: Running = {
      command: renewal,
      kind: unknownKind,
      link: undefined,
      begun: false,
      againSinceMs: undefined,
    };
    // Commands wait meanwhile.
    this.#running = running;
    // The next statement tries again, and is told why not.
    await this.#links.renew().catch(() => undefined);
    if (this.#running === running) this.#done();
  }

  #renewLater(leftMs: number): void {
    this.#renewTimer ??= setTimeout(() => {
      this.#renewTimer = undefined;
      void this.renewLink();
    }, leftMs).unref();
  }

  /** By a KILL that its server has carried out: whoever runs something is answered first. */
  endKilled(): void {
    this.#killed = true;
    if (this.#running === undefined) this.close('killed');
  }

  /** KILL for a session whose command waits for a server. */
  endWaiting(what: 'query' | 'connection'): void {
    if (what === 'connection') this.#killed = true;
    const running = this.#running;
    if (running !== undefined && running.command !== renewal)
      this.#fail(running, new ObError('OB_ERR_QUERY_INTERRUPTED'));
    else if (what === 'connection') this.close('killed');
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#links.close();
    this.#client.close();
    this.#options.sessions.delete(this);
    for (const id of this.#serverIds) this.#options.sessions.unlinked(id);
    this.#options.closed(reason);
  }

  #linksOf({ tenant, link, connect }: Admitted): SessionLinks {
    const { router, sessions } = this.#options;
    const noted = (made: ServerLink): ServerLink => {
      this.#serverIds.push(made.connectionId);
      sessions.linked(made.connectionId, this);
      if (this.#serverIds.length > serverIdsMax) sessions.unlinked(this.#serverIds.shift() ?? 0);
      return made;
    };
    return new SessionLinks({
      tenant,
      router,
      state: this.#state,
      statements: this.#statements,
      first: noted(link),
      isCurrent: this.#options.isCurrent,
      connect: async (server) => noted(await connect(server)),
      listener: (each) => this.#listenerOf(each),
    });
  }

  #listenerOf(link: ServerLink): ServerLinkListener {
    return {
      pieces: (pieces) => this.#fromServer(link, pieces),
      drained: () => this.#client.resume(),
      closed: (reason) => this.#linkClosed(link, reason),
    };
  }

  #fromClient(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.#client.received(chunk);
    // A client that sends on before it is answered waits in its own socket.
    if (this.#running !== undefined && this.#client.buffered > bufferMax) this.#client.pause();
    this.#next();
  }

  #next(): void {
    try {
      while (this.#running === undefined && !this.#closed) {
        const command = this.#client.nextCommand();
        if (command === undefined) {
          if (this.#links.outdated) void this.renewLink();
          return;
        }
        this.#begin(command);
      }
    } catch (error) {
      this.#client.error(error, 1);
      this.close('protocol');
    }
  }

  #begin(command: Uint8Array): void {
    this.#commandCount += 1;
    switch (command[0]) {
      case commandCode.COM_QUIT:
        this.close('quit');
        return;
      case commandCode.COM_STMT_CLOSE:
        this.#closeStatement(command);
        return;
      case commandCode.COM_STMT_SEND_LONG_DATA:
        this.#statements.sendLongData(command);
        return;
      default:
    }
    const isExecute = command[0] === commandCode.COM_STMT_EXECUTE;
    const kind = isExecute ? this.#statements.kindOf(command) : commandKind(command);
    const running: Running = { command, kind, link: undefined, begun: false, againSinceMs: undefined };
    this.#running = running;
    if (command[0] === commandCode.COM_CHANGE_USER) {
      this.#changeUser(running);
      return;
    }
    const link = this.#losses.pin ? undefined : this.#links.ready(running);
    if (link !== undefined) this.#send(link, running);
    else this.#prepare(running);
  }

  /** It has no answer, and is told to whoever has the statement. */
  #closeStatement(command: Uint8Array): void {
    for (const link of this.#links.all) {
      const translated = this.#statements.translated(command, link);
      if (translated !== command) link.send(translated);
    }
    this.#statements.forget(command);
  }

  #prepare(running: Running): void {
    running.link = undefined;
    this.#readyLink(running).then(
      (link) => this.#send(link, running),
      (error: unknown) => this.#fail(running, this.#losses.whileSettling(error, this.#links)),
    );
  }

  /** @throws ObError */
  async #readyLink(running: Running): Promise<ServerLink> {
    this.#statements.mustKnow(running.command);
    this.#losses.check(running, this.#links);
    return this.#links.settle(running);
  }

  #send(link: ServerLink, running: Running): void {
    if (this.#closed || this.#running !== running) return;
    let payload: Uint8Array | undefined;
    let ahead: readonly Uint8Array[] = [];
    try {
      this.#statements.mustKnow(running.command);
      ahead = this.#statements.longDataFor(running.command, link);
      payload = this.#payloadFor(link, running);
    } catch (error) {
      this.#fail(running, error);
      return;
    }
    if (payload === undefined) return;
    running.link = link;
    this.#links.sent(link);
    this.#options.figures.routedTo(link.server);
    for (const each of ahead) link.send(each);
    const { taken } = link.send(payload);
    if (!taken) this.#client.pause();
  }

  /** @returns undefined where the proxy has answered by itself. @throws ObError */
  #payloadFor(link: ServerLink, running: Running): Uint8Array | undefined {
    const { kind, command } = running;
    if (kind.kill === undefined)
      return statementIdOf(command) === undefined ? command : this.#statements.translated(command, link);
    const target = this.#options.sessions.find(kind.kill.connectionId);
    if (target === undefined) return command;
    const at = target === this ? link : (target.#running?.link ?? target.#links.all[0]);
    const serverId = at?.connectionId;
    if (serverId !== undefined) return killCommand(serverId, kind.kill.what);
    // Without a server nobody else can say whose it is.
    const { tenant, user } = target.#admitted;
    if (tenant !== this.#admitted.tenant || user !== this.#admitted.user)
      throw new ObError('OB_ERR_KILL_DENIED', [kind.kill.connectionId]);
    target.endWaiting(kind.kill.what);
    this.#client.ok(this.#plainOk(), this.#options.capabilities, answerSequenceId(command));
    this.#done();
    return undefined;
  }

  #done(): void {
    this.#running = undefined;
    if (this.#killed) {
      this.close('killed');
      return;
    }
    this.#answeredAtMs = performance.now();
    this.#client.resume();
    // Not deeper with each of many that have no answer.
    queueMicrotask(() => this.#next());
  }

  /** @returns whether the client takes more */
  #fromServer(link: ServerLink, pieces: readonly ResponsePiece[]): boolean {
    const running = this.#running;
    if (running === undefined || link !== running.link) return true;
    const bytes: Uint8Array[] = [];
    let last: ResponsePiece | undefined;
    for (const piece of pieces) {
      if (piece.kind === 'error' && this.#mayGoElsewhere(running, piece.error.errno)) {
        this.#again(running, link);
        return true;
      }
      this.#observe(piece);
      if (running.kind.pins === 'on' && piece.kind !== 'error') this.#links.pinned = true;
      running.begun = true;
      bytes.push(this.#forClient(link, running, piece));
      last = piece;
    }
    const taken = this.#client.write(bytes, last?.done === true);
    if (last?.done === true) this.#answered(link, running, last);
    return taken;
  }

  #answered(link: ServerLink, running: Running, last: ResponsePiece): void {
    const { kind, command } = running;
    const failed = last.kind === 'error';
    if (failed) this.#failedAtServer(running, last);
    else this.#succeeded(running, link);
    this.#statements.dropLongData(command);
    this.#links.answered(link, last.kind === 'ok');
    const untold = failed ? this.#state.inTransaction && kind.mayCommit : kind.assigns;
    running.link = undefined;
    if (last.kind === 'ok' || !untold) this.#done();
    else void this.#links.ask(link).then(() => this.#done());
  }

  #succeeded({ kind, command }: Running, link: ServerLink): void {
    if (kind.pins === 'off') this.#links.pinned = false;
    if (kind.keeps !== undefined) this.#state.keep(kind.keeps, command.subarray(1));
    if (command[0] === commandCode.COM_RESET_CONNECTION) {
      this.#statements.clear();
      this.#links.keepOnly(link);
      this.#state.reset();
    } else if (command[0] === commandCode.COM_SET_OPTION) {
      this.#state.allowMultiStatements(command[1] === 0);
    }
    if (kind.kill?.what === 'connection') this.#options.sessions.find(kind.kill.connectionId)?.endKilled();
  }

  #failedAtServer({ kind }: Running, { error }: Extract<ResponsePiece, { kind: 'error' }>): void {
    this.#options.figures.failedBy('server', error);
    // A PREPARE that fails has taken the old statement of its name away, if it was looked at.
    if (kind.keeps !== undefined && kind.keeps.key !== 'role' && !refusalErrnos.has(error.errno))
      this.#state.keep({ ...kind.keeps, removes: true }, new Uint8Array());
    if (endErrnos.has(error.errno)) this.#killed = true;
  }

  #mayGoElsewhere(running: Running, errno: number): boolean {
    const held = this.#state.inTransaction || this.#links.pinned;
    return !running.begun && elsewhereErrnos.has(errno) && !held && this.#isInTime(running);
  }

  /** A statement is held as long, and no longer, wherever it is sent. */
  #isInTime(running: Running): boolean {
    running.againSinceMs ??= performance.now();
    return performance.now() - running.againSinceMs < this.#options.router.holdMs;
  }

  /** The server did nothing: the statement goes to another one. */
  #again(running: Running, link: ServerLink): void {
    const { router } = this.#options;
    const { tenant } = this.#admitted;
    this.#options.figures.sentAgain('moved');
    router.moved(tenant);
    router.failed(link.server, tenant, 'it serves the tenant no more');
    this.#links.drop(link);
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
    const id = this.#statements.add(running.command.slice(1), parameterCount, link, statementId);
    const packet = Buffer.from(piece.bytes);
    packet.writeUInt32LE(id, preparedIdAt);
    return packet;
  }

  #linkClosed(link: ServerLink, reason: ObError): void {
    if (this.#closed || !this.#links.holds(link)) return;
    const wasPinned = this.#links.isPinnedTo(link);
    const resumeAt = link.nextSequenceId;
    this.#links.drop(link);
    if (serverEnds.has(reason.name) || this.#killed) {
      this.close('killed');
      return;
    }
    this.#options.router.failed(link.server, this.#admitted.tenant, reason.message);
    if (this.#state.inTransaction && !this.#links.holding && !this.#options.tellsOfLoss()) {
      this.close('the server was lost in a transaction');
      return;
    }
    if (wasPinned) {
      this.#links.pinned = false;
      this.#losses.pinIsLost();
    }
    const running = this.#running;
    if (running?.link === link) this.#answerLost(running, link, resumeAt);
  }

  /** The server is gone that was to answer. @param resumeAt  of a packet that ends what the client has of the answer */
  #answerLost(running: Running, link: ServerLink, resumeAt: number | undefined): void {
    if (running.begun) {
      if (resumeAt === undefined) this.close('the server was lost in the middle of an answer');
      else this.#fail(running, this.#losses.ofStatement(running, link.server, true), resumeAt);
      return;
    }
    if (this.#losses.allowAgain(running) && this.#isInTime(running)) {
      this.#options.figures.sentAgain('lost');
      this.#prepare(running);
    } else this.#fail(running, this.#losses.ofStatement(running, link.server, false));
  }

  /** Answers a command that no server has answered. */
  #fail(running: Running, error: unknown, sequenceId = answerSequenceId(running.command)): void {
    if (this.#closed || this.#running !== running) return;
    this.#statements.dropLongData(running.command);
    this.#options.figures.failedBy('proxy', error);
    this.#client.error(error, sequenceId);
    this.#done();
  }

  #changeUser(running: Running): void {
    const dialogue = new LoginDialogue(this.#client, answerSequenceId(running.command));
    this.#becomeAnother(running, (payload) => dialogue.ask(payload)).then(
      () => {
        this.#client.ok(this.#plainOk(), this.#options.capabilities, dialogue.sequenceId);
        this.#done();
      },
      (error: unknown) => {
        if (this.#closed) return;
        this.#client.error(error, dialogue.sequenceId);
        this.close('change of user refused');
      },
    );
  }

  async #becomeAnother(
    { command }: Running,
    ask: (payload: Uint8Array) => Promise<Uint8Array | undefined>,
  ): Promise<void> {
    const request = decodeChangeUser(command, this.#options.capabilities);
    // What the session held is free before the other user is let in.
    await this.#links.forget();
    const admitted = await this.#options.changeUser(request, ask);
    if (this.#closed) {
      admitted.link.close();
      throw new ObError('OB_CONNECT_ERROR', [], { message: 'Connect error: the client is gone' });
    }
    this.#links.close();
    this.#admitted = admitted;
    this.#losses.forget();
    this.#statements.clear();
    this.#state.startWith(admitted.database, admitted.link.admission);
    this.#links = this.#linksOf(admitted);
  }

  #plainOk(): Ok {
    const status =
      (this.#state.autocommit ? serverStatus.AUTOCOMMIT : 0) |
      (this.#state.inTransaction ? serverStatus.IN_TRANSACTION : 0);
    return { affectedRows: 0n, lastInsertId: 0n, status, warningCount: 0, info: '', changes: [] };
  }
}

const renewal = Buffer.of(commandCode.COM_SLEEP);
/** Whatever the statement is: its transaction is gone, it was interrupted. */
const refusalErrnos: ReadonlySet<number> = new Set([6002, 1317]);
/** OB_SESSION_KILLED, OB_ERR_SESSION_INTERRUPTED: the server lets go of the session. */
const endErrnos: ReadonlySet<number> = new Set([4064, 5066]);
