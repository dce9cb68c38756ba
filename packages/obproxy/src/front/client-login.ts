import { ObError } from '@sealane/errors';
import {
  decodeAuthSwitch,
  type HandshakeResponse,
  type Ok,
  ServerConnection,
  type ServerEvent,
} from '@sealane/mysql-protocol';
import type { ServerStream } from '../server/server-link.ts';

export interface ClientLoginOptions {
  readonly connectionId: number;
  /** 20 bytes, none of them NUL or above 127. */
  readonly scramble: Uint8Array;
  readonly serverVersion: string;
  readonly packetSizeMax: number;
  /** Turns the stream into an encrypted one, that many bytes of which were read and given back; undefined: TLS isn't offered. */
  readonly secure: ((stream: ServerStream, unreadSize: number) => Promise<ServerStream>) | undefined;
  readonly timeoutMs: number;
}

/** A client that has said who it is, and isn't let in yet. */
export interface Candidate {
  readonly response: HandshakeResponse;
  readonly capabilities: number;
  readonly encrypted: boolean;
  /** An auth switch or more of an exchange, as a server sends it. @returns the client's answer; undefined where none is due */
  ask(payload: Uint8Array): Promise<Uint8Array | undefined>;
  /** Lets it in. @returns the stream, and bytes that came behind its login */
  admit(ok: Partial<Ok>): { readonly stream: ServerStream; readonly rest: Uint8Array };
  /** Lets it in, to be served here. */
  hold(ok: Partial<Ok>): HeldClient;
  /** Says why not, and closes. */
  refuse(error: unknown): void;
}

/** A client whose commands the proxy answers itself. */
export interface HeldClient {
  /** To write answers with. */
  readonly connection: ServerConnection;
  /** @returns undefined when the client is gone */
  next(): Promise<ServerEvent | undefined>;
  /** Sends what is written, as fast as the client takes it. */
  flush(): Promise<void>;
  close(): void;
}

const tlsHandshakeRecord = 0x16;
const authSwitchHeader = 0xfe;
/** Of caching_sha2_password. */
const fastAuthDone = 0x03;

/** Greets a client and hears who it is. @throws ObError what ended the conversation; the stream is closed */
export async function hearClient(stream: ServerStream, options: ClientLoginOptions): Promise<Candidate> {
  const conversation = new Conversation(stream, options);
  try {
    return await conversation.run();
  } catch (error) {
    conversation.refuse(error);
    throw error;
  }
}

/** Tells a client that it can't come in, instead of a greeting. */
export function turnAway(stream: ServerStream, error: ObError): void {
  const connection = new ServerConnection({
    connectionId: 0,
    scramble: new Uint8Array(20).fill(1),
    serverVersion: '',
    tls: false,
    maxAllowedPacket: 1024,
  });
  connection.error(error);
  stream.write(connection.take());
  stream.end();
  setTimeout(() => stream.destroy(), closeTimeoutMs).unref();
}

class Conversation {
  readonly #options: ClientLoginOptions;
  readonly #connection: ServerConnection;
  #deadline: number;
  #stream: ServerStream;
  #encrypted = false;
  #gone = false;
  #wake: (() => void) | undefined;
  #drain: (() => void) | undefined;

  constructor(stream: ServerStream, options: ClientLoginOptions) {
    const { connectionId, scramble, serverVersion, packetSizeMax, secure } = options;
    this.#options = options;
    this.#stream = stream;
    this.#deadline = performance.now() + options.timeoutMs;
    this.#connection = new ServerConnection({
      connectionId,
      scramble,
      serverVersion,
      tls: secure !== undefined,
      // A server that asks for a file would break the order of commands and answers.
      localFiles: false,
      maxAllowedPacket: packetSizeMax,
    });
    this.#listen();
  }

  async run(): Promise<Candidate> {
    this.#connection.greet();
    this.#flush();
    let event = await this.#event();
    if (event.kind === 'tls-request') {
      await this.#secure();
      event = await this.#event();
    }
    if (event.kind !== 'login') throw handshakeError(`${event.kind} instead of a login`);
    const { response } = event;
    return {
      response,
      capabilities: this.#connection.capabilities,
      encrypted: this.#encrypted,
      ask: (payload) => this.#ask(payload),
      admit: (ok) => this.#admit(ok),
      hold: (ok) => this.#hold(ok),
      refuse: (error) => this.refuse(error),
    };
  }

  refuse(error: unknown): void {
    if (!this.#gone) this.#connection.error(error);
    this.#flush();
    this.#close();
  }

  #close(): void {
    this.#unlisten();
    this.#lost();
    const stream = this.#stream;
    stream.on('error', () => undefined);
    stream.end();
    setTimeout(() => stream.destroy(), closeTimeoutMs).unref();
  }

  async #ask(payload: Uint8Array): Promise<Uint8Array | undefined> {
    if (payload[0] === authSwitchHeader) {
      const { plugin, scramble } = decodeAuthSwitch(payload);
      this.#connection.authSwitch(plugin, scramble);
    } else {
      const data = payload.subarray(1);
      this.#connection.authMoreData(data);
      // The short way has worked: OK comes next.
      if (data.length === 1 && data[0] === fastAuthDone) {
        this.#flush();
        return undefined;
      }
    }
    this.#flush();
    const event = await this.#event();
    if (event.kind !== 'auth-response') throw handshakeError(`${event.kind} in the middle of a login`);
    return event.response;
  }

  #admit(ok: Partial<Ok>): { stream: ServerStream; rest: Uint8Array } {
    this.#connection.admit(ok);
    this.#flush();
    this.#unlisten();
    return { stream: this.#stream, rest: this.#connection.takeRest() };
  }

  #hold(ok: Partial<Ok>): HeldClient {
    this.#connection.admit(ok);
    this.#flush();
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#stream.on('drain', () => this.#drain?.());
    return {
      connection: this.#connection,
      next: () => this.#event().catch(() => undefined),
      flush: () => this.#drained(),
      close: () => this.#close(),
    };
  }

  async #drained(): Promise<void> {
    const bytes = this.#connection.take();
    if (bytes.length === 0 || this.#gone || this.#stream.write(bytes)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drain = resolve;
    this.#stream.pause();
    await promise;
    this.#stream.resume();
  }

  async #secure(): Promise<void> {
    const { secure } = this.#options;
    if (secure === undefined) throw handshakeError('TLS asked for, and none is offered');
    const rest = this.#connection.takeRest();
    if (rest.length > 0 && rest[0] !== tlsHandshakeRecord)
      throw handshakeError('bytes in clear text behind the TLS request');
    this.#unlisten();
    // Else what is given back would flow away before TLS reads it.
    this.#stream.pause();
    if (rest.length > 0) (this.#stream as ServerStream & { unshift(bytes: Uint8Array): void }).unshift(rest);
    this.#stream = await secure(this.#stream, rest.length);
    this.#encrypted = true;
    this.#listen();
    this.#connection.secured();
  }

  async #event(): Promise<ServerEvent> {
    for (;;) {
      const event = this.#connection.next();
      if (event !== undefined) return event;
      if (this.#gone) throw handshakeError('the client is gone');
      const leftMs = this.#deadline - performance.now();
      if (leftMs <= 0) throw new ObError('ER_NET_READ_INTERRUPTED');
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = Number.isFinite(leftMs) ? setTimeout(resolve, leftMs) : undefined;
      this.#wake = resolve;
      await promise.finally(() => clearTimeout(timer));
    }
  }

  #listen(): void {
    this.#stream.on('data', this.#received);
    this.#stream.on('error', this.#lost);
    this.#stream.on('close', this.#lost);
  }

  /** Others listen too. */
  #unlisten(): void {
    this.#stream.off('data', this.#received);
    this.#stream.off('error', this.#lost);
    this.#stream.off('close', this.#lost);
  }

  readonly #received = (chunk: Uint8Array): void => {
    this.#connection.receive(chunk);
    this.#wake?.();
  };

  readonly #lost = (): void => {
    this.#gone = true;
    this.#wake?.();
    this.#drain?.();
  };

  #flush(): void {
    const bytes = this.#connection.take();
    if (bytes.length > 0 && !this.#gone) this.#stream.write(bytes);
  }
}

const closeTimeoutMs = 2_000;

function handshakeError(what: string): ObError {
  return new ObError('ER_HANDSHAKE_ERROR', [], { details: { what } });
}
