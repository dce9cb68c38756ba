import { type ClusterView, missingPairs, plainPairs } from './cluster-view.ts';
import { describeStep } from './describe.ts';
import type { Progress } from './progress.ts';
import type { RunRecord } from './run-record.ts';
import type { Step } from './step.ts';

/** Writes what happens into the run's record, and passes everything on. */
export class RecordedProgress implements Progress {
  readonly #record: RunRecord;
  readonly #next: Progress;
  #view: ClusterView;
  #mesh = '';
  #waitedFor = '';

  constructor(record: RunRecord, view: ClusterView, next: Progress) {
    this.#record = record;
    this.#view = view;
    this.#next = next;
  }

  see(view: ClusterView): void {
    this.#view = view;
    const pairs = view.nodes.length * (view.nodes.length - 1);
    const plain = plainPairs(view).length;
    const missing = missingPairs(view).length;
    const mesh = { encrypted: pairs - plain - missing, plain, missing };
    if (JSON.stringify(mesh) !== this.#mesh) this.#record.event({ event: 'mesh', ...mesh });
    this.#mesh = JSON.stringify(mesh);
    this.#next.see(view);
  }

  begin(step: Step, view: ClusterView): void {
    this.#waitedFor = '';
    this.#record.event({ event: 'begin', step, text: describeStep(step, view) });
    this.#next.begin(step, view);
  }

  wait(reason: string): void {
    if (reason !== this.#waitedFor) this.#record.event({ event: 'wait', text: reason });
    this.#waitedFor = reason;
    this.#next.wait(reason);
  }

  end(step: Step, ms: number): void {
    const text = describeStep(step, this.#view);
    this.#record.event({ event: 'end', step, text, ms: Math.round(ms) });
    this.#next.end(step, ms);
  }

  fail(step: Step, reason: string): void {
    this.#record.event({ event: 'fail', step, text: describeStep(step, this.#view), reason });
    this.#next.fail(step, reason);
  }

  say(text: string): void {
    this.#record.event({ event: 'say', text });
    this.#next.say(text);
  }

  close(): void {
    if (this.#record.trouble !== undefined) this.#next.say(this.#record.trouble);
    this.#next.close();
  }
}
