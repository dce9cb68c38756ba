import {
  encodeErr,
  encodeOk,
  errorPacket,
  type Ob20Link,
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
  readonly #frames: Ob20Link | undefined;
  /** The answer to a question that the client has been asked within a command. */
  #asked: { readonly sequenceId: number; answer(payload: Uint8Array): void } | undefined;

  /** @param frames  where both speak the OceanBase 2.0 protocol */
  constructor(stream: ServerStream, packetSizeMax: number, frames: Ob20Link | undefined) {
    this.#stream = stream;
    this.#frames = frames;
    this.#decoder = new PacketDecoder(packetSizeMax);
  }

  /** Bytes that have come and aren't handed out. */
  get buffered(): number {
    return this.#decoder.buffered + (this.#frames?.buffered ?? 0);
  }

  received(chunk: Uint8Array): void {
    if (this.#frames === undefined) this.#decoder.push(chunk);
    else this.#frames.push(chunk);
    this.#hearAnswer();
  }

  /**
   * @returns the next command
   * @throws ObError OB_ERR_NET_PACKET_TOO_LARGE, ER_NET_PACKETS_OUT_OF_ORDER, and what is wrong with a frame
   */
  nextCommand(): Uint8Array | undefined {
    return this.#next(0);
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
    this.#send(writer.take(), true);
  }

  ok(ok: Ok, capabilities: number, sequenceId: number): void {
    const writer = new PacketWriter(sequenceId);
    encodeOk(writer, ok, { capabilities });
    this.#send(writer.take(), true);
  }

  error(error: unknown, sequenceId: number): void {
    const writer = new PacketWriter(sequenceId);
    encodeErr(writer, errorPacket(error), { sqlState: true });
    this.#send(writer.take(), true);
  }

  /** Packets of an answer. @param last  it ends with them. @returns whether the client takes more */
  write(pieces: readonly Uint8Array[], last: boolean): boolean {
    const [first] = pieces;
    return this.#send(pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces), last);
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
    const payload = this.#next(this.#asked.sequenceId);
    if (payload === undefined) return;
    const { answer } = this.#asked;
    this.#asked = undefined;
    answer(Uint8Array.from(payload));
  }

  #next(sequenceId: number): Uint8Array | undefined {
    this.#decoder.expect(sequenceId);
    for (;;) {
      const packet = this.#decoder.next();
      if (packet !== undefined) return packet.payload;
      // The next frame may be another request's: it isn't looked at before it is needed.
      const bytes = this.#frames?.next();
      if (bytes === undefined) return undefined;
      this.#decoder.push(bytes);
    }
  }

  #send(packets: Uint8Array, last: boolean): boolean {
    return this.#stream.write(this.#frames?.answer(packets, last) ?? packets);
  }
}

/** Of the first packet of an answer: a command over 16 MiB has come in several. */
export function answerSequenceId(command: Uint8Array): number {
  return (1 + Math.floor(command.length / packetPayloadMax)) & 0xff;
}
