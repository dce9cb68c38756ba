import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ErrorName, errors, ObError } from '@sealane/errors';
import type { FollowingRows, ResultColumn } from '@sealane/sql';
import { timerMsMax } from '../wait.ts';
import type { FromReader, ReadJob, Rows, ToReader } from './read-job.ts';

type Done = Extract<FromReader, { kind: 'done' }>;

/** What a read came to: at once, or its first rows while the others are still being read. */
export type ReadAnswer =
  | { readonly kind: 'whole'; readonly done: Done }
  | {
      readonly kind: 'begun';
      readonly columns: readonly ResultColumn[];
      readonly rows: Rows;
      /** The other rows. `ended` is told how the read ended, before the last of them comes. */
      rest(ended: (done: Done) => void): FollowingRows;
    };

export interface ReadLimits {
  /** Ends the read with its reason. */
  readonly signal: AbortSignal;
  /** Time in which the process works; time in which nobody takes its rows doesn't count. */
  readonly timeoutMs: number;
  timeoutError(): ObError;
}

/** A reader process as its parent sees it. It has one read at a time. */
export class ReaderChild {
  readonly #process: ChildProcess;
  readonly #ended = Promise.withResolvers<void>();
  #current: CurrentRead | undefined;
  #alive = true;

  constructor(onExit: (child: ReaderChild) => void) {
    this.#process = fork(entry, [String(process.pid)], {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${heapSizeMib}`, `--max-semi-space-size=${youngSizeMib}`],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    // A node without reads under way must be able to end.
    this.#process.unref();
    this.#process.channel?.unref();
    this.#process.on('message', (message: FromReader) => this.#current?.take(message));
    this.#process.on('error', () => this.kill());
    this.#process.on('exit', (code, signal) => {
      this.#alive = false;
      this.#current?.fail(gone(code, signal));
      this.#ended.resolve();
      onExit(this);
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** It works for a client that doesn't take its rows. */
  get stalled(): boolean {
    return this.#current?.stalled === true;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Fulfilled when the process is gone, which it is asked to be. */
  end(): Promise<void> {
    this.kill();
    // This node waits for it, unlike before.
    this.#process.ref();
    return this.#ended.promise;
  }

  /**
   * @param release called once the process is free for another read, or dead
   * @throws ObError the statement's own, the signal's reason, the time-out's; another one when the process died
   */
  async read(job: ReadJob, limits: ReadLimits, release: () => void): Promise<ReadAnswer> {
    const current = new CurrentRead(limits, {
      send: (message) => this.#process.send(message, () => undefined),
      kill: () => this.kill(),
      over: () => {
        this.#current = undefined;
        release();
      },
    });
    this.#current = current;
    current.begin(job);
    const first = await current.next();
    switch (first.kind) {
      case 'done':
        return { kind: 'whole', done: first };
      case 'begun':
        return {
          kind: 'begun',
          columns: first.columns,
          rows: first.rows,
          rest: (ended) => current.rest(ended),
        };
      case 'rows':
      case 'failed':
        throw unexpected('rows came before their columns');
    }
  }

  /** No read is to see the last one's state. */
  forget(): void {
    this.#process.send({ kind: 'forget' } satisfies ToReader, () => undefined);
  }

  kill(): void {
    this.#alive = false;
    this.#process.kill('SIGKILL');
  }
}

interface ReadEffects {
  send(message: ToReader): void;
  kill(): void;
  over(): void;
}

/** One read under way: its messages in order, and its clock, which stands while the client is slow. */
class CurrentRead {
  readonly #limits: ReadLimits;
  readonly #effects: ReadEffects;
  readonly #messages: FromReader[] = [];
  readonly #onAbort = () => this.#interrupt(this.#limits.signal.reason as ObError);
  #leftMs: number;
  #timer: NodeJS.Timeout | undefined;
  #startedMs = 0;
  #stoppedAtMs = 0;
  #wake: (() => void) | undefined;
  #failure: ObError | undefined;
  #isOver = false;

  constructor(limits: ReadLimits, effects: ReadEffects) {
    this.#limits = limits;
    this.#effects = effects;
    this.#leftMs = limits.timeoutMs;
  }

  get stalled(): boolean {
    return this.#timer === undefined && performance.now() - this.#stoppedAtMs > stalledMs;
  }

  begin(job: ReadJob): void {
    const { signal } = this.#limits;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#startClock();
    if (signal.aborted) this.#onAbort();
    else this.#effects.send({ kind: 'read', job });
  }

  take(message: FromReader): void {
    if (this.#isOver) return;
    this.#messages.push(message);
    if (message.kind === 'done' || message.kind === 'failed') this.#end();
    this.#wake?.();
  }

  /** The process is gone, or shall be. */
  fail(error: ObError): void {
    if (this.#isOver) return;
    this.#failure = error;
    this.#end();
    this.#wake?.();
  }

  /** @throws ObError when the read has failed */
  async next(): Promise<FromReader> {
    while (this.#messages.length === 0 && this.#failure === undefined) {
      if (!this.#isOver) this.#startClock();
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    if (this.#failure !== undefined) throw this.#failure;
    const message = this.#messages.shift() as FromReader;
    // Nobody waits for it now: what it makes ahead is in its own time.
    this.#stopClock();
    if (message.kind === 'failed') throw statementError(message);
    return message;
  }

  rest(ended: (done: Done) => void): FollowingRows {
    return {
      [Symbol.asyncIterator]: () => this.#rows(ended),
      // The client is gone, or wants no more: what runs is of no use to anybody.
      cancel: () => this.#interrupt(unexpected('the rows were not taken')),
    };
  }

  async *#rows(ended: (done: Done) => void): AsyncGenerator<Rows> {
    for (;;) {
      if (!this.#isOver) this.#effects.send({ kind: 'more' });
      const message = await this.next();
      if (message.kind === 'rows') yield message.rows;
      if (message.kind !== 'done') continue;
      ended(message);
      if (message.result.kind === 'rows') yield message.result.rows;
      return;
    }
  }

  #interrupt(error: ObError): void {
    if (this.#isOver) return;
    this.#effects.kill();
    this.fail(error);
  }

  #startClock(): void {
    if (this.#timer !== undefined) return;
    this.#startedMs = performance.now();
    const delayMs = Math.min(Math.max(this.#leftMs, 1), timerMsMax);
    this.#timer = setTimeout(() => this.#interrupt(this.#limits.timeoutError()), delayMs);
  }

  #stopClock(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#stoppedAtMs = performance.now();
    this.#leftMs -= this.#stoppedAtMs - this.#startedMs;
  }

  #end(): void {
    this.#isOver = true;
    this.#stopClock();
    this.#limits.signal.removeEventListener('abort', this.#onAbort);
    this.#effects.over();
  }
}

const entry = fileURLToPath(new URL('./reader-process.ts', import.meta.url));
/** Of JavaScript's heap; rows are streamed, and SQLite sorts on the disk. */
const heapSizeMib = 512;
/** Rows are short-lived; more room for them would only be kept. */
const youngSizeMib = 2;
/** A client that takes no rows for so long is slow. */
const stalledMs = 250;

function statementError({ error: [name, message] }: Extract<FromReader, { kind: 'failed' }>): ObError {
  const known = Object.hasOwn(errors, name) ? (name as ErrorName) : 'OB_ERR_UNEXPECTED';
  return new ObError(known, [], { message });
}

function gone(code: number | null, signal: NodeJS.Signals | null): ObError {
  // V8 ends a process with SIGABRT when its heap is full.
  if (signal === 'SIGABRT') return new ObError('OB_ALLOCATE_MEMORY_FAILED');
  return unexpected(`the reader process ended by itself (${signal ?? `exit code ${code}`})`);
}

function unexpected(why: string): ObError {
  return new ObError('OB_ERR_UNEXPECTED', [], { message: `Internal error: ${why}` });
}
