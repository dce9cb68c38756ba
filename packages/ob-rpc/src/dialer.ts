import { connect } from 'node:net';
import { ObError } from '@sealane/errors';
import { asObError } from './as-ob-error.ts';
import { type Call, CallTable } from './calls.ts';
import { DialledConnection } from './dialled-connection.ts';
import { IdentifyCall } from './identify-call.ts';
import { IncomingStream } from './incoming-stream.ts';
import {
  LINK_TIMINGS_DEFAULT,
  type LinkInput,
  type LinkOutput,
  type LinkState,
  type LinkTimings,
  stepLink,
} from './link.ts';
import type { Encrypter, LinkWatcher, Logger } from './link-ports.ts';
import type { DialPlan } from './negotiation.ts';
import { OutgoingQueue } from './outgoing-queue.ts';
import { encodePacket, type Packet, type PacketHeader, packetFlags } from './packet.ts';
import { encodePayload } from './payload.ts';
import { type Identification, pcodeName, pcodes } from './pcode.ts';
import { StepRunner } from './step-runner.ts';
import { UnaryCall } from './unary-call.ts';

export interface DialerOptions {
  readonly peer: { readonly host: string; readonly port: number };
  /** Who we are; the first thing a link says. */
  readonly self: Identification;
  /** The policy of this moment, asked for each new socket. Throws when it can't be met. */
  readonly plan: () => DialPlan;
  readonly encrypter: Encrypter;
  readonly watcher: LinkWatcher;
  readonly logger: Logger;
  readonly timings?: Partial<LinkTimings>;
  readonly frameSizeMax?: number;
  /** Bytes that may wait for the link or for a slow peer. */
  readonly queueSizeMax?: number;
  /** From 0 to 1; for the jitter of the back-off. */
  readonly random?: () => number;
}

export interface CallOptions {
  readonly timeoutMs: number;
  readonly tenantId?: number;
  readonly priority?: number;
  /** The answer is wanted as it came: an EncodedBody. */
  readonly encoded?: boolean;
}

export interface DialledLinkStatus {
  readonly state: LinkState['name'];
  /** Attempts that failed since the peer was last heard on a link. */
  readonly failedAttempts: number;
  readonly encrypted: boolean;
  readonly lastError: ObError | undefined;
  readonly callsInFlight: number;
}

/** Calls wait through one redial. Once this many attempts failed in a row, they fail at once, as not sent. */
const PATIENCE_ATTEMPTS = 2;
const SYS_TENANT_ID = 1;
/** Longer ones make Node's timers fire at once. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/**
 * One persistent link to one peer. Opens on `start` or the first call, and again after every loss,
 * until it is drained or closed.
 */
export class DialledLink {
  readonly #options: DialerOptions;
  readonly #address: string;
  readonly #runner: StepRunner<LinkState, LinkInput, LinkOutput>;
  readonly #calls = new CallTable();
  readonly #queue: OutgoingQueue;
  #connection: DialledConnection | undefined;
  #lastError: ObError | undefined;
  /** The last socket is gone. */
  #hungUp: Promise<void> = Promise.resolve();
  readonly #finished = Promise.withResolvers<void>();
  /** Of those who wait for the peer to take this link. */
  #acceptance: PromiseWithResolvers<void> | undefined;
  readonly #traceId0 = BigInt(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#address = `${options.peer.host}:${options.peer.port}`;
    this.#queue = new OutgoingQueue(options.queueSizeMax);
    const timings = { ...LINK_TIMINGS_DEFAULT, ...options.timings };
    const context = { timings, peer: this.#address, random: options.random ?? Math.random };
    this.#runner = new StepRunner<LinkState, LinkInput, LinkOutput>(
      { name: 'idle' },
      {
        step: (state, input, now) => stepLink(state, input, now, context),
        carryOut: (output) => this.#carryOut(output),
        wakeInput: { kind: 'wake' },
      },
    );
  }

  /** Opens the link now instead of with the first call. */
  start(): void {
    this.#runner.feed({ kind: 'wanted' });
  }

  /**
   * @returns the value that the peer's handler gave
   * @throws ObError the peer's error; OB_TIMEOUT; OB_RPC_POST_ERROR (not sent), OB_RPC_SEND_ERROR (sent,
   *   effect unknown) when the link was lost: `wasSent(error)` tells
   */
  async call(pcode: number, body: unknown, options: CallOptions): Promise<unknown> {
    const bytes = encodePayload(body);
    this.#refuseIfUnreachable(pcode);
    let channelId = 0;
    const call = new UnaryCall({
      pcode,
      peer: this.#address,
      timeoutMs: Math.min(options.timeoutMs, TIMEOUT_MS_MAX),
      encoded: options.encoded ?? false,
      onTimeout: () => this.#forget(channelId),
    });
    channelId = this.#calls.add(call);
    this.#send(channelId, this.#header(pcode, 0, options), bytes, call);
    return call.promise;
  }

  /** A streamed answer. At most STREAM_WINDOW items wait here; `timeoutMs` is the longest wait for the next one. */
  stream(pcode: number, body: unknown, options: CallOptions): AsyncIterableIterator<unknown> {
    const bytes = encodePayload(body);
    this.#refuseIfUnreachable(pcode);
    let channelId = 0;
    const stream = new IncomingStream({
      pcode,
      peer: this.#address,
      timeoutMs: Math.min(options.timeoutMs, TIMEOUT_MS_MAX),
      encoded: options.encoded ?? false,
      grant: (count) => this.#control(channelId, pcodes.STREAM_CREDIT, count),
      cancel: () => {
        this.#control(channelId, pcodes.STREAM_CANCEL, null);
        this.#forget(channelId);
      },
    });
    channelId = this.#calls.add(stream);
    this.#send(channelId, this.#header(pcode, packetFlags.stream, options), bytes, stream);
    return stream;
  }

  /** One way: nobody learns whether it arrived. @returns false when it was dropped here */
  post(
    pcode: number,
    body: unknown,
    options: { readonly tenantId?: number; readonly priority?: number } = {},
  ): boolean {
    if (this.#unreachable()) return false;
    const header = this.#header(pcode, packetFlags.noResponse, { ...options, timeoutMs: 0 });
    // Whoever posts has other things to do after that: the peer needn't wait for them.
    return this.#write(encodePacket(0, header, encodePayload(body)), undefined, 'now');
  }

  status(): DialledLinkStatus {
    const { state } = this.#runner;
    return {
      state: state.name,
      failedAttempts: failedAttempts(state),
      encrypted: this.#connection?.encrypted ?? false,
      lastError: this.#lastError,
      callsInFlight: this.#calls.size,
    };
  }

  /** Gives the socket up and dials again under today's policy. Calls in flight fail as sent. */
  recycle(reason: string): void {
    this.#runner.feed({
      kind: 'recycle',
      why: new ObError('OB_RPC_NEED_RECONNECT', [], { message: `link recycled: ${reason}` }),
    });
  }

  /**
   * Waits until the peer has taken this link.
   *
   * @throws ObError why the last attempt failed, when the time is up; that it was closed
   */
  async accepted(timeoutMs: number): Promise<void> {
    if (this.#connection?.identified === true) return;
    this.#acceptance ??= Promise.withResolvers();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => late.reject(this.#lastError ?? this.#overdue(timeoutMs)), timeoutMs);
    try {
      await Promise.race([this.#acceptance.promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Takes no new calls, sends what is queued, waits for the answers of the old calls, closes. */
  async drain(timeoutMs: number, reason?: string): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    const why =
      reason === undefined ? {} : { why: new ObError('OB_RPC_NEED_RECONNECT', [], { message: reason }) };
    this.#runner.feed({ kind: 'drain', deadline, ...why });
    this.#quietIfIdle();
    await this.#finished.promise;
  }

  /** @returns when its socket is gone */
  close(why?: ObError): Promise<void> {
    this.#runner.feed(why === undefined ? { kind: 'close' } : { kind: 'close', why });
    return this.#finished.promise;
  }

  #carryOut(output: LinkOutput): void {
    switch (output.kind) {
      case 'connect':
        this.#connect();
        break;
      case 'negotiate':
        this.#connection?.negotiate(output.plan);
        break;
      case 'startTls':
        void this.#connection?.startTls();
        break;
      case 'opened':
        this.#opened();
        break;
      case 'ping':
        this.#ping();
        break;
      case 'disconnect':
        this.#disconnect(output.error);
        break;
      case 'report':
        this.#report(output);
        break;
      case 'finished':
        this.#finish(output.why);
    }
  }

  #connect(): void {
    let plan: DialPlan;
    try {
      plan = this.#options.plan();
    } catch (error) {
      this.#runner.feed({
        kind: 'lost',
        error: asObError(error, `no link to ${this.#address} can be opened`),
      });
      return;
    }
    const socket = connect({ ...this.#options.peer, noDelay: true });
    const connection: DialledConnection = new DialledConnection(
      { ...this.#options, socket, plan },
      {
        feed: (input) => {
          if (this.#connection === connection) this.#runner.feed(input);
        },
        receive: (packet, channelId) => this.#receive(packet, channelId),
        writable: () => this.#flush(),
        current: () => this.#connection === connection,
      },
    );
    this.#connection = connection;
  }

  /** First who we are, then what is queued, without waiting for the answer in between. */
  #opened(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.open();
    const identify = new IdentifyCall(this.#options.self, this.#address, (input) => {
      if (input.kind === 'heard') this.#accepted(connection);
      this.#runner.feed(input);
    });
    const header = this.#header(pcodes.LINK_IDENTIFY, 0, { timeoutMs: LINK_TIMINGS_DEFAULT.deadAfterMs });
    connection.writer?.write(
      encodePacket(this.#calls.add(identify), header, encodePayload(this.#options.self)),
    );
    this.#flush();
  }

  /** The peer has taken us: only now is the link worth a line in the log. */
  #accepted(connection: DialledConnection): void {
    connection.identified = true;
    this.#acceptance?.resolve();
    this.#acceptance = undefined;
    const failedBefore = failedAttempts(this.#runner.state);
    this.#options.logger.info(
      { peer: this.#address, use_ssl: connection.encrypted, failed_attempts: failedBefore },
      'rpc link open',
    );
  }

  #ping(): void {
    if (this.#connection?.writer?.backedUp !== false) return;
    this.#connection.writer.write(
      encodePacket(0, this.#header(pcodes.LINK_PING, 0, { timeoutMs: 0 }), encodePayload(null)),
    );
  }

  #receive(packet: Packet, channelId: number): void {
    const { flags, pcode } = packet.header;
    if ((flags & packetFlags.response) === 0) {
      throw new ObError('OB_RPC_PACKET_INVALID', [], {
        message: `${this.#address} sent a request (${pcodeName(pcode)}) on a link that we dialled`,
      });
    }
    this.#calls.answer(channelId, packet);
    this.#quietIfIdle();
  }

  /** Only while draining does it matter; what was written last must leave first. */
  #quietIfIdle(): void {
    if (this.#runner.state.name !== 'draining' || this.#calls.size > 0 || this.#queue.size > 0) return;
    this.#connection?.writer?.flush();
    this.#runner.feed({ kind: 'quiet' });
  }

  #disconnect(error: ObError): void {
    if (this.#connection !== undefined) this.#hungUp = this.#connection.destroy(error);
    this.#connection = undefined;
    this.#calls.failSent(error);
  }

  #report({ error, attempt, retryInMs }: Extract<LinkOutput, { kind: 'report' }>): void {
    const repeated = this.#lastError?.message === error.message;
    this.#lastError = error;
    const fields = {
      peer: this.#address,
      attempt,
      retry_in_ms: Math.round(retryInMs),
      reason: error.message,
    };
    if (!repeated || isPowerOfTwo(attempt)) this.#options.logger.warn(fields, 'rpc link failed');
    else this.#options.logger.debug(fields, 'rpc link failed again');
    if (attempt < PATIENCE_ATTEMPTS) return;
    this.#queue.clear();
    this.#calls.failUnsent(error);
  }

  #notAccepted(error: ObError): void {
    this.#acceptance?.promise.catch(() => undefined);
    this.#acceptance?.reject(error);
    this.#acceptance = undefined;
  }

  #overdue(timeoutMs: number): ObError {
    return new ObError('OB_TIMEOUT', [], {
      message: `the link to ${this.#address} did not open within ${timeoutMs} ms`,
    });
  }

  #finish(why: ObError | undefined): void {
    const error =
      why ?? new ObError('OB_RPC_SEND_ERROR', [], { message: `the link to ${this.#address} was closed` });
    this.#queue.clear();
    this.#calls.failUnsent(error);
    this.#calls.failSent(error);
    this.#notAccepted(error);
    void this.#hungUp.then(() => this.#finished.resolve());
  }

  #send(channelId: number, header: Partial<PacketHeader>, body: Buffer, call: Call): void {
    if (this.#write(encodePacket(channelId, header, body), call)) return;
    this.#calls.remove(channelId);
    call.fail(
      new ObError('OB_RPC_POST_ERROR', [], {
        message: `${pcodeName(call.pcode)} was not sent: ${this.#queue.size} bytes already wait for ${this.#address}`,
        details: { sent: false },
      }),
    );
  }

  #write(bytes: Buffer, call: Call | undefined, when: 'now' | 'soon' = 'soon'): boolean {
    if (!this.#queue.push(bytes, call)) return false;
    this.#runner.feed({ kind: 'wanted' });
    this.#flush(when);
    return true;
  }

  #flush(when: 'now' | 'soon' = 'soon'): void {
    const writer = this.#connection?.writer;
    if (writer === undefined) return;
    while (!writer.backedUp) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      if (next.call !== undefined) next.call.sent = true;
      if (when === 'now') writer.writeNow(next.bytes);
      else writer.write(next.bytes);
    }
    this.#quietIfIdle();
  }

  /** For a stream's channel; without a link there is nobody to tell. */
  #control(channelId: number, pcode: number, body: unknown): void {
    if (this.#calls.get(channelId)?.sent !== true) return;
    const header = this.#header(pcode, packetFlags.noResponse, { timeoutMs: 0 });
    this.#connection?.writer?.write(encodePacket(channelId, header, encodePayload(body)));
  }

  #forget(channelId: number): void {
    const call = this.#calls.get(channelId);
    if (call === undefined) return;
    if (!call.sent) this.#queue.remove(call);
    this.#calls.remove(channelId);
    this.#quietIfIdle();
  }

  #refuseIfUnreachable(pcode: number): void {
    if (!this.#unreachable()) return;
    const { state } = this.#runner;
    const reason = this.#lastError?.message ?? `the link is ${state.name}`;
    throw new ObError('OB_RPC_POST_ERROR', [], {
      message: `${pcodeName(pcode)} was not sent to ${this.#address}: ${reason}`,
      details: { sent: false, failedAttempts: failedAttempts(state) },
    });
  }

  #unreachable(): boolean {
    const { state } = this.#runner;
    if (state.name === 'closed' || state.name === 'draining') return true;
    return state.name !== 'open' && failedAttempts(state) >= PATIENCE_ATTEMPTS;
  }

  #header(
    pcode: number,
    flags: number,
    { timeoutMs, tenantId, priority }: CallOptions,
  ): Partial<PacketHeader> {
    return {
      pcode,
      flags,
      priority: priority ?? 5,
      tenantId: BigInt(tenantId ?? SYS_TENANT_ID),
      timeoutUs: BigInt(Math.round(Math.min(timeoutMs, TIMEOUT_MS_MAX) * 1000)),
      timestampUs: BigInt(Date.now()) * 1000n,
      srcClusterId: BigInt(this.#options.self.clusterId),
      dstClusterId: BigInt(this.#options.self.clusterId),
      traceId0: this.#traceId0,
    };
  }
}

function failedAttempts(state: LinkState): number {
  return 'attempt' in state ? state.attempt : 0;
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}
