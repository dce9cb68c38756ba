import { isObError, ObError } from '@sealane/errors';
import { GrantedItems, isAsyncIterable } from './granted-items.ts';
import type { Logger } from './link-ports.ts';
import { encodePacket, type Packet, type PacketHeader, packetFlags } from './packet.ts';
import { decodePayload, EncodedBody } from './payload.ts';
import { pcodeName, pcodes, STREAM_WINDOW } from './pcode.ts';
import { encodeFailure, encodeResult } from './response-body.ts';

/** A request as its handler sees it. */
export interface RpcRequest {
  readonly pcode: number;
  /** `ip:rpc_port` of the server that dialled; undefined for a tool. */
  readonly from: string | undefined;
  /** Kind of program that dialled. */
  readonly identity: string;
  readonly remoteAddress: string;
  readonly encrypted: boolean;
  readonly tenantId: number;
  /** The answer may be a stream. */
  readonly stream: boolean;
  /** Unchecked. Read when it is asked for: OB_RPC_PACKET_INVALID then. */
  readonly body: unknown;
  /** The body as it came, in bytes of its own. */
  encodedBody(): EncodedBody;
  /** Time of `performance.now()` by which the caller wants the answer; Infinity for a post or a stream. */
  readonly deadlineMs: number;
}

/** An AsyncIterable answers a stream, anything else a call. What a post's handler gives is dropped. */
export type RpcHandler = (request: RpcRequest) => unknown;

export interface RequestDispatcherOptions {
  readonly handlers: ReadonlyMap<number, RpcHandler>;
  readonly peer: () => Pick<RpcRequest, 'from' | 'identity' | 'remoteAddress' | 'encrypted'>;
  readonly requestsInFlightMax: number;
  readonly logger: Logger;
  write(bytes: Buffer): void;
  /** Resolves when more may be written; rejects when the link is gone. */
  writable(): Promise<void>;
  /** No request is being worked on any more. */
  onQuiet(): void;
}

/** Runs the requests of one accepted link and writes their answers. */
export class RequestDispatcher {
  readonly #options: RequestDispatcherOptions;
  readonly #streams = new Map<number, GrantedItems>();
  #inFlight = 0;
  #stopping = false;

  constructor(options: RequestDispatcherOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Handlers start in the order of the packets.
   *
   * @param refused  why this request is not to be served
   */
  dispatch(channelId: number, packet: Packet, refused?: ObError): void {
    const { pcode } = packet.header;
    if (pcode === pcodes.STREAM_CREDIT) this.#streams.get(channelId)?.grant(creditOf(packet));
    else if (pcode === pcodes.STREAM_CANCEL) this.#streams.get(channelId)?.cancel();
    else this.#start(channelId, packet, refused);
  }

  /** New requests are refused from now on. */
  refuseNew(): void {
    this.#stopping = true;
  }

  /** The link is gone: nobody waits for the streams. */
  abandon(): void {
    for (const stream of this.#streams.values()) stream.cancel();
  }

  #start(channelId: number, packet: Packet, refused: ObError | undefined): void {
    const refusal = refused ?? this.#refusal(packet.header.pcode);
    if (refusal !== undefined) {
      this.#fail(channelId, packet.header, refusal);
      return;
    }
    this.#inFlight += 1;
    const { header } = packet;
    try {
      const request = new ReceivedRequest(packet, this.#options.peer());
      const result = this.#options.handlers.get(header.pcode)?.(request);
      const isPost = wantsNoAnswer(header) && !(result instanceof Promise) && !isAsyncIterable(result);
      if (isPost) this.#ended();
      else void this.#finish(channelId, header, result).finally(() => this.#ended());
    } catch (error) {
      this.#failed(channelId, header, error);
      this.#ended();
    }
  }

  #ended(): void {
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#options.onQuiet();
  }

  #refusal(pcode: number): ObError | undefined {
    if (this.#stopping) return new ObError('OB_SERVER_IS_STOPPING');
    if (!this.#options.handlers.has(pcode))
      return new ObError('OB_NOT_SUPPORTED', [`packet code ${pcodeName(pcode)}`]);
    if (this.#inFlight < this.#options.requestsInFlightMax) return undefined;
    return new ObError('OB_QUEUE_OVERFLOW', [], {
      message: `more than ${this.#options.requestsInFlightMax} requests are in flight on this link; wait for answers`,
    });
  }

  async #finish(channelId: number, header: PacketHeader, result: unknown): Promise<void> {
    try {
      if (isAsyncIterable(result)) await this.#stream(channelId, header, result);
      else if (wantsNoAnswer(header)) await result;
      else this.#answer(channelId, header, packetFlags.response, encodeResult(await result));
    } catch (error) {
      this.#failed(channelId, header, error);
    }
  }

  #failed(channelId: number, header: PacketHeader, error: unknown): void {
    if (!isObError(error))
      this.#options.logger.error({ pcode: pcodeName(header.pcode), err: error }, 'an RPC handler failed');
    this.#fail(channelId, header, error);
  }

  async #stream(channelId: number, header: PacketHeader, items: AsyncIterable<unknown>): Promise<void> {
    if ((header.flags & packetFlags.stream) === 0) {
      throw new ObError('OB_NOT_SUPPORTED', [
        `a call of ${pcodeName(header.pcode)}, which answers with a stream,`,
      ]);
    }
    const stream = new GrantedItems(items, STREAM_WINDOW);
    this.#streams.set(channelId, stream);
    const flags = packetFlags.response | packetFlags.stream;
    try {
      for await (const item of stream.granted()) {
        this.#answer(channelId, header, flags, encodeResult(item));
        await this.#options.writable();
      }
      if (!stream.cancelled) this.#answer(channelId, header, flags | packetFlags.last, encodeResult(null));
    } finally {
      this.#streams.delete(channelId);
    }
  }

  #fail(channelId: number, header: PacketHeader, error: unknown): void {
    if (wantsNoAnswer(header)) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.warn({ pcode: pcodeName(header.pcode), reason }, 'a post was dropped');
      return;
    }
    const stream = header.flags & packetFlags.stream;
    const flags = packetFlags.response | stream | (stream === 0 ? 0 : packetFlags.last);
    this.#answer(channelId, header, flags, encodeFailure(error));
  }

  #answer(channelId: number, request: PacketHeader, flags: number, body: Buffer): void {
    const { pcode, priority, tenantId, traceId0, traceId1, traceId2, traceId3 } = request;
    const header = { pcode, priority, tenantId, traceId0, traceId1, traceId2, traceId3, flags };
    this.#options.write(encodePacket(channelId, header, body));
  }
}

class ReceivedRequest implements RpcRequest {
  readonly pcode: number;
  readonly from: string | undefined;
  readonly identity: string;
  readonly remoteAddress: string;
  readonly encrypted: boolean;
  readonly tenantId: number;
  readonly stream: boolean;
  readonly deadlineMs: number;
  readonly #body: Buffer;

  constructor({ header, body }: Packet, peer: ReturnType<RequestDispatcherOptions['peer']>) {
    this.pcode = header.pcode;
    this.from = peer.from;
    this.identity = peer.identity;
    this.remoteAddress = peer.remoteAddress;
    this.encrypted = peer.encrypted;
    this.tenantId = Number(header.tenantId);
    this.stream = (header.flags & packetFlags.stream) !== 0;
    const answered = !wantsNoAnswer(header) && !this.stream;
    this.deadlineMs = answered ? performance.now() + Number(header.timeoutUs) / 1000 : Infinity;
    this.#body = body;
  }

  get body(): unknown {
    return decodePayload(this.#body);
  }

  encodedBody(): EncodedBody {
    return new EncodedBody(new Uint8Array(this.#body));
  }
}

function creditOf(packet: Packet): number {
  const count = decodePayload(packet.body);
  return typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : 0;
}

function wantsNoAnswer(header: PacketHeader): boolean {
  return (header.flags & packetFlags.noResponse) !== 0;
}
