/** One end of the line between the two threads: ordered, and nothing on it is lost. */
export interface Channel<Outgoing, Incoming> {
  /** @param bytes  if they fill a buffer of their own, the buffer may be given away: don't use them any more */
  post(message: Outgoing, bytes?: Uint8Array): void;
  /** Sends what waits for the end of the turn: for who knows that the turn is at its end. */
  flush(): void;
  /** One receiver; what comes before is kept for it. */
  onMessage(receive: (message: Incoming) => void): void;
}

/** A MessagePort, or what a Worker has of one. */
export interface Port {
  postMessage(value: unknown, transfer: ArrayBuffer[]): void;
  on(event: 'message', listener: (value: unknown) => void): unknown;
}

/** Waking the other thread costs more than what is said: everything of one turn of the event loop goes in one piece. */
export class PortChannel<Outgoing, Incoming> implements Channel<Outgoing, Incoming> {
  readonly #port: Port;
  #batch: Outgoing[] = [];
  #transfer: ArrayBuffer[] = [];

  constructor(port: Port) {
    this.#port = port;
  }

  post(message: Outgoing, bytes?: Uint8Array): void {
    if (this.#batch.length === 0) setImmediate(() => this.flush());
    this.#batch.push(message);
    if (bytes !== undefined && bytes.byteLength >= transferSizeMin && ownsBuffer(bytes)) {
      this.#transfer.push(bytes.buffer);
    }
  }

  onMessage(receive: (message: Incoming) => void): void {
    this.#port.on('message', (batch) => {
      for (const message of batch as readonly Incoming[]) receive(message);
    });
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    const transfer = this.#transfer;
    this.#batch = [];
    this.#transfer = [];
    this.#port.postMessage(batch, transfer);
  }
}

/** Below, copying is cheaper. */
const transferSizeMin = 32 * 1024;

function ownsBuffer(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
}

/** @returns the same bytes in a buffer of their own: a view into a larger one would take all of it along */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return ownsBuffer(bytes) && !Buffer.isBuffer(bytes) ? bytes : new Uint8Array(bytes);
}
