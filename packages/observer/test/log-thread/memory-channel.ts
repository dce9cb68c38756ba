import type { Channel } from '../../src/log-thread/channel.ts';

/** One end in memory. Messages are cloned and come later, as between threads; a held end gets nothing until it is released. */
export class MemoryEnd<Outgoing, Incoming> implements Channel<Outgoing, Incoming> {
  /** Not yet received, oldest first. */
  readonly waiting: Incoming[] = [];
  held = false;
  #other: MemoryEnd<Incoming, Outgoing> | undefined;
  #receive: ((message: Incoming) => void) | undefined;

  connect(other: MemoryEnd<Incoming, Outgoing>): void {
    this.#other = other;
  }

  post(message: Outgoing): void {
    const other = this.#other;
    if (other === undefined) throw new Error('not connected');
    other.waiting.push(structuredClone(message));
    setImmediate(() => other.deliver());
  }

  flush(): void {}

  onMessage(receive: (message: Incoming) => void): void {
    this.#receive = receive;
    this.deliver();
  }

  release(): void {
    this.held = false;
    this.deliver();
  }

  deliver(): void {
    while (!this.held && this.#receive !== undefined && this.waiting.length > 0) {
      this.#receive(this.waiting.shift() as Incoming);
    }
  }
}

export function memoryChannel<Left, Right>(): [MemoryEnd<Left, Right>, MemoryEnd<Right, Left>] {
  const left = new MemoryEnd<Left, Right>();
  const right = new MemoryEnd<Right, Left>();
  left.connect(right);
  right.connect(left);
  return [left, right];
}
