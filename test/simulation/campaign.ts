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
    let waitingFor = this.#order(worker);
    return new Promise((resolve, reject) => {
      if (waitingFor === 0) worker.disconnect();
      worker.on('message', (run: Omit<Run, 'counts'> & { counts: [Sometimes, number][] }) => {
        this.#ran({ ...run, counts: new Map(run.counts) });
        waitingFor -= 1;
        if (waitingFor === 0) waitingFor = this.#order(worker);
        if (waitingFor === 0) worker.disconnect();
      });
      worker.on('exit', (code) => {
        if (waitingFor === 0) resolve();
        else reject(new Error(`a worker of the simulation ended with code ${code}`));
      });
    });
  }

  /** @returns how many seeds were handed out */
  #order(worker: ChildProcess): number {
    const { firstSeed, count, linesMax = 80 } = this.#options;
    if (this.failure !== undefined) return 0;
    const part = Math.min(orderCountMax, firstSeed + count - this.#nextSeed);
    if (part <= 0) return 0;
    worker.send({ firstSeed: this.#nextSeed, count: part, linesMax } satisfies Order);
    this.#nextSeed += part;
    return part;
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

const orderCountMax = 5;
