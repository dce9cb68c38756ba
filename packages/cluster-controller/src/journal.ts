import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { RollState, Step } from './step.ts';

/** Some hundred rolls. */
const SIZE_MAX = 1024 * 1024;

/** One line of the journal. A step is written before it is carried out (`begin`) and after (`end`). */
export interface JournalLine {
  readonly at: string;
  readonly goal: string;
  readonly event: 'begin' | 'end';
  readonly step: Step;
}

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

  /** The roll that was begun last; undefined when there was none or it came to its end. */
  unfinishedRoll(): RollState | undefined {
    const roll = this.roll();
    return roll?.ended === true ? undefined : roll;
  }

  /** The roll that was begun last, ended or not. */
  roll(): RollState | undefined {
    return this.#lines.reduce<RollState | undefined>(foldLine, undefined);
  }

  /** When the last roll of this goal came to its end, in ISO 8601; undefined when none did. */
  lastEnd(goal: string): string | undefined {
    const ended = this.#lines.findLast(
      (line) => line.goal === goal && line.step.kind === 'end-roll' && line.event === 'end',
    );
    return ended?.at;
  }

  append(line: JournalLine): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    if (line.step.kind === 'begin-roll' && line.event === 'begin') moveAside(this.#file);
    const descriptor = openSync(this.#file, 'a', 0o600);
    try {
      // A line that a crash cut short is ended here, so that it spoils none but itself.
      writeSync(descriptor, `${endsTorn(this.#file) ? '\n' : ''}${JSON.stringify(line)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    this.#lines.push(line);
  }
}

/** A new roll needs nothing of the ones before it: a long journal becomes `….old`, and the one before that goes. */
function moveAside(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > SIZE_MAX) renameSync(file, `${file}.old`);
}

/** Pure: the roll after one more line. */
export function foldLine(roll: RollState | undefined, line: JournalLine): RollState | undefined {
  const { step, event } = line;
  if (step.kind === 'begin-roll') {
    const { nodes, mode } = step;
    return { goal: line.goal, mode, nodes, current: undefined, frozen: false, finished: [], ended: false };
  }
  if (roll === undefined) return undefined;
  switch (step.kind) {
    case 'begin-node':
      return { ...roll, current: step.server, frozen: false };
    case 'minor-freeze':
      return event === 'end' ? { ...roll, frozen: true } : roll;
    case 'end-node':
      return {
        ...roll,
        current: undefined,
        frozen: false,
        finished: [...new Set([...roll.finished, step.server])],
      };
    case 'end-roll':
      return { ...roll, ended: true };
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
