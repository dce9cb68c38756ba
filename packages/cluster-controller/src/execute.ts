import { isObError, ObError } from '@sealane/errors';
import { type Clock, realClock } from './clock.ts';
import type { ClusterView } from './cluster-view.ts';
import { gates } from './gates.ts';
import { concernsRequirements, type Goal, goalName } from './goal.ts';
import type { Journal, RunMark, RunOptions, RunOutcome } from './journal.ts';
import type { Depth } from './observe.ts';
import { Patience, SteadyDecision } from './patience.ts';
import { decide } from './plan.ts';
import type { Progress } from './progress.ts';
import { RunMemory, settingsOf } from './run-memory.ts';
import { type Decision, type Step, type Wait, waitFor } from './step.ts';
import { carryOut, type StepContext } from './steps/carry-out.ts';

/** Pause between two readings of the cluster, unless the execution says otherwise. */
const READING_INTERVAL_MS = 80;
/** No ladder has nearly as many steps: more means that a step doesn't do what the plan believes. */
const STEPS_MAX_PER_NODE = 16;

export interface Execution {
  readonly goal: Goal;
  readonly journal: Journal;
  readonly progress: Progress;
  readonly steps: StepContext;
  readonly observe: (depth: Depth) => Promise<ClusterView>;
  /** No soak and any number of errors when not given. */
  readonly options?: RunOptions;
  /** Whether somebody, or something, wants this run to stop; asked at every look. */
  readonly stopWanted?: () => StopReason | undefined;
  readonly clock?: Clock;
  readonly readingIntervalMs?: number;
  /** Stretches every deadline of the plan, for slow machines and hurried tests; 1 when not given. */
  readonly patienceFactor?: number;
}

/** Why a run ends before its goal. */
export interface StopReason {
  /** `at once`: between two steps, whatever is down; somebody else takes over. `safely`: when no node is down by our hand. */
  readonly when: 'at once' | 'safely';
  readonly reason: string;
  /** Thrown at the end; without one the stop is what was asked for. */
  readonly error?: ObError;
}

export interface StepTaken {
  readonly step: Step;
  readonly ms: number;
}

export interface ExecutionResult {
  readonly taken: readonly StepTaken[];
  readonly view: ClusterView;
  /** Set when the run was stopped before its goal, as somebody wished. */
  readonly stopped?: StopReason;
}

/**
 * Looks, decides, does one step, and looks again, until the goal is reached. What was asked for is believed only
 * when it is read back.
 *
 * @throws ObError OB_OP_NOT_ALLOW when a safety check refuses, OB_TIMEOUT when a gate's deadline passes, OB_IO_ERROR when the
 *   journal can't be written
 */
export async function execute(execution: Execution): Promise<ExecutionResult> {
  return new Run(execution).toItsEnd();
}

class Run {
  readonly #execution: Execution;
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #memory: RunMemory;
  readonly #patience: Patience;
  /** Of the same statement, one after the other. */
  readonly #refusals: Patience;
  readonly #steady: SteadyDecision;
  readonly #taken: StepTaken[] = [];
  #begun = false;
  #stop: StopReason | undefined;
  /** The journal takes nothing any more, and a node in hand has to come back first. */
  #unjournaled = false;

  constructor(execution: Execution) {
    this.#execution = execution;
    this.#options = execution.options ?? { soakMs: 0, errorBudget: Number.MAX_SAFE_INTEGER };
    this.#clock = execution.clock ?? realClock;
    this.#memory = new RunMemory(execution.journal, execution.goal, this.#options);
    this.#patience = new Patience(this.#clock, execution.patienceFactor ?? 1);
    this.#refusals = new Patience(this.#clock, execution.patienceFactor ?? 1);
    this.#steady = new SteadyDecision(this.#clock);
  }

  async toItsEnd(): Promise<ExecutionResult> {
    try {
      const view = await this.#climb();
      if (this.#stop?.error !== undefined) throw this.#stop.error;
      this.#markEnd(this.#stop === undefined ? 'done' : 'stopped', this.#stop?.reason);
      return { taken: this.#taken, view, ...(this.#stop === undefined ? {} : { stopped: this.#stop }) };
    } catch (error) {
      this.#markFailure(error);
      throw error;
    }
  }

  /** @returns what was seen when the goal was reached, or the stop */
  async #climb(): Promise<ClusterView> {
    const { goal, progress } = this.#execution;
    for (;;) {
      const view = await this.#execution.observe({ requirements: this.#readsRequirements() });
      progress.see(view);
      if (!this.#unjournaled) this.#stop = this.#execution.stopWanted?.();
      if (this.#stop?.when === 'at once') return view;
      const decision = decide(goal, view, this.#memory.stateWith(view, this.#stop !== undefined));
      if (decision.kind === 'refuse') throw refused(decision.reasons);
      if (decision.kind === 'fail') throw await this.#failure(decision);
      if (decision.kind === 'wait') {
        this.#steady.reset();
        await this.#waitOnce(decision);
        continue;
      }
      this.#patience.reset();
      if (!this.#steady.enough(decision)) {
        if (decision.kind === 'step' && decision.meanwhile !== undefined) progress.wait(decision.meanwhile);
        await this.#pause();
        continue;
      }
      if (decision.kind !== 'step') return view;
      this.#steady.reset();
      await this.#take(decision.step, view);
    }
  }

  /** Reading them costs something, and nothing is decided on them while this goal's own roll is at work. */
  #readsRequirements(): boolean {
    const { goal, journal } = this.#execution;
    return concernsRequirements(goal) && journal.unfinishedRoll()?.goal !== goalName(goal);
  }

  async #take(step: Step, view: ClusterView): Promise<void> {
    const { progress, steps } = this.#execution;
    const startedAtMs = this.#clock.nowMs();
    if (!this.#markBegin(view) || !this.#record(step, 'begin')) return;
    progress.begin(step, view);
    try {
      await carryOut(steps, step, view);
    } catch (error) {
      if (this.#mayPass(step, error)) return this.#pause();
      progress.fail(step, error instanceof Error ? error.message : String(error));
      throw error;
    }
    this.#refusals.reset();
    this.#record(step, 'end');
    const ms = this.#clock.nowMs() - startedAtMs;
    progress.end(step, ms);
    this.#memory.took(step);
    this.#taken.push({ step, ms });
    if (this.#taken.length > STEPS_MAX_PER_NODE * (view.nodes.length + 1)) throw goesInCircles(step);
  }

  /** A statement that was refused for now is sent again when the next looks still ask for it: each is safe to send twice. */
  #mayPass(step: Step, error: unknown): boolean {
    if (!isObError(error) || error.retry === 'no') return false;
    const wait = waitFor('statement', `${step.kind} to be carried out: ${error.message}`, step.kind);
    if (this.#refusals.spent(wait)) return false;
    this.#execution.progress.wait(wait.for);
    return true;
  }

  /** @returns whether the step may be carried out: not when it is one that has to be known afterwards, and can't be */
  #record(step: Step | RunMark, event: 'begin' | 'end'): boolean {
    const { journal, goal } = this.#execution;
    const line = { at: new Date().toISOString(), goal: goalName(goal), event, step };
    const inHand = journal.unfinishedRoll()?.current !== undefined;
    if (!this.#unjournaled) {
      try {
        journal.append(line);
        return true;
      } catch (error) {
        if (!isObError(error) || !inHand) throw error;
        this.#unjournaled = true;
        this.#stop = { when: 'safely', reason: error.message, error };
        if (event === 'begin') return false;
      }
    }
    journal.appendInMemory(line);
    return true;
  }

  /** Before the first step: what is asked for, and how the cluster was found by it or by the run that it resumes. */
  #markBegin(view: ClusterView): boolean {
    if (this.#begun) return true;
    const { journal, goal } = this.#execution;
    const earlier = journal.unfinishedRun();
    // By whatever strategy: the way back is to where the first of them began.
    const goesOn = earlier !== undefined && earlier.goal.kind === goal.kind;
    const before = goesOn ? earlier.before : settingsOf(view);
    this.#begun = this.#record({ kind: 'begin-run', goal, options: this.#options, before }, 'begin');
    return this.#begun;
  }

  #markEnd(outcome: RunOutcome, reason?: string): void {
    if (this.#execution.journal.unfinishedRun() === undefined || this.#unjournaled) return;
    this.#record({ kind: 'end-run', outcome, ...(reason === undefined ? {} : { reason }) }, 'end');
  }

  /** What went wrong is more than that it can't be noted. */
  #markFailure(error: unknown): void {
    try {
      this.#markEnd('failed', error instanceof Error ? error.message : String(error));
    } catch {
      // The journal is what failed, or fails, too: a run without an end counts as killed.
    }
  }

  async #waitOnce(wait: Wait): Promise<void> {
    this.#execution.progress.wait(wait.for);
    if (!this.#patience.spent(wait)) return this.#pause();
    await this.#undo(wait);
    const { timeoutMs, onTimeout } = gates[wait.gate];
    const message = `gate ${wait.gate}: after ${timeoutMs / 1000} s still waiting for ${wait.for}`;
    throw new ObError(onTimeout === 'refuse' ? 'OB_OP_NOT_ALLOW' : 'OB_TIMEOUT', [], {
      message,
      details: { gate: wait.gate },
    });
  }

  /** A parameter that not every node takes up is set back: a cluster in two minds is worse than one that said no. */
  async #undo({ undo: step }: Wait): Promise<void> {
    if (step === undefined || !this.#memory.askedFor(step.kind, `${step.name}=${step.was}`)) return;
    await this.#take(step, await this.#execution.observe({}));
  }

  async #failure({ server, reason }: Extract<Decision, { kind: 'fail' }>): Promise<ObError> {
    const words = await this.#execution.steps.target.lastWords(server);
    const message = `${reason}; ${words === '' ? 'it said nothing' : `it said: ${words}`}`;
    return new ObError('OB_ERR_UNEXPECTED', [], { message, details: { server } });
  }

  #pause(): Promise<void> {
    return this.#clock.delay(this.#execution.readingIntervalMs ?? READING_INTERVAL_MS);
  }
}

function refused(reasons: readonly string[]): ObError {
  return new ObError('OB_OP_NOT_ALLOW', [], { message: reasons.join('\n'), details: { reasons } });
}

function goesInCircles(step: Step): ObError {
  const message = `the plan goes in circles at ${step.kind}; nothing more is done, see the controller's log`;
  return new ObError('OB_ERR_UNEXPECTED', [], { message });
}
