import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import { syncDirectory, writeDurably } from './durable-file.ts';
import { type Goal, goalName } from './goal.ts';
import type { LedgerDumps } from './link-rows.ts';
import type { Preflight } from './preflight/preflight.ts';
import { planJson } from './report.ts';
import type { Step } from './step.ts';

/** Runs that are kept, the newest ones. */
export const RUNS_MAX = 30;
/** Bytes of all of them together; the newest is kept whatever its size. */
const RUNS_SIZE_MAX = 64 * 1024 * 1024;
/** Lines of one run. A long soak has many moments and few news. */
const EVENTS_MAX = 10_000;

/** What was seen of the cluster: `statusJson`, and every ledger whole. */
export interface RunReading {
  readonly status: object;
  readonly ledgers: LedgerDumps;
}

/** Something that happened in a run; in `events.jsonl` with `at` in front, in ISO 8601. */
export type RunEvent =
  | { readonly event: 'begin'; readonly step: Step; readonly text: string }
  | { readonly event: 'end'; readonly step: Step; readonly text: string; readonly ms: number }
  | { readonly event: 'fail'; readonly step: Step; readonly text: string; readonly reason: string }
  | { readonly event: 'wait'; readonly text: string }
  | { readonly event: 'say'; readonly text: string }
  /** Ordered pairs of nodes, whenever their number in one of these states has changed. */
  | {
      readonly event: 'mesh';
      readonly encrypted: number;
      readonly plain: number;
      readonly missing: number;
    };

export interface RunOutcome {
  /** `done`, or the name of the error that ended it. */
  readonly outcome: string;
  readonly reason: string | null;
}

export interface RunPlan extends Preflight {
  readonly goal: Goal;
  /** Whether it takes up what another controller was at when it ended. */
  readonly resumes: boolean;
}

/**
 * What one run saw and did, in a directory of its own: `plan.json`, `before.json`, `events.jsonl`, `after.json`. The first two are
 * on disk before anything changes. A run that was killed has no `after.json`; the one that takes it up has a record of its own.
 */
export class RunRecord {
  readonly directory: string;
  readonly #startedAt = performance.now();
  #eventCount = 0;
  #stepCount = 0;
  #trouble: string | undefined;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * @param runs  the directory of all runs
   * @throws ObError OB_OP_NOT_ALLOW when it can't be written: then nothing should be begun that can't be told of later
   */
  static begin(runs: string, plan: RunPlan, before: RunReading): RunRecord {
    const startedAt = new Date();
    const directory = join(runs, runId(startedAt, plan.goal));
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      syncDirectory(runs);
      writeJson(directory, 'plan.json', {
        goal: goalName(plan.goal),
        started_at: startedAt.toISOString(),
        resumes: plan.resumes,
        ...planJson(plan.goal, plan),
      });
      writeJson(directory, 'before.json', before);
    } catch (cause) {
      const message = `the record of this run can't be written to ${directory}: ${reasonOf(cause)}; make room there, nothing was changed`;
      throw new ObError('OB_OP_NOT_ALLOW', [], { message, cause });
    }
    prune(runs);
    return new RunRecord(directory);
  }

  /** Why the record is not complete; undefined while it is. A roll that has begun goes on without its record. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  event(event: RunEvent): void {
    this.#eventCount += 1;
    if (event.event === 'end') this.#stepCount += 1;
    if (this.#eventCount > EVENTS_MAX) {
      this.#trouble ??= `only the first ${EVENTS_MAX} events were kept`;
      return;
    }
    this.#attempt(() => {
      const line = `${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`;
      appendLine(join(this.directory, 'events.jsonl'), line, event.event !== 'wait');
    });
  }

  /** @param after  undefined when the cluster could not be read at the end */
  end(outcome: RunOutcome, after: RunReading | undefined): void {
    this.#attempt(() =>
      writeJson(this.directory, 'after.json', {
        ended_at: new Date().toISOString(),
        elapsed_ms: Math.round(performance.now() - this.#startedAt),
        steps: this.#stepCount,
        ...outcome,
        incomplete: this.#trouble ?? null,
        status: after?.status ?? null,
        ledgers: after?.ledgers ?? null,
      }),
    );
  }

  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#trouble ??= `the record in ${this.directory} is not complete: ${reasonOf(error)}`;
    }
  }
}

/** `2026-05-01T101500.123Z-encryption-enable`: without colons, which some file systems and tools refuse. */
function runId(at: Date, goal: Goal): string {
  const kind = goal.kind === 'restart' ? 'restart' : goalName(goal);
  return `${at.toISOString().replaceAll(':', '')}-${kind.replaceAll(' ', '-')}`;
}

function writeJson(directory: string, name: string, value: object): void {
  writeDurably(join(directory, name), `${JSON.stringify(value, undefined, 1)}\n`);
}

function appendLine(file: string, line: string, durable: boolean): void {
  const descriptor = openSync(file, 'a', 0o600);
  try {
    writeSync(descriptor, line);
    if (durable) fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The oldest go. What can't be removed stays: that is no reason to do nothing today. */
function prune(runs: string): void {
  const newestFirst = readdirSync(runs).toSorted().toReversed();
  let size = 0;
  for (const [index, name] of newestFirst.entries()) {
    const directory = join(runs, name);
    size += sizeOf(directory);
    if (index === 0 || (index < RUNS_MAX && size <= RUNS_SIZE_MAX)) continue;
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch {
      return; // The next run tries again.
    }
  }
}

function sizeOf(directory: string): number {
  try {
    return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  } catch {
    return 0; // Not one of ours, or gone meanwhile.
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
