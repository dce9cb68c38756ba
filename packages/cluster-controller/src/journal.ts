import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ObError } from '@sealane/errors';
import type { Server } from './cluster-view.ts';
import { type Before, type Goal, goalName } from './goal.ts';
import type { RollState, Step } from './step.ts';

/** Some hundred rolls. */
const SIZE_MAX = 1024 * 1024;

/** One line of the journal. A step is written before it is carried out (`begin`) and after (`end`). */
export interface JournalLine {
  readonly at: string;
  readonly goal: string;
  readonly event: 'begin' | 'end';
  readonly step: Step | RunMark;
}

/** Written before a run's first step, and where it ends. A run that was killed has no `end-run`. */
export type RunMark =
  | { readonly kind: 'begin-run'; readonly goal: Goal; readonly options: RunOptions; readonly before: Before }
  | { readonly kind: 'end-run'; readonly outcome: RunOutcome; readonly reason?: string };

export type RunOutcome = 'done' | 'stopped' | 'failed';

export interface RunOptions {
  readonly soakMs: number;
  /** More failed statements of the controller's own than this stop the roll. */
  readonly errorBudget: number;
  /** In no other run than the one that it was given for. */
  readonly override?: Override;
}

/**
 * A node that may be restarted although it is out of sync, or cut off, because the restart is its cure. It waives what that node itself
 * lacks, and nothing that the others do.
 */
export interface Override {
  readonly server: Server;
  /** In the words of whoever decided it. */
  readonly reason: string;
}

/** A run that was begun and did not reach its goal. */
export type UnfinishedRun = Omit<Extract<RunMark, { kind: 'begin-run' }>, 'kind'> & {
  /** ISO 8601. */
  readonly at: string;
  /** How it ended; undefined when it was killed, or is at work. */
  readonly end: { readonly outcome: RunOutcome; readonly reason: string | undefined } | undefined;
};

/**
 * What the controller did, one JSON object a line, each on disk before the next thing happens. A new controller
 * reads it to learn which node its forerunner had in hand and what that node's process was before.
 */
export class Journal {
  readonly #file: string;
  readonly #lines: JournalLine[];

  constructor(file: string) {
    this.#file = file;
    this.#lines = readLines(file);
  }

  /** The run that was begun last, if it has not reached its goal. */
  unfinishedRun(): UnfinishedRun | undefined {
    return this.#lines.reduce<UnfinishedRun | undefined>(foldRun, undefined);
  }

  /** Every line, the first one first. */
  get lines(): readonly JournalLine[] {
    return this.#lines;
  }

  /** The roll that was begun last; undefined when there was none or it came to its end. */
  unfinishedRoll(): RollState | undefined {
    const roll = this.roll();
    return roll?.ended === true ? undefined : roll;
  }

  /** The roll that was begun last, ended or not. */
  roll(): RollState | undefined {
    return this.#lines.reduce<RollState | undefined>(foldLine, undefined);
  }

  /** When this goal was reached last, in ISO 8601; undefined when it never was. */
  lastEnd(goal: string): string | undefined {
    const ended = this.#lines.findLast(
      ({ goal: of, step, event }) =>
        of === goal &&
        event === 'end' &&
        (step.kind === 'end-roll' || (step.kind === 'end-run' && step.outcome === 'done')),
    );
    return ended?.at;
  }

  /** @throws ObError OB_IO_ERROR when the line can't be put on disk; then nothing of it is there */
  append(line: JournalLine): void {
    try {
      this.#write(line);
    } catch (error) {
      throw unwritable(this.#file, error);
    }
    this.#lines.push(line);
  }

  /** Known to this run only: where the disk takes nothing any more, a node in hand must still come back. */
  appendInMemory(line: JournalLine): void {
    this.#lines.push(line);
  }

  #write(line: JournalLine): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    if (line.step.kind === 'begin-run' && this.unfinishedRoll() === undefined) moveAside(this.#file);
    const descriptor = openSync(this.#file, 'a', 0o600);
    try {
      // A line that a crash cut short is ended here, so that it spoils none but itself.
      writeWhole(descriptor, `${endsTorn(this.#file) ? '\n' : ''}${JSON.stringify(line)}\n`);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** All of it and on disk, or nothing: a full disk may take half a line. */
function writeWhole(descriptor: number, text: string): void {
  const { size } = fstatSync(descriptor);
  const bytes = Buffer.from(text);
  try {
    let written = 0;
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } catch (error) {
    ftruncateSync(descriptor, size);
    throw error;
  }
}

function unwritable(file: string, cause: unknown): ObError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `the journal ${file} can't be written: ${why}. No further step is taken without it`;
  return new ObError('OB_IO_ERROR', [], { message, details: { file }, cause });
}

/** A new run needs nothing of the ones before it: a long journal becomes `….old`, and the one before that goes. */
function moveAside(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > SIZE_MAX) renameSync(file, `${file}.old`);
}

/** Pure: the run after one more line. */
function foldRun(run: UnfinishedRun | undefined, { at, step }: JournalLine): UnfinishedRun | undefined {
  if (step.kind === 'begin-run') {
    const { goal, options, before } = step;
    return { at, goal, options, before, end: undefined };
  }
  if (step.kind !== 'end-run' || run === undefined) return run;
  return step.outcome === 'done'
    ? undefined
    : { ...run, end: { outcome: step.outcome, reason: step.reason } };
}

/** Pure: the roll after one more line. */
export function foldLine(roll: RollState | undefined, line: JournalLine): RollState | undefined {
  const { step, event } = line;
  if (step.kind === 'begin-roll') {
    const { nodes, mode } = step;
    return {
      goal: line.goal,
      mode,
      nodes,
      current: undefined,
      frozen: false,
      finished: [],
      soaked: false,
      ended: false,
    };
  }
  if (roll === undefined) return undefined;
  switch (step.kind) {
    case 'begin-node':
      return { ...roll, current: step.server, frozen: false };
    case 'minor-freeze':
      return event === 'end' ? { ...roll, frozen: true } : roll;
    case 'release-node':
      return { ...roll, current: undefined, frozen: false };
    case 'end-node':
      return {
        ...roll,
        current: undefined,
        frozen: false,
        finished: [...new Set([...roll.finished, step.server])],
      };
    case 'end-soak':
      return { ...roll, soaked: true };
    case 'end-roll':
      return { ...roll, ended: true };
    case 'begin-run':
      if (roll.goal === goalName(step.goal)) return roll;
      // Another goal's roll is history, or at best to be mended: not even its own goal may take it up after this.
      return roll.ended ? undefined : { ...roll, goal: '' };
    case 'end-run':
      return step.outcome === 'done' ? undefined : roll;
    default:
      return roll;
  }
}

function readLines(file: string): JournalLine[] {
  return readText(file)
    .split('\n')
    .flatMap((text) => {
      const line = parseLine(text);
      return line === undefined ? [] : [line];
    });
}

/** A torn line says less than nothing: what it would have begun was not begun. */
function parseLine(text: string): JournalLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJournalLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isJournalLine(value: unknown): value is JournalLine {
  return (
    typeof value === 'object' && value !== null && 'goal' in value && 'event' in value && 'step' in value
  );
}

function endsTorn(file: string): boolean {
  const text = readText(file);
  return text !== '' && !text.endsWith('\n');
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // The first line makes the file.
  }
}
