import type { ProposalOrder } from '../../packages/observer/src/replication/index.ts';
import type { Counts } from './counts.ts';
import type { SimulatedThread } from './simulated-environment.ts';
import type { Weather } from './weather.ts';

/** Counts what the first entries of rounds wait for. Nothing of it is told: it shows in the times. */
export class RoundWatch {
  readonly #counts: Counts;
  readonly #weather: Weather;
  readonly #thread: SimulatedThread;
  /** Since when the finished transactions of the round that isn't proposed yet wait. */
  #waitingSinceMs: number[] = [];
  #proposedRound = 0;

  constructor(counts: Counts, weather: Weather, thread: SimulatedThread) {
    this.#counts = counts;
    this.#weather = weather;
    this.#thread = thread;
  }

  kept(): void {
    this.#waitingSinceMs.push(this.#thread.nowMs);
  }

  proposed({ round }: ProposalOrder): void {
    const isFirst = round !== this.#proposedRound;
    this.#proposedRound = round;
    const [firstMs] = this.#waitingSinceMs;
    const lastMs = this.#waitingSinceMs.at(-1);
    this.#waitingSinceMs = [];
    if (!isFirst || firstMs === undefined || lastMs === undefined) return;
    if (Object.keys(this.#weather.rounds).length === 0) {
      this.#counts.add("entries with production's bounds of rounds");
    }
    if (lastMs > firstMs) this.#counts.add('entries that waited for company');
    else if (this.#thread.nowMs - firstMs >= timerMinMs)
      this.#counts.add('entries whose company did not come');
  }

  /** The round is over, and nothing of it waits any more. */
  ended(): void {
    this.#waitingSinceMs = [];
  }
}

/** No timer is shorter; without one an entry leaves in the turn in which it was finished. */
const timerMinMs = 1;
