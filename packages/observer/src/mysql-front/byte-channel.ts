import { ObError } from '@sealane/errors';
import type { ServerConnection, ServerEvent } from '@sealane/mysql-protocol';
import type { FrontLimits } from './limits.ts';
import type { FrontSocket } from './ports.ts';

/**
 * Carries bytes between a socket and the protocol: events are pulled with a deadline, answers are written no faster than
 * the client takes them. Memory is bounded both ways.
 */
export class ByteChannel {
  readonly #connection: ServerConnection;
  readonly #limits: FrontLimits;
  readonly #now: () => number;
  #socket: FrontSocket;
  #lastByteAt: number;
  #wake: ((woken: boolean) => void) | undefined;
  /** When who waits has waited long enough, and the timer for it; it stays where it fires early enough. */
  #wakeAt = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #waitsForInput = false;
  #paused = false;
  #gone = false;
  #flushes = 0;
  /** Called once, when the client is gone. */
  onGone: () => void = () => undefined;

  constructor(socket: FrontSocket, connection: ServerConnection, limits: FrontLimits, now: () => number) {
    this.#now = now;
    this.#lastByteAt = now();
    this.#socket = socket;
    this.#connection = connection;
    this.#limits = limits;
    this.attach(socket);
  }

  /** The client is gone, or we let it go. */
  get gone(): boolean {
    return this.#gone;
  }

  /** When the last byte came or went, in milliseconds since 1970. */
  get lastByteAt(): number {
    return this.#lastByteAt;
  }

  /** Goes on over this socket: the TLS one, after an upgrade. */
  attach(socket: FrontSocket): void {
    this.#socket = socket;
    socket.on('data', this.#onData);
    socket.on('drain', this.#onWake);
    socket.on('end', this.#onGone);
    socket.on('close', this.#onGone);
    socket.on('error', this.#onGone);
    socket.resume();
  }

  /** Lets go of the socket without closing it; it is paused. */
  detach(): FrontSocket {
    const socket = this.#socket;
    socket.off('data', this.#onData);
    socket.off('drain', this.#onWake);
    socket.off('end', this.#onGone);
    socket.off('close', this.#onGone);
    socket.off('error', this.#onGone);
    socket.pause();
    return socket;
  }

  /**
   * @param timeoutMs  for the beginning of a packet; with `whole`, for all of it, so that dripping bytes gains nothing
   * @returns what the client asks for next; undefined when it is gone
   * @throws ObError ER_NET_READ_INTERRUPTED when the time is up, or when the rest of a packet doesn't come; what the protocol refuses
   */
  async nextEvent(timeoutMs: number, { whole = false } = {}): Promise<ServerEvent | undefined> {
    const deadline = this.#now() + timeoutMs;
    for (;;) {
      const event = this.#connection.next();
      if (event !== undefined) return event;
      if (this.#gone) return undefined;
      const begun = this.#connection.buffered > 0;
      this.#waitsForInput = true;
      if (this.#paused) this.#resume();
      const left = Math.max(0, deadline - this.#now());
      const { readTimeoutMs } = this.#limits;
      const woken = await this.#wait(begun ? (whole ? Math.min(left, readTimeoutMs) : readTimeoutMs) : left);
      this.#waitsForInput = false;
      if (!woken) throw new ObError('ER_NET_READ_INTERRUPTED', [], { details: { begun, timeoutMs } });
    }
  }

  /**
   * Hands over what is written.
   *
   * @param last  of an answer
   * @returns until when to wait: the client has to take some of it first; undefined: go on
   */
  flush(last = true): Promise<void> | undefined {
    const bytes = this.#connection.take(last);
    if (bytes.length === 0) return undefined;
    if (this.#gone) throw clientGone();
    this.#lastByteAt = this.#now();
    return this.#socket.write(bytes) ? undefined : this.#drained();
  }

  /** Between rows: flushes when enough has gathered, and gives others a turn now and then. */
  async flushWhenFull(): Promise<void> {
    if (this.#connection.pending < this.#limits.outputBufferMax) return;
    await this.flush(false);
    if (++this.#flushes % flushesPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Sends what is written, then closes; what the client doesn't take in time is lost. */
  close(): void {
    const bytes = this.#connection.take();
    this.#connection.close();
    if (bytes.length > 0 && !this.#socket.destroyed) this.#socket.write(bytes);
    this.#socket.end();
    const socket = this.#socket;
    setTimeout(() => socket.destroy(), closeTimeoutMs).unref();
    this.#onGone();
  }

  /** Closes at once. */
  destroy(): void {
    this.#connection.close();
    this.#socket.destroy();
    this.#onGone();
  }

  async #drained(): Promise<void> {
    let drained = false;
    const onDrain = (): void => {
      drained = true;
    };
    const socket = this.#socket;
    socket.on('drain', onDrain);
    try {
      const deadline = Date.now() + this.#limits.writeTimeoutMs;
      while (!drained && !this.#gone) {
        const left = deadline - Date.now();
        if (left <= 0 || !(await this.#wait(left))) throw new ObError('ER_NET_WRITE_INTERRUPTED');
      }
    } finally {
      socket.off('drain', onDrain);
    }
    if (this.#gone) throw clientGone();
  }

  /** @returns whether something happened before the time was up */
  #wait(timeoutMs: number): Promise<boolean> {
    this.#wakeAt = performance.now() + timeoutMs;
    if (this.#timerAt > this.#wakeAt) this.#setTimer(timeoutMs);
    return new Promise((resolve) => {
      this.#wake = (woken) => {
        this.#wake = undefined;
        resolve(woken);
      };
    });
  }

  /** Most waits are over long before their time: they share a timer, which then looks who waits. */
  #setTimer(timeoutMs: number): void {
    clearTimeout(this.#timer);
    const delayMs = Math.min(timeoutMs, timerMax);
    this.#timerAt = performance.now() + delayMs;
    this.#timer = setTimeout(() => this.#timeIsUp(), delayMs);
  }

  #timeIsUp(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (this.#wake === undefined) return;
    const leftMs = this.#wakeAt - performance.now();
    // A timer may fire a moment too early.
    if (leftMs > 1) this.#setTimer(leftMs);
    else this.#wake(false);
  }

  #resume(): void {
    this.#paused = false;
    this.#socket.resume();
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#lastByteAt = this.#now();
    this.#connection.receive(chunk);
    if (!this.#waitsForInput && this.#connection.buffered > this.#limits.inputBufferMax) {
      this.#paused = true;
      this.#socket.pause();
    }
    this.#onWake();
  };

  readonly #onWake = (): void => {
    this.#wake?.(true);
  };

  readonly #onGone = (): void => {
    if (!this.#gone) {
      this.#gone = true;
      clearTimeout(this.#timer);
      this.onGone();
    }
    this.#onWake();
  };
}

/** Long answers leave room for others after this many buffers. */
const flushesPerTurn = 8;
const closeTimeoutMs = 2_000;
/** The longest a timer can wait: 2^31 - 1. */
const timerMax = 2_147_483_647;

function clientGone(): ObError {
  return new ObError('ER_NET_READ_ERROR', [], { message: 'the client is gone' });
}
