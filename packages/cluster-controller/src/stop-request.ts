import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeDurably } from './durable-file.ts';

/** What another terminal asks of the controller that is at work. */
export type StopRequest =
  /** Stop when no node is down. */
  | 'pause'
  /** Stop between two steps: another one takes over and backs out. */
  | 'hand over';

/** A request lies in a file beside the journal, so that whoever asks needs nothing but the disk. */
export class StopRequests {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  make(request: StopRequest): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    writeDurably(this.#file, `${request}\n`);
  }

  /** Undefined when nobody asks for anything. */
  pending(): StopRequest | undefined {
    const text = this.#read();
    return text === 'pause' || text === 'hand over' ? text : undefined;
  }

  withdraw(): void {
    rmSync(this.#file, { force: true });
  }

  #read(): string {
    try {
      return readFileSync(this.#file, 'utf8').trim();
    } catch {
      return ''; // There is none.
    }
  }
}
