import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import type { ClusterView } from './cluster-view.ts';
import { type Goal, goalName } from './goal.ts';
import type { Journal } from './journal.ts';
import { decide, isAbandoned } from './plan.ts';
import type { Progress } from './progress.ts';
import { askedKey, type Decision, type RollState, type Step, type Wait } from './step.ts';
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
  readonly observe: () => Promise<ClusterView>;
  readonly readingIntervalMs?: number;
  /** Stretches every deadline of the plan, for slow machines and hurried tests; 1 when not given. */
  readonly patienceFactor?: number;
}

export interface StepTaken {
  readonly step: Step;
  readonly ms: number;
}

export interface ExecutionResult {
  readonly taken: readonly StepTaken[];
  readonly view: ClusterView;
}

/**
 * Looks, decides, does one step, and looks again, until the goal is reached. What was asked for is believed only
 * when it is read back.
 *
 * @throws ObError OB_OP_NOT_ALLOW when a safety check refuses, OB_TIMEOUT when a wait's deadline passes
 */
export async function execute(execution: Execution): Promise<ExecutionResult> {
  const { goal, journal, observe } = execution;
  const known = new KnownRoll(journal);
  const asked = new Set<string>();
  const taken: StepTaken[] = [];
  const patience = new Patience(execution.patienceFactor ?? 1);
  let readings = new Readings();

  for (;;) {
    const view = await observe();
    execution.progress.see(view);
    const decision = decide(goal, view, known.seenWith(view), asked);
    if (decision.kind === 'refuse') throw refused(decision.reasons);
    if (decision.kind === 'fail') throw await failed(execution, decision);
    if (decision.kind === 'wait') {
      readings = new Readings();
      await waitOnce(execution, decision, patience, asked);
      continue;
    }
    patience.reset();
    if (!readings.enough(decision)) {
      await delay(execution.readingIntervalMs ?? READING_INTERVAL_MS);
      continue;
    }
    if (decision.kind === 'done') return { taken, view };
    readings = new Readings();
    taken.push(await takeStep(execution, decision.step, view));
    remember(asked, decision.step);
    if (decision.step.kind === 'begin-roll') known.begin();
    if (taken.length > STEPS_MAX_PER_NODE * (view.nodes.length + 1)) throw goesInCircles(decision.step);
  }
}

async function takeStep(execution: Execution, step: Step, view: ClusterView): Promise<StepTaken> {
  const startedAt = performance.now();
  record(execution, step, 'begin');
  execution.progress.begin(step, view);
  try {
    await carryOut(execution.steps, step, view);
  } catch (error) {
    execution.progress.fail(step, error instanceof Error ? error.message : String(error));
    throw error;
  }
  record(execution, step, 'end');
  const ms = performance.now() - startedAt;
  execution.progress.end(step, ms);
  return { step, ms };
}

async function waitOnce(
  execution: Execution,
  wait: Wait,
  patience: Patience,
  asked: ReadonlySet<string>,
): Promise<void> {
  execution.progress.wait(wait.for);
  if (!patience.spent(wait)) {
    await delay(execution.readingIntervalMs ?? READING_INTERVAL_MS);
    return;
  }
  await backOut(execution, wait, asked);
  const message = `after ${wait.timeoutMs / 1000} s still waiting for ${wait.for}`;
  throw new ObError(wait.onTimeout === 'refuse' ? 'OB_OP_NOT_ALLOW' : 'OB_TIMEOUT', [], { message });
}

/** A parameter that not every node takes up is set back: a cluster in two minds is worse than one that said no. */
async function backOut(execution: Execution, wait: Wait, asked: ReadonlySet<string>): Promise<void> {
  const step = wait.undo;
  if (step === undefined || !asked.has(askedKey(step.kind, `${step.name}=${step.was}`))) return;
  await takeStep(execution, step, await execution.observe());
}

/** A step that takes back what an earlier one did makes that one be asked for again when its turn comes. */
function remember(asked: Set<string>, step: Step): void {
  switch (step.kind) {
    case 'set-parameter':
      asked.add(askedKey(step.kind, `${step.name}=${step.value}`));
      return;
    case 'start-process':
    case 'start-server':
      asked.add(askedKey(step.kind, step.server));
      return;
    case 'stop-process':
      asked.delete(askedKey('start-process', step.server));
      return;
    case 'stop-server':
      asked.add(askedKey(step.kind, step.server));
      asked.delete(askedKey('start-server', step.server));
      return;
    default:
      return; // Marks in the journal, and what waits for its own effect.
  }
}

async function failed(
  execution: Execution,
  { server, reason }: Extract<Decision, { kind: 'fail' }>,
): Promise<ObError> {
  const words = await execution.steps.target.lastWords(server);
  const message = `${reason}; ${words === '' ? 'it said nothing' : `it said: ${words}`}`;
  return new ObError('OB_ERR_UNEXPECTED', [], { message, details: { server } });
}

function record(execution: Execution, step: Step, event: 'begin' | 'end'): void {
  const at = new Date().toISOString();
  execution.journal.append({ at, goal: goalName(execution.goal), event, step });
}

function refused(reasons: readonly string[]): ObError {
  return new ObError('OB_OP_NOT_ALLOW', [], { message: reasons.join('\n'), details: { reasons } });
}

function goesInCircles(step: Step): ObError {
  const message = `the plan goes in circles at ${step.kind}; nothing more is done, see the controller's log`;
  return new ObError('OB_ERR_UNEXPECTED', [], { message });
}

/** Counts how long the same wait has lasted. */
class Patience {
  readonly #factor: number;
  #key: string | undefined;
  #since = 0;

  constructor(factor: number) {
    this.#factor = factor;
  }

  spent(wait: Wait): boolean {
    if (this.#key !== wait.key) {
      this.#key = wait.key;
      this.#since = performance.now();
    }
    return performance.now() - this.#since > wait.timeoutMs * this.#factor;
  }

  reset(): void {
    this.#key = undefined;
  }
}

/** Counts equal decisions in a row. */
class Readings {
  #last = '';
  #count = 0;

  enough(decision: Extract<Decision, { readings: number }>): boolean {
    const text = JSON.stringify(decision);
    this.#count = text === this.#last ? this.#count + 1 : 1;
    this.#last = text;
    return this.#count >= decision.readings;
  }
}

/**
 * What of the journal counts in this run: a roll that had ended before is history, an unfinished one is resumed, one
 * whose world is gone belongs to no goal any more, so that only what it left stopped is mended.
 */
class KnownRoll {
  readonly #journal: Journal;
  #counts: boolean;
  #abandoned: boolean | undefined;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#counts = journal.unfinishedRoll() !== undefined;
  }

  /** This run begins a roll of its own. */
  begin(): void {
    this.#counts = true;
    this.#abandoned = false;
  }

  seenWith(view: ClusterView): RollState | undefined {
    const roll = this.#counts ? this.#journal.roll() : undefined;
    if (roll === undefined) return undefined;
    this.#abandoned ??= isAbandoned(roll, view);
    return this.#abandoned ? { ...roll, goal: '' } : roll;
  }
}
