import { setTimeout as delay } from 'node:timers/promises';
import type { NemesisCluster } from '../cluster/nemesis-cluster.ts';
import type { HistoryWriter } from '../history.ts';
import type { Random } from '../workloads/workload.ts';
import { type Gate, minorFreeze, switchLeader } from './administration.ts';
import { slowDisk } from './disks.ts';
import type { Fault, FaultSurroundings } from './fault.ts';
import { bridge, isolate, lossy, oneWay, ring, shattered } from './partitions.ts';
import { kill, killAllAtOnce, killAllInTurn, pause, restart, stutter, wipe } from './processes.ts';

export function allFaults(): Fault[] {
  return [
    kill('leader'),
    kill('follower'),
    killAllInTurn,
    killAllAtOnce,
    pause('leader'),
    pause('follower'),
    stutter,
    isolate('leader'),
    isolate('follower'),
    oneWay('leader'),
    oneWay('follower'),
    bridge,
    ring,
    shattered,
    lossy,
    slowDisk('leader'),
    slowDisk('follower'),
    restart('leader'),
    restart('follower'),
    switchLeader,
    minorFreeze,
    wipe,
  ];
}

/** @param words  the kind contains one of them; every kind is wanted when there are none */
export function isWanted(kind: string, words: readonly string[]): boolean {
  return words.length === 0 || words.some((word) => kind.includes(word));
}

export interface ScheduleOptions {
  readonly cluster: NemesisCluster;
  readonly faults: readonly Fault[];
  readonly random: Random;
  /** From the beginning of one fault to that of the next, on average. */
  readonly intervalMs: number;
  readonly history: HistoryWriter;
  /** Held while processes are ended and started. */
  readonly gate: Gate;
  readonly say: (text: string) => void;
}

/** Does one fault after the other, each kind once before any comes again. */
export class Schedule {
  readonly #options: ScheduleOptions;
  readonly counts = new Map<string, number>();
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#finished = this.#run();
    this.#finished.catch(() => undefined);
  }

  /** Ends what is under way and heals everything. @throws Error when something could not be healed */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#finished;
  }

  /** Rejected when a fault could not be undone: the run is at an end. */
  get failed(): Promise<void> {
    return this.#finished;
  }

  async #run(): Promise<void> {
    const { faults, random, intervalMs } = this.#options;
    let bag: Fault[] = [];
    await this.#wait(intervalMs / 2);
    while (!this.#stopping.signal.aborted) {
      if (bag.length === 0) bag = [...faults];
      const [fault] = bag.splice(Math.floor(random() * bag.length), 1);
      if (fault === undefined) return;
      const startedAt = performance.now();
      await this.#carryOut(fault);
      const spentMs = performance.now() - startedAt;
      await this.#wait(Math.max(intervalMs * 0.2, intervalMs * (0.8 + 0.4 * random()) - spentMs));
    }
  }

  async #carryOut(fault: Fault): Promise<void> {
    const { cluster, random, intervalMs, gate } = this.#options;
    const around: FaultSurroundings = { cluster, random, holdMs: intervalMs * (0.2 + 0.5 * random()) };
    const body = async (): Promise<void> => {
      try {
        const what = await fault.begin(around);
        if (what === undefined) {
          this.#note(`${fault.kind}: not possible now`);
          return;
        }
        this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
        this.#note(`${fault.kind}: ${what}`);
        await this.#wait(around.holdMs);
      } finally {
        await fault.end(around);
        this.#note(`${fault.kind}: healed`);
      }
    };
    if (fault.touchesProcesses) await gate.run(body);
    else await body();
  }

  #note(text: string): void {
    this.#options.history.write({ process: 'nemesis', type: 'info', f: text });
    this.#options.say(text);
  }

  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}
