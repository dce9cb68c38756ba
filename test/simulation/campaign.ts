import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Sometimes } from './counts.ts';
import type { Run } from './simulation.ts';
import type { Order } from './worker.ts';

export interface CampaignOptions {
  readonly firstSeed: number;
  readonly count: number;
  readonly jobs?: number;
  readonly linesMax?: number;
  /** Where the simulation lies; another copy of it for mutations. */
  readonly directory?: string;
  /** Called after each seed, in no order. */
  onRun?(run: Run, campaign: Campaign): void;
}

export interface Campaign {
  readonly seedCount: number;
  readonly seconds: number;
  readonly steps: number;
  readonly virtualMs: number;
  readonly counts: ReadonlyMap<Sometimes, number>;
  /** Of the failed seeds the first one. No seed after it is begun. */
  readonly failure: Run | undefined;
  readonly hashes: ReadonlyMap<number, string>;
}

/** Runs many seeds in worker processes. */
export function runCampaign(options: CampaignOptions): Promise<Campaign> {
  return new Running(options).result;
}

class Running implements Campaign {
  readonly result: Promise<Campaign>;
  seedCount = 0;
  steps = 0;
  virtualMs = 0;
  failure: Run | undefined;
  readonly counts = new Map<Sometimes, number>();
  readonly hashes = new Map<number, string>();
  readonly #options: CampaignOptions;
  readonly #startedAtMs = performance.now();
  #nextSeed: number;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#nextSeed = options.firstSeed;
    const jobs = options.jobs ?? availableParallelism();
    for (const value of [options.firstSeed, options.count, jobs]) {
      if (!(Number.isInteger(value) && value > 0))
        throw new Error('seeds and jobs are whole numbers from 1 on');
    }
    this.result = Promise.all(Array.from({ length: jobs }, () => this.#work())).then(() => this);
  }

  get seconds(): number {
    return (performance.now() - this.#startedAtMs) / 1000;
  }

  #work(): Promise<void> {
    const worker = fork(join(this.#options.directory ?? import.meta.dirname, 'worker.ts'), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
      // No hooks of a test runner: they cost half of the time.
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let order = this.#order(worker);
    let done = 0;
    let hanging: NodeJS.Timeout | undefined;
    let hung = false;
    return new Promise((resolve, reject) => {
      const next = (): void => {
        clearTimeout(hanging);
        if (order !== undefined && done === order.count) {
          order = this.#order(worker);
          done = 0;
        }
        if (order === undefined) worker.disconnect();
        else
          hanging = setTimeout(() => {
            hung = true;
            worker.kill('SIGKILL');
          }, hangMs);
      };
      worker.on('message', (run: Omit<Run, 'counts'> & { counts: [Sometimes, number][] }) => {
        done += 1;
        this.#ran({ ...run, counts: new Map(run.counts) });
        next();
      });
      worker.on('exit', (code, signal) => {
        clearTimeout(hanging);
        if (order === undefined) resolve();
        else if (signal === null) reject(new Error(`a worker of the simulation ended with code ${code}`));
        else if (hung) {
          this.#ran(hungRun(order.firstSeed + done));
          resolve();
        } else reject(killed(signal, order.firstSeed + done));
      });
      next();
    });
  }

  /** @returns what was handed out */
  #order(worker: ChildProcess): Order | undefined {
    const { firstSeed, count, linesMax = 80 } = this.#options;
    if (this.failure !== undefined) return undefined;
    const part = Math.min(orderCountMax, firstSeed + count - this.#nextSeed);
    if (part <= 0) return undefined;
    const order = { firstSeed: this.#nextSeed, count: part, linesMax };
    worker.send(order);
    this.#nextSeed += part;
    return order;
  }

  #ran(run: Run): void {
    this.seedCount += 1;
    this.steps += run.steps;
    this.virtualMs += run.virtualMs;
    this.hashes.set(run.seed, run.traceHash);
    for (const [name, count] of run.counts) this.counts.set(name, (this.counts.get(name) ?? 0) + count);
    if (run.violation !== undefined && run.seed < (this.failure?.seed ?? Number.POSITIVE_INFINITY))
      this.failure = run;
    this.#options.onRun?.(run, this);
  }
}

/** By somebody else, who may have been short of memory: it tells nothing about the seed. */
function killed(signal: string, seed: number): Error {
  return new Error(
    `a worker of the simulation was killed by ${signal} in seed ${seed}: run it again with --first-seed ${seed}`,
  );
}

/** The code under test goes round in circles. */
function hungRun(seed: number): Run {
  const violation = {
    invariant: 'liveness',
    message: `it computes for more than ${hangMs / 1000} s`,
  } as const;
  return { seed, steps: 0, virtualMs: 0, traceHash: '', counts: new Map(), violation, table: '' };
}

const orderCountMax = 5;
/** A seed takes less than a second of one core. */
const hangMs = 60_000;
