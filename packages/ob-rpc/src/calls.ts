import { isObError, ObError } from '@sealane/errors';
import type { Packet } from './packet.ts';
import { pcodeName } from './pcode.ts';

/** Who waits for answers on one channel. */
export interface Call {
  readonly pcode: number;
  /** True as soon as a byte of it may have left this process. */
  sent: boolean;
  receive(packet: Packet): 'done' | 'more';
  fail(error: ObError): void;
}

/**
 * The calls in flight on one dialled link, by channel id. A call that fails says whether it was
 * sent: not sent may be tried again anywhere, sent is unknown.
 */
export class CallTable {
  readonly #calls = new Map<number, Call>();
  #nextChannelId = 1;

  get size(): number {
    return this.#calls.size;
  }

  /** @returns the channel id, unique among the calls in flight */
  add(call: Call): number {
    while (this.#calls.has(this.#nextChannelId)) this.#advance();
    const channelId = this.#nextChannelId;
    this.#advance();
    this.#calls.set(channelId, call);
    return channelId;
  }

  get(channelId: number): Call | undefined {
    return this.#calls.get(channelId);
  }

  remove(channelId: number): void {
    this.#calls.delete(channelId);
  }

  /** @returns false when nobody waits on this channel (any more) */
  answer(channelId: number, packet: Packet): boolean {
    const call = this.#calls.get(channelId);
    if (call === undefined) return false;
    if (call.receive(packet) === 'done') this.#calls.delete(channelId);
    return true;
  }

  /** Fails the calls of which a byte may have left. */
  failSent(cause: ObError): void {
    this.#fail((call) => call.sent, cause);
  }

  /** Fails the calls of which no byte has left. */
  failUnsent(cause: ObError): void {
    this.#fail((call) => !call.sent, cause);
  }

  #fail(chosen: (call: Call) => boolean, cause: ObError): void {
    for (const [channelId, call] of [...this.#calls]) {
      if (!chosen(call)) continue;
      this.#calls.delete(channelId);
      call.fail(linkFailure(call, cause));
    }
  }

  #advance(): void {
    this.#nextChannelId = this.#nextChannelId === 0xffffffff ? 1 : this.#nextChannelId + 1;
  }
}

/**
 * Whether a failed call may have reached the peer. An error that the peer answered, and any error
 * that doesn't come from a link, counts as sent.
 */
export function wasSent(error: unknown): boolean {
  return !(isObError(error) && error.details['sent'] === false);
}

function linkFailure(call: { readonly pcode: number; readonly sent: boolean }, cause: ObError): ObError {
  const name = call.sent ? 'OB_RPC_SEND_ERROR' : 'OB_RPC_POST_ERROR';
  return new ObError(name, [], {
    message: `${pcodeName(call.pcode)} ${call.sent ? 'was sent, its effect is unknown' : 'was not sent'}: ${cause.message}`,
    details: { sent: call.sent },
    cause,
  });
}
