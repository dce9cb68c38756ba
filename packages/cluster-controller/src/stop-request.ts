import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeDurably } from './durable-file.ts';

/** What another terminal asks of the controller that is at work. */
export type StopRequest =
  /** Stop when no node is down. */
  | 'pause'
  /** Stop between two steps: another one takes over and backs out. */
  | 'hand over';

/**
 * A request lies in a file beside the journal, so that whoever asks needs nothing but the disk. It names the process that is asked: no
 * other heeds it, and one that is left over does no harm.
 */
export class StopRequests {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** @param pid  of the controller that is asked */
  make(request: StopRequest, pid: number): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    writeDurably(this.#file, `${pid} ${request}\n`);
  }

  /** What this process is asked for; undefined when nobody asks for anything. */
  pending(pid: number): StopRequest | undefined {
    const [, asked, request] = /^(\d+) (pause|hand over)$/.exec(this.#read()) ?? [];
    return Number(asked) === pid ? (request as StopRequest) : undefined;
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
