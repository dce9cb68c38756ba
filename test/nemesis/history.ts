import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

export type WorkloadName = 'register' | 'append' | 'bank' | 'set';

/** How an operation ended: it took effect, it certainly did not, or nobody knows. */
export type Outcome = 'ok' | 'fail' | 'info';

/** One line of a history file. Times are milliseconds of one monotonic clock since the run began. */
export interface HistoryLine {
  /** A client's logical process; it gets a new number after an operation whose end it doesn't know. */
  readonly process: number | 'nemesis';
  readonly type: 'invoke' | Outcome;
  readonly workload?: WorkloadName;
  readonly f: string;
  readonly value?: unknown;
  readonly at: number;
  /** The node that was asked. */
  readonly node?: string;
  /** The class of the failure: an error's number, or what the client saw. */
  readonly error?: string;
}

/** An operation from its invocation to its end. */
export interface Operation<Value = unknown, Result = unknown> {
  readonly index: number;
  readonly process: number;
  readonly workload: WorkloadName;
  readonly f: string;
  readonly node: string;
  readonly value: Value;
  /** What it returned; undefined unless it is ok. */
  readonly result: Result | undefined;
  readonly outcome: Outcome;
  readonly error: string | undefined;
  readonly startMs: number;
  /** Infinity where the end isn't known: it may take effect at any later time, or never. */
  readonly endMs: number;
}

/** Writes a history as it happens, one JSON object a line. */
export class HistoryWriter {
  readonly file: string;
  readonly #descriptor: number;
  readonly #startedAt = performance.now();
  #buffer = '';

  constructor(file: string) {
    this.file = file;
    this.#descriptor = openSync(file, 'w');
  }

  now(): number {
    return Math.round((performance.now() - this.#startedAt) * 1000) / 1000;
  }

  write(line: Omit<HistoryLine, 'at'>): void {
    this.#buffer += `${JSON.stringify({ ...line, at: this.now() })}\n`;
    if (this.#buffer.length > BUFFER_SIZE_MAX) this.flush();
  }

  flush(): void {
    if (this.#buffer !== '') writeSync(this.#descriptor, this.#buffer);
    this.#buffer = '';
  }

  close(): void {
    this.flush();
    closeSync(this.#descriptor);
  }
}

export function readHistory(file: string): HistoryLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as HistoryLine);
}

/** Pairs invocations with their ends. What was under way when the history stops has no known end. */
export function operationsIn(lines: readonly HistoryLine[], workload: WorkloadName): Operation[] {
  const open = new Map<number, HistoryLine>();
  const operations: Operation[] = [];
  const add = (begin: HistoryLine, end: HistoryLine | undefined) => {
    operations.push({
      index: operations.length,
      process: Number(begin.process),
      workload,
      f: begin.f,
      node: begin.node ?? '',
      value: begin.value,
      result: end?.type === 'ok' ? end.value : undefined,
      outcome: end === undefined || end.type === 'invoke' ? 'info' : end.type,
      error: end === undefined ? 'the history ends' : end.error,
      startMs: begin.at,
      endMs: end === undefined || end.type === 'info' ? Infinity : end.at,
    });
  };
  for (const line of lines) {
    if (line.workload !== workload || line.process === 'nemesis') continue;
    const begin = open.get(line.process);
    if (line.type === 'invoke') {
      if (begin !== undefined)
        throw new Error(`process ${line.process} began before it had ended (${line.at})`);
      open.set(line.process, line);
    } else {
      if (begin === undefined)
        throw new Error(`process ${line.process} ended what it had not begun (${line.at})`);
      open.delete(line.process);
      add(begin, line);
    }
  }
  for (const begin of open.values()) add(begin, undefined);
  return operations.toSorted((a, b) => a.startMs - b.startMs).map((each, index) => ({ ...each, index }));
}

const BUFFER_SIZE_MAX = 64 * 1024;
