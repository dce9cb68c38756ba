import type { ClusterView } from './cluster-view.ts';
import type { Logger } from './logger.ts';
import type { Progress } from './progress.ts';
import type { Step } from './step.ts';

/**
 * Writes every step into the controller's log, and passes everything on. A log that can't be written, on a full disk, must not keep a
 * node from being brought back: people are told in the end.
 */
export class LoggedProgress implements Progress {
  readonly #logger: Logger;
  readonly #next: Progress;
  #waitedFor = '';
  #trouble: string | undefined;

  constructor(logger: Logger, next: Progress) {
    this.#logger = logger;
    this.#next = next;
  }

  see(view: ClusterView): void {
    this.#next.see(view);
  }

  begin(step: Step, view: ClusterView): void {
    this.#log('info', { step }, 'step begins');
    this.#next.begin(step, view);
  }

  wait(reason: string): void {
    if (reason !== this.#waitedFor) this.#log('debug', { reason }, 'waits');
    this.#waitedFor = reason;
    this.#next.wait(reason);
  }

  end(step: Step, ms: number): void {
    this.#log('info', { step, ms: Math.round(ms) }, 'step done');
    this.#next.end(step, ms);
  }

  fail(step: Step, reason: string): void {
    this.#log('error', { step, reason }, 'step failed');
    this.#next.fail(step, reason);
  }

  say(text: string): void {
    this.#log('info', {}, text);
    this.#next.say(text);
  }

  close(): void {
    if (this.#trouble !== undefined) this.#next.say(`the controller's log is not complete: ${this.#trouble}`);
    this.#next.close();
  }

  #log(level: 'debug' | 'info' | 'error', fields: Readonly<Record<string, unknown>>, message: string): void {
    try {
      this.#logger[level](fields, message);
    } catch (error) {
      this.#trouble ??= error instanceof Error ? error.message : String(error);
    }
  }
}
