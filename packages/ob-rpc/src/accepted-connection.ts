import type { Duplex } from 'node:stream';
import { isObError, ObError } from '@sealane/errors';
import {
  type AcceptedContext,
  type AcceptedInput,
  type AcceptedOutput,
  type AcceptedState,
  type Admission,
  startAccepted,
  stepAccepted,
} from './accepted-link.ts';
import { BatchedWriter } from './batched-writer.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { hangUp } from './hang-up.ts';
import { checkSameCluster, readIdentification } from './identification.ts';
import type { Encrypter, LinkRecord, Logger, SecureFacts } from './link-ports.ts';
import { encodeUsslNegotiation, readFirstBytes, type UsslMethod } from './negotiation.ts';
import { decodePacket, encodePacket, type Packet, packetFlags } from './packet.ts';
import { decodePayload } from './payload.ts';
import { type Identification, pcodes } from './pcode.ts';
import { RequestDispatcher, type RpcHandler } from './request-dispatcher.ts';
import { encodeFailure, encodeResult } from './response-body.ts';
import { StepRunner } from './step-runner.ts';

export interface AcceptedConnectionOptions {
  readonly socket: Duplex;
  readonly remoteAddress: string;
  readonly admission: Admission;
  readonly self: Identification;
  readonly handlers: ReadonlyMap<number, RpcHandler>;
  readonly encrypter: Encrypter;
  readonly record: LinkRecord;
  readonly logger: Logger;
  readonly timings: AcceptedContext['timings'];
  readonly frameSizeMax: number;
  readonly requestsInFlightMax: number;
  /** Frames may flow. */
  onOpened(method: UsslMethod): void;
  /** Throws to refuse the peer. */
  onIdentified(peer: Identification, facts: SecureFacts | undefined): void;
  onClosed(why: ObError | undefined): void;
  /** The socket is gone as well. */
  onGone(): void;
}

/** The first frame says who dials: a few names. */
const IDENTIFY_SIZE_MAX = 64 * 1024;
/** Answers that wait for a peer who doesn't read. */
const BACKLOG_SIZE_MAX = 16 * 1024 * 1024;

/** One accepted socket, from its first byte to its end. */
export class AcceptedConnection {
  readonly #options: AcceptedConnectionOptions;
  readonly #runner: StepRunner<AcceptedState, AcceptedInput, AcceptedOutput>;
  readonly #dispatcher: RequestDispatcher;
  #stream: Duplex;
  #writer: BatchedWriter | undefined;
  #unread: Buffer = Buffer.alloc(0);
  #negotiated = false;
  #facts: SecureFacts | undefined;
  #encrypted = false;
  #peer: Identification | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  #over = false;

  constructor(options: AcceptedConnectionOptions) {
    this.#options = options;
    this.#stream = options.socket;
    const context = { timings: options.timings, peer: options.remoteAddress, admission: options.admission };
    this.#runner = new StepRunner<AcceptedState, AcceptedInput, AcceptedOutput>(
      startAccepted(performance.now(), context),
      {
        step: (state, input, now) => stepAccepted(state, input, now, context),
        carryOut: (output) => this.#carryOut(output),
        wakeInput: { kind: 'wake' },
      },
    );
    this.#dispatcher = this.#createDispatcher();
    this.#runner.feed({ kind: 'wake' });
    this.#watch(options.socket);
    this.#readFirst();
  }

  /** Refuses new requests, answers the old ones, closes. */
  drain(deadline: number): void {
    this.#dispatcher.refuseNew();
    this.#runner.feed({ kind: 'drain', deadline });
    if (this.#dispatcher.inFlight === 0) this.#quiet();
  }

  close(why?: ObError): void {
    this.#runner.feed(why === undefined ? { kind: 'close' } : { kind: 'close', why });
  }

  get peer(): Identification | undefined {
    return this.#peer;
  }

  #carryOut(output: AcceptedOutput): void {
    switch (output.kind) {
      case 'skip':
        this.#skip(output.size, output.answer);
        break;
      case 'startTls':
        void this.#startTls(output.method);
        break;
      case 'opened':
        this.#opened(output.method);
        break;
      case 'finished':
        this.#finish(output.why);
    }
  }

  #readFirst(): void {
    if (this.#over || this.#runner.state.name !== 'accepted') return;
    const chunk: Buffer | null = this.#options.socket.read();
    if (chunk === null) {
      this.#options.socket.once('readable', () => this.#readFirst());
      return;
    }
    this.#unread = Buffer.concat([this.#unread, chunk]);
    this.#lookAtFirst();
  }

  #lookAtFirst(): void {
    const bytes = readFirstBytes(this.#unread, this.#negotiated);
    if (bytes.kind === 'incomplete') this.#readFirst();
    else this.#runner.feed({ kind: 'first', bytes });
  }

  #skip(size: number, answer: UsslMethod | undefined): void {
    this.#unread = this.#unread.subarray(size);
    this.#negotiated = true;
    if (answer !== undefined) {
      const { socket, record } = this.#options;
      socket.write(encodeUsslNegotiation(answer), (error) => error ?? record.written());
    }
    this.#lookAtFirst();
  }

  async #startTls(method: 'SSL_IO' | 'SSL_NO_ENCRYPT'): Promise<void> {
    const { socket } = this.#options;
    if (method === 'SSL_IO') this.#options.record.securing(this.#unread.length + socket.readableLength);
    socket.unshift(this.#unread);
    this.#unread = Buffer.alloc(0);
    try {
      if (method === 'SSL_IO') await this.#encrypt();
      else await this.#authenticate();
      if (!this.#over) this.#runner.feed({ kind: 'secured' });
    } catch (error) {
      this.#lose(error, 'the TLS handshake failed');
    }
  }

  async #encrypt(): Promise<void> {
    const { socket, encrypter, record } = this.#options;
    const { stream, facts } = await encrypter.secureInbound(socket);
    if (this.#over) {
      stream.destroy();
      return;
    }
    this.#stream = stream;
    this.#facts = facts;
    this.#encrypted = true;
    this.#watch(stream);
    record.secured(facts);
  }

  async #authenticate(): Promise<void> {
    const { socket, encrypter, record } = this.#options;
    const { facts } = await encrypter.authenticateInbound(socket);
    this.#facts = facts;
    record.authenticated(facts);
  }

  #opened(method: UsslMethod): void {
    const { record, frameSizeMax, socket } = this.#options;
    record.established(this.#unread.length + socket.readableLength);
    this.#options.onOpened(method);
    this.#writer = new BatchedWriter(this.#stream, () => record.written());
    const decoder = new FrameDecoder({ frameSizeMax, firstSizeMax: IDENTIFY_SIZE_MAX });
    this.#stream.on('drain', () => this.#drained?.resolve());
    if (this.#unread.length > 0) this.#read(decoder, this.#unread);
    if (this.#over) return;
    this.#stream.on('data', (chunk: Buffer) => this.#read(decoder, chunk));
    this.#stream.resume();
  }

  #read(decoder: FrameDecoder, chunk: Buffer): void {
    try {
      for (const { channelId, payload } of decoder.push(chunk)) {
        if (this.#over) return;
        this.#receive(channelId, decodePacket(payload));
      }
      // Until it has said who it is, nothing that it sends keeps the link.
      if (this.#peer !== undefined) this.#runner.feed({ kind: 'heard' });
      this.#holdBack();
    } catch (error) {
      this.#lose(error, 'it sent what can not be read');
    }
  }

  /** Who asks on and on, and takes no answer, isn't listened to for as long. */
  #holdBack(): void {
    if (this.#over || (this.#writer?.backlogSize ?? 0) < BACKLOG_SIZE_MAX || this.#stream.isPaused()) return;
    this.#writer?.flush();
    this.#stream.pause();
    this.#stream.once('drain', () => this.#stream.resume());
  }

  #receive(channelId: number, packet: Packet): void {
    const { pcode } = packet.header;
    if (this.#peer === undefined) this.#identify(channelId, packet);
    else if (pcode === pcodes.LINK_PING) this.#respond(channelId, packet, encodeResult(null));
    else this.#dispatcher.dispatch(channelId, packet, this.#foreign(packet));
  }

  /** Each packet names its clusters as well; 0 stands for "not said". */
  #foreign({ header }: Packet): ObError | undefined {
    const own = BigInt(this.#options.self.clusterId);
    const named = header.dstClusterId === 0n ? header.srcClusterId : header.dstClusterId;
    if (named === 0n || named === own) return undefined;
    return new ObError('OB_PACKET_CLUSTER_ID_NOT_MATCH', [], {
      message: `packet cluster id not match: the packet is for cluster ${named}, this is ${own}`,
    });
  }

  /** The answer goes out even if it is a refusal: the peer's log should say why. */
  #identify(channelId: number, packet: Packet): void {
    const { self, remoteAddress } = this.#options;
    try {
      if (packet.header.pcode !== pcodes.LINK_IDENTIFY) {
        throw new ObError('OB_RPC_PACKET_INVALID', [], {
          message: `${remoteAddress} did not say who it is in its first request`,
        });
      }
      const peer = readIdentification(decodePayload(packet.body));
      checkSameCluster(self, peer, remoteAddress);
      this.#options.onIdentified(peer, this.#facts);
      this.#options.record.identified(peer);
      this.#peer = peer;
      this.#respond(channelId, packet, encodeResult(self));
    } catch (error) {
      this.#respond(channelId, packet, encodeFailure(error));
      this.#writer?.flush();
      this.#lose(error, 'it was refused');
    }
  }

  #respond(channelId: number, { header }: Packet, body: Buffer): void {
    const { pcode, priority, tenantId } = header;
    this.#writer?.write(
      encodePacket(channelId, { pcode, priority, tenantId, flags: packetFlags.response }, body),
    );
  }

  #createDispatcher(): RequestDispatcher {
    return new RequestDispatcher({
      handlers: this.#options.handlers,
      logger: this.#options.logger,
      requestsInFlightMax: this.#options.requestsInFlightMax,
      peer: () => ({
        from: this.#peer?.server,
        identity: this.#peer?.identity ?? '',
        remoteAddress: this.#options.remoteAddress,
        encrypted: this.#encrypted,
      }),
      write: (bytes) => {
        this.#writer?.write(bytes);
        this.#holdBack();
      },
      writable: () => this.#writable(),
      onQuiet: () => this.#quiet(),
    });
  }

  #writable(): Promise<void> {
    if (this.#over)
      return Promise.reject(new ObError('OB_RPC_SEND_ERROR', [], { message: 'the link is gone' }));
    this.#writer?.flush();
    if (this.#writer?.backedUp !== true) return Promise.resolve();
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise.finally(() => (this.#drained = undefined));
  }

  /** Only while draining does it matter; what was answered last must leave first. */
  #quiet(): void {
    if (this.#runner.state.name !== 'draining') return;
    this.#writer?.flush();
    this.#runner.feed({ kind: 'quiet' });
  }

  #watch(stream: Duplex): void {
    stream.on('error', (error: Error) => {
      this.#options.record.failed();
      this.#lose(error, error.message);
    });
    // The goodbye is out.
    stream.on('finish', () => this.#options.record.written());
    stream.on('end', () => this.#runner.feed({ kind: 'close' }));
    stream.on('close', () => this.#runner.feed({ kind: 'close' }));
  }

  #lose(error: unknown, what: string): void {
    const { remoteAddress } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    const known = isObError(error)
      ? error
      : new ObError('OB_CONNECT_ERROR', [], {
          message: `${remoteAddress}: ${what}: ${reason}`,
          cause: error,
        });
    this.#runner.feed({ kind: 'lost', error: known });
  }

  #finish(why: ObError | undefined): void {
    this.#over = true;
    this.#dispatcher.abandon();
    this.#drained?.reject(new ObError('OB_RPC_SEND_ERROR', [], { message: 'the link is gone' }));
    this.#drained?.promise.catch(() => undefined);
    const gone = hangUp(this.#options.socket, this.#stream);
    this.#options.record.closed(why?.message ?? 'closed');
    this.#options.onClosed(why);
    void gone.then(() => this.#options.onGone());
  }
}
