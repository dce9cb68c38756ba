import type { LogStreamTimings } from '../../packages/observer/src/replication/index.ts';
import type { Checker } from './checker.ts';
import type { Counts } from './counts.ts';
import type { Network } from './network.ts';
import type { Operator } from './operator.ts';
import type { Chance } from './random.ts';
import type { SimulatedServer } from './simulated-server.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Weather } from './weather.ts';

/** What everything in a simulation shares. */
export interface World {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly weather: Weather;
  readonly timings: LogStreamTimings;
  readonly network: Network;
  readonly checker: Checker;
  readonly counts: Counts;
  readonly servers: readonly SimulatedServer[];
  readonly operator: Operator;
  /** Faults happen; otherwise it is the calm after them. */
  readonly stormy: boolean;
  readonly syncMaxMs: number;
  server(name: string): SimulatedServer;
  /** A process has ended. */
  died(server: SimulatedServer): void;
  note(node: string, event: string, ...facts: (number | string | boolean | undefined)[]): void;
}
