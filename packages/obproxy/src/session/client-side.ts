import {
  encodeErr,
  encodeOk,
  errorPacket,
  type Ok,
  PacketDecoder,
  PacketWriter,
  packetPayloadMax,
} from '@sealane/mysql-protocol';
import type { ServerStream } from '../server/server-link.ts';

const closeTimeoutMs = 2_000;

/** The client's end of a session: its commands come as payloads, in order. */
export class ClientSide {
  readonly #stream: ServerStream;
  readonly #decoder: PacketDecoder;
  /** The answer to a question that the client has been asked within a command. */
  #asked: { readonly sequenceId: number; answer(payload: Uint8Array): void } | undefined;

  constructor(stream: ServerStream, packetSizeMax: number) {
    this.#stream = stream;
    this.#decoder = new PacketDecoder(packetSizeMax);
  }

  /** Bytes that have come and aren't handed out. */
  get buffered(): number {
    return this.#decoder.buffered;
  }

  received(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    this.#hearAnswer();
  }

  /** @returns the next command. @throws ObError OB_ERR_NET_PACKET_TOO_LARGE, ER_NET_PACKETS_OUT_OF_ORDER */
  nextCommand(): Uint8Array | undefined {
    this.#decoder.expect(0);
    return this.#decoder.next()?.payload;
  }

  /** Asks the client in the midst of a command. @param sequenceId  of the question; its answer has the next one */
  ask(payload: Uint8Array, sequenceId: number): Promise<Uint8Array> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    this.tell(payload, sequenceId);
    this.#asked = { sequenceId: (sequenceId + 1) & 0xff, answer: resolve };
    this.#hearAnswer();
    return promise;
  }

  tell(payload: Uint8Array, sequenceId: number): void {
    const writer = new PacketWriter(sequenceId);
    writer.begin().bytes(payload).end();
    this.#stream.write(writer.take());
  }

  ok(ok: Ok, capabilities: number, sequenceId: number): void {
    const writer = new PacketWriter(sequenceId);
    encodeOk(writer, ok, { capabilities });
    this.#stream.write(writer.take());
  }

  error(error: unknown, sequenceId: number): void {
    const writer = new PacketWriter(sequenceId);
    encodeErr(writer, errorPacket(error), { sqlState: true });
    this.#stream.write(writer.take());
  }

  /** @returns whether the client takes more */
  write(pieces: readonly Uint8Array[]): boolean {
    const [first] = pieces;
    return this.#stream.write(pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces));
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** What is written goes out first. */
  close(): void {
    this.#stream.end();
    setTimeout(() => this.#stream.destroy(), closeTimeoutMs).unref();
  }

  #hearAnswer(): void {
    if (this.#asked === undefined) return;
    this.#decoder.expect(this.#asked.sequenceId);
    const packet = this.#decoder.next();
    if (packet === undefined) return;
    const { answer } = this.#asked;
    this.#asked = undefined;
    answer(Uint8Array.from(packet.payload));
  }
}

/** Of the first packet of an answer: a command over 16 MiB has come in several. */
export function answerSequenceId(command: Uint8Array): number {
  return (1 + Math.floor(command.length / packetPayloadMax)) & 0xff;
}
