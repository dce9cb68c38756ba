import { ObError } from '@sealane/errors';
import type { ClientWatch } from '../client-watch.ts';
import type { StopReason } from '../execute.ts';
import type { StopRequests } from '../stop-request.ts';

const EXIT_FAILED = 1;

export interface StopSources {
  readonly requests: StopRequests;
  readonly watch: ClientWatch | undefined;
  readonly errorBudget: number;
  /** Tells whoever pressed Ctrl-C that it was heard. */
  readonly say: (text: string) => void;
}

/** Everything that may want a run to stop before its goal: Ctrl-C, another terminal, the clients. */
export class StopSwitch {
  readonly #sources: StopSources;
  readonly #onSignal = () => this.#interrupt();
  #interrupted = false;

  constructor(sources: StopSources) {
    this.#sources = sources;
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  wanted(): StopReason | undefined {
    const { requests, watch, errorBudget } = this.#sources;
    const request = requests.pending(process.pid);
    if (request === 'hand over')
      return { when: 'at once', reason: 'another controller takes over to back out' };
    const spent = watch?.spent(errorBudget);
    if (spent !== undefined) {
      const message = `the error budget is spent: ${spent}`;
      return { when: 'safely', reason: message, error: new ObError('OB_OP_NOT_ALLOW', [], { message }) };
    }
    if (request === 'pause') return { when: 'safely', reason: 'it was paused from another terminal' };
    if (this.#interrupted) return { when: 'safely', reason: 'it was interrupted' };
    return undefined;
  }

  close(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }

  /** Twice is meant as it is said: the journal knows enough to go on from anywhere. */
  #interrupt(): void {
    if (this.#interrupted) process.exit(EXIT_FAILED);
    this.#interrupted = true;
    this.#sources.say('stops as soon as no node is down; once more to leave at once');
  }
}
