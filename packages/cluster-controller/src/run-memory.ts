import { type ClusterView, nodeOf, type Server } from './cluster-view.ts';
import { type Before, type Goal, goalName } from './goal.ts';
import type { Journal, RunOptions } from './journal.ts';
import { isAbandoned } from './plan.ts';
import type { RunState } from './run-state.ts';
import { askedKey, type RollState, type Step } from './step.ts';

/** What one run remembers, beside the journal: what it asked for, and the processes in which nodes came back. */
export class RunMemory {
  readonly #journal: Journal;
  readonly #soakMs: number;
  readonly #override: Server | undefined;
  readonly #asked = new Set<string>();
  readonly #back = new Map<Server, string>();
  #rollCounts: boolean;
  #abandoned: boolean | undefined;

  constructor(journal: Journal, goal: Goal, { soakMs, override }: RunOptions) {
    this.#journal = journal;
    this.#soakMs = soakMs;
    this.#override = override?.server;
    this.#rollCounts = journal.unfinishedRoll() !== undefined || restartsAreOver(journal, goal);
  }

  stateWith(view: ClusterView, stopping: boolean): RunState {
    const roll = this.#rollSeenWith(view);
    for (const server of roll?.finished ?? []) this.#noteBack(view, server);
    return {
      roll,
      asked: this.#asked,
      back: this.#back,
      stopping,
      soakMs: this.#soakMs,
      override: this.#override,
      before: this.#journal.unfinishedRun()?.before,
    };
  }

  /** A step that takes back what an earlier one did makes that one be asked for again when its turn comes. */
  took(step: Step): void {
    switch (step.kind) {
      case 'begin-roll':
        this.#rollCounts = true;
        this.#abandoned = false;
        this.#back.clear();
        return;
      case 'set-parameter':
        this.#asked.add(askedKey(step.kind, `${step.name}=${step.value}`));
        return;
      case 'set-proxy':
        this.#asked.add(askedKey(step.kind, `${step.proxy} ${step.name}=${step.value}`));
        return;
      case 'require-tls':
        this.#asked.add(askedKey(step.kind, `${step.tenant}=${step.on}`));
        return;
      case 'start-process':
      case 'start-server':
      case 'renew-links':
        this.#asked.add(askedKey(step.kind, step.server));
        return;
      case 'stop-process':
        this.#asked.add(askedKey(step.kind, step.server));
        this.#asked.delete(askedKey('start-process', step.server));
        return;
      case 'stop-server':
        this.#asked.add(askedKey(step.kind, step.server));
        this.#asked.delete(askedKey('start-server', step.server));
        return;
      default:
        return; // Marks in the journal, and what waits for its own effect.
    }
  }

  askedFor(kind: Step['kind'], what: string): boolean {
    return this.#asked.has(askedKey(kind, what));
  }

  /**
   * What of the journal counts in this run: a roll that had ended before is history, an unfinished one is resumed, one
   * whose world is gone belongs to no goal any more, so that only what it left stopped is mended.
   */
  #rollSeenWith(view: ClusterView): RollState | undefined {
    const roll = this.#rollCounts ? this.#journal.roll() : undefined;
    if (roll === undefined) return undefined;
    this.#abandoned ??= isAbandoned(roll, view);
    return this.#abandoned ? { ...roll, goal: '' } : roll;
  }

  /** The first process that this run saw counts: it may have been put right between two runs. */
  #noteBack(view: ClusterView, server: Server): void {
    const instance = nodeOf(view, server)?.process.instance;
    if (instance !== undefined && !this.#back.has(server)) this.#back.set(server, instance);
  }
}

/** Whether links have to be renewed can be seen; that every node was restarted already is known to the journal alone. */
function restartsAreOver(journal: Journal, goal: Goal): boolean {
  return (
    goal.kind === 'restart' &&
    journal.unfinishedRun() !== undefined &&
    journal.roll()?.goal === goalName(goal)
  );
}

/** The settings that a run finds, for the way back. What a node doesn't say another may. */
export function settingsOf(view: ClusterView): Before {
  const answers = view.nodes.flatMap(({ answer }) => answer ?? []);
  const [first] = answers;
  const tenants = answers.find((answer) => answer.tenants !== undefined)?.tenants ?? [];
  return {
    parameters: first?.parameters ?? {},
    requiringTls: tenants.filter(({ requiresTls }) => requiresTls).map(({ name }) => name),
    proxies: Object.fromEntries(
      view.proxies.flatMap(({ name, answer }) => (answer === undefined ? [] : [[name, answer.config]])),
    ),
  };
}
