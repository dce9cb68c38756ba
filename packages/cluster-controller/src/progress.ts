import type { ClusterView } from './cluster-view.ts';
import type { Step } from './step.ts';

/** Somebody who watches. Told everything, asked nothing. */
export interface Progress {
  see(view: ClusterView): void;
  begin(step: Step, view: ClusterView): void;
  /** What is being waited for, as often as it is looked at. */
  wait(reason: string): void;
  end(step: Step, ms: number): void;
  fail(step: Step, reason: string): void;
  /** A sentence that belongs to no step. */
  say(text: string): void;
  close(): void;
}
