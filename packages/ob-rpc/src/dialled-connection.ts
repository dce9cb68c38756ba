import type { Duplex } from 'node:stream';
import { ObError } from '@sealane/errors';
import { asObError } from './as-ob-error.ts';
import { BatchedWriter } from './batched-writer.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { hangUp } from './hang-up.ts';
import type { LinkInput } from './link.ts';
import type { ByteCounter, Encrypter, LinkRecord, LinkWatcher } from './link-ports.ts';
import {
  type DialPlan,
  encodeEasyNegotiation,
  encodeUsslNegotiation,
  readFirstBytes,
  USSL_NEGOTIATION_SIZE,
} from './negotiation.ts';
import { decodePacket, type Packet } from './packet.ts';
import type { Identification } from './pcode.ts';

/** A TCP socket that is about to connect. */
export interface DialledSocket extends Duplex, ByteCounter {
  readonly connecting: boolean;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

export interface DialledConnectionOptions {
  readonly socket: DialledSocket;
  readonly peer: { readonly host: string; readonly port: number };
  readonly self: Identification;
  readonly plan: DialPlan;
  readonly encrypter: Encrypter;
  readonly watcher: LinkWatcher;
  readonly frameSizeMax?: number | undefined;
}

/** One socket of a link, from connect to close. */
export class DialledConnection {
  identified = false;
  encrypted = false;
  writer: BatchedWriter | undefined;
  readonly #options: DialledConnectionOptions;
  readonly #address: string;
  readonly #owner: ConnectionOwner;
  readonly #socket: DialledSocket;
  #stream: Duplex;
  #record: LinkRecord | undefined;

  constructor(options: DialledConnectionOptions, owner: ConnectionOwner) {
    this.#options = options;
    this.#address = `${options.peer.host}:${options.peer.port}`;
    this.#owner = owner;
    this.#socket = options.socket;
    this.#stream = this.#socket;
    this.#socket.once('connect', () => {
      this.#record = this.#openRecord();
      owner.feed({ kind: 'connected', plan: options.plan });
    });
    this.#watch(this.#socket);
  }

  negotiate({ generation, method }: DialPlan): void {
    const hello = generation === 'easy' ? encodeEasyNegotiation() : encodeUsslNegotiation(method);
    this.#socket.write(hello, (error) => error ?? this.#record?.written());
    if (generation === 'ussl' && method !== 'NONE') this.#readAnswer();
  }

  async startTls(): Promise<void> {
    try {
      if (this.#options.plan.method === 'SSL_NO_ENCRYPT') await this.#authenticate();
      else await this.#encrypt();
      if (this.#owner.current()) this.#owner.feed({ kind: 'secured' });
    } catch (error) {
      this.#owner.feed({ kind: 'lost', error: asObError(error, `TLS with ${this.#address} failed`) });
    }
  }

  async #encrypt(): Promise<void> {
    this.#record?.securing(this.#socket.readableLength);
    const { stream, facts } = await this.#options.encrypter.secureOutbound(this.#socket, this.#options.peer);
    if (!this.#owner.current()) {
      stream.destroy();
      return;
    }
    this.#stream = stream;
    this.encrypted = true;
    this.#watch(stream);
    this.#record?.secured(facts);
  }

  async #authenticate(): Promise<void> {
    const { encrypter, peer } = this.#options;
    const { facts } = await encrypter.authenticateOutbound(this.#socket, peer);
    this.#record?.authenticated(facts);
  }

  open(): void {
    this.#record?.established(this.#stream === this.#socket ? this.#socket.readableLength : 0);
    this.#record?.identified({ server: this.#address, identity: this.#options.self.identity });
    this.writer = new BatchedWriter(this.#stream, () => this.#record?.written());
    const decoder = new FrameDecoder(
      this.#options.frameSizeMax === undefined ? {} : { frameSizeMax: this.#options.frameSizeMax },
    );
    this.#stream.on('drain', () => this.#owner.writable());
    this.#stream.on('data', (chunk: Buffer) => this.#read(decoder, chunk));
    this.#stream.resume();
  }

  /** @returns when the socket is gone */
  destroy(error: ObError): Promise<void> {
    this.#record?.closed(error.message);
    if (!this.#socket.connecting) return hangUp(this.#socket, this.#stream);
    this.#socket.destroy();
    return Promise.resolve();
  }

  #read(decoder: FrameDecoder, chunk: Buffer): void {
    try {
      for (const { channelId, payload } of decoder.push(chunk)) {
        if (!this.#owner.current()) return;
        this.#owner.receive(decodePacket(payload), channelId);
      }
      // A part of a long frame is a sign of life as well. Before the peer has accepted us nothing is.
      if (this.identified) this.#owner.feed({ kind: 'heard' });
    } catch (error) {
      this.#owner.feed({ kind: 'lost', error: asObError(error, `${this.#address} sent what can't be read`) });
    }
  }

  #readAnswer(): void {
    const answer: Buffer | null = this.#socket.read(USSL_NEGOTIATION_SIZE);
    if (answer === null) {
      this.#socket.once('readable', () => {
        if (this.#owner.current()) this.#readAnswer();
      });
      return;
    }
    const first = readFirstBytes(answer);
    if (first.kind === 'ussl') this.#owner.feed({ kind: 'answered', method: first.method });
    else this.#fail(`expected its answer to the negotiation, got ${first.kind}`);
  }

  #watch(stream: Duplex): void {
    stream.on('error', (error: Error) => {
      this.#record?.failed();
      this.#fail(reasonOf(error));
    });
    // The goodbye is out.
    stream.on('finish', () => this.#record?.written());
    stream.on('end', () => this.#fail('it closed the connection'));
    stream.on('close', () => this.#fail('the connection was closed'));
  }

  #fail(reason: string): void {
    const message = `${this.#address}: ${reason}`;
    this.#owner.feed({
      kind: 'lost',
      error: new ObError(this.#record === undefined ? 'OB_CONNECT_ERROR' : 'OB_RPC_SEND_ERROR', [], {
        message,
      }),
    });
  }

  #openRecord(): LinkRecord {
    return this.#options.watcher.open({
      kind: 'RPC',
      direction: 'OUT',
      localAddress: `${this.#socket.localAddress}:${this.#socket.localPort}`,
      peerAddress: this.#address,
      peerServer: this.#address,
      counter: this.#socket,
    });
  }
}

export interface ConnectionOwner {
  feed(input: LinkInput): void;
  receive(packet: Packet, channelId: number): void;
  writable(): void;
  /** False once another socket has taken this one's place. */
  current(): boolean;
}

function reasonOf(error: Error): string {
  if (!('code' in error)) return error.message;
  if (error.code === 'ECONNREFUSED') return 'connection refused (is the server running?)';
  if (error.code === 'ECONNRESET') return 'connection reset by the peer (its log says why)';
  return error.message;
}
