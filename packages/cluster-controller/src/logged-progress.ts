import type { ClusterView } from './cluster-view.ts';
import type { Logger } from './logger.ts';
import type { Progress } from './progress.ts';
import type { Step } from './step.ts';

/** Writes every step into the controller's log, and passes everything on. */
export class LoggedProgress implements Progress {
  readonly #logger: Logger;
  readonly #next: Progress;
  #waitedFor = '';

  constructor(logger: Logger, next: Progress) {
    this.#logger = logger;
    this.#next = next;
  }

  see(view: ClusterView): void {
    this.#next.see(view);
  }

  begin(step: Step, view: ClusterView): void {
    this.#logger.info({ step }, 'step begins');
    this.#next.begin(step, view);
  }

  wait(reason: string): void {
    if (reason !== this.#waitedFor) this.#logger.debug({ reason }, 'waits');
    this.#waitedFor = reason;
    this.#next.wait(reason);
  }

  end(step: Step, ms: number): void {
    this.#logger.info({ step, ms: Math.round(ms) }, 'step done');
    this.#next.end(step, ms);
  }

  fail(step: Step, reason: string): void {
    this.#logger.error({ step, reason }, 'step failed');
    this.#next.fail(step, reason);
  }

  say(text: string): void {
    this.#logger.info({}, text);
    this.#next.say(text);
  }

  close(): void {
    this.#next.close();
  }
}
