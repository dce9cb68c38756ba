import { PacketWriter } from '@sealane/mysql-protocol';
import { unpack } from '../container.ts';
import { mustBeSame, pieces } from '../pieces.ts';

/** One end of a connection, and what it does when something comes. */
export interface ConnectionEnd {
  /** What came of it so far. */
  readonly seen: readonly unknown[];
  /** Of the packet that is framed next, as the other end would count. */
  nextSequenceId(): number;
  feed(bytes: Uint8Array): void;
}

/** The option that each end knows. */
const raw = 1;

/**
 * Feeds an end of a connection. Byte 0 of the input has options, then packets in a container, which are framed as they
 * should be, or (option 1) a stream of bytes that is fed as it is, whole and in pieces.
 *
 * @returns what the end has seen
 */
export function converse(input: Uint8Array, open: (options: number) => ConnectionEnd): readonly unknown[] {
  const options = input[0] ?? 0;
  const rest = input.subarray(1);
  if ((options & raw) === 0) return framed(open(options), unpack(rest));
  const whole = streamed(open(options), [rest]);
  mustBeSame(whole, streamed(open(options), pieces(rest)));
  return whole;
}

function framed(end: ConnectionEnd, payloads: readonly Uint8Array[]): readonly unknown[] {
  for (const payload of payloads) {
    const writer = new PacketWriter(end.nextSequenceId());
    writer.begin().bytes(payload).end();
    end.feed(writer.take());
  }
  return end.seen;
}

function streamed(end: ConnectionEnd, chunks: readonly Uint8Array[]): readonly unknown[] {
  for (const chunk of chunks) end.feed(chunk);
  return end.seen;
}
